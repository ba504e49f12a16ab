//! Secrets on their way: into the server, to a step that may have them, and nowhere else.

use serde_json::{Value, json};
use testkit::declarations::{app, commands};
use testkit::{Scene, World};
use wire::Service::{CodePipeline, SecretsManager, Ssm, Towpath};

use crate::canaries::{forms, found};

on_each_database! {
    a_step_has_what_its_variables_name_and_its_log_has_it_not
    a_secret_that_is_missing_or_not_as_named_is_said_before_the_step_begins
    a_role_that_may_not_read_it_stops_the_step_and_why_says_which
    a_reference_that_is_none_is_refused_when_it_is_declared
    variables_of_a_deployment_stand_over_the_repositorys_and_those_over_the_workspaces
}

pub const SECRET: &str = "canary-secret-8f14e45f";
pub const MEMBER: &str = "canary-member-c9f0f895";
pub const PARAMETER: &str = "canary-parameter-45c48cce";
pub const PLAIN: &str = "canary-plain-d3d94468";

/// One secret of each kind.
pub async fn keep(world: &World) {
    let whole = json!({ "Name": "prod/whole", "SecretString": SECRET });
    world.must(SecretsManager, "CreateSecret", &whole).await;
    let members = json!({ "user": "ada", "password": MEMBER }).to_string();
    let members = json!({ "Name": "prod/db", "SecretString": members });
    world.must(SecretsManager, "CreateSecret", &members).await;
    for (name, kind, value) in
        [("/prod/key", "SecureString", PARAMETER), ("/prod/host", "String", PLAIN)]
    {
        let input = json!({ "Name": name, "Type": kind, "Value": value });
        world.must(Ssm, "PutParameter", &input).await;
    }
}

pub fn with_variables(mut declared: Value, variables: &[(&str, &str, &str)]) -> Value {
    let variable = |(name, kind, value): &(&str, &str, &str)| json!({ "name": name, "type": kind, "value": value });
    declared["environmentVariables"] = variables.iter().map(variable).collect();
    declared
}

/// Runs commands with these variables; the log.
async fn ran(world: &World, lines: &[&str], variables: &[(&str, &str, &str)]) -> Vec<String> {
    let connection = world.connect().await;
    world.create(&app(&connection, with_variables(commands("Step", lines), variables))).await;
    next_log(world).await
}

/// Runs what is declared; the log.
async fn next_log(world: &World) -> Vec<String> {
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    world.log("app", &run.id, "Next", "Step").await
}

async fn a_step_has_what_its_variables_name_and_its_log_has_it_not(scene: Scene) {
    let world = scene.start().await;
    keep(&world).await;
    let lines = [
        "test \"$WHOLE\" = canary-secret-8f14e45f",
        "test \"$URL\" = \"https://ada:canary-member-c9f0f895@canary-plain-d3d94468/\"",
        "test \"$KEY\" = canary-parameter-45c48cce",
        "test \"$OLD\" = canary-parameter-45c48cce",
        "test \"$REFERENCE\" = canary-secret-8f14e45f",
        "echo \"seen $WHOLE and $URL and $KEY\"; echo -n $KEY | base64; env",
    ];
    let url = "https://ada:{{resolve:secretsmanager:prod/db:SecretString:password}}@{{resolve:ssm:/prod/host}}/";
    let variables = [
        ("WHOLE", "SECRETS_MANAGER", "prod/whole"),
        ("URL", "PLAINTEXT", url),
        ("KEY", "PARAMETER_STORE", "/prod/key"),
        ("OLD", "PARAMETER_STORE", "/prod/key:1"),
        ("REFERENCE", "PARAMETER_STORE", "/aws/reference/secretsmanager/prod/whole:AWSCURRENT"),
    ];
    let log = ran(&world, &lines, &variables).await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{log:?}");
    assert!(log.iter().any(|line| line.starts_with("seen ")), "{log:?}");
    // The script says two of them itself; what is printed is masked wherever it stands.
    for canary in [SECRET, MEMBER, PARAMETER] {
        assert!(log.iter().all(|line| !line.contains(canary)), "{canary} in {log:?}");
    }
    let entries = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 50 })).await;
    let read = |action: &str| {
        let entries = entries["entries"].as_array().expect("entries").iter();
        entries.filter(|entry| entry["action"] == action).count()
    };
    assert_eq!((read("secretsmanager:GetSecretValue"), read("ssm:GetParameters")), (3, 3));
}

async fn a_secret_that_is_missing_or_not_as_named_is_said_before_the_step_begins(scene: Scene) {
    let world = scene.start().await;
    keep(&world).await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Step", &["true"]))).await;
    for (kind, value, expect) in [
        (
            "SECRETS_MANAGER",
            "prod/none",
            "variable A names secret prod/none: Secrets Manager can't find",
        ),
        ("SECRETS_MANAGER", "prod/db:none", "its JSON has no key none"),
        ("SECRETS_MANAGER", "prod/whole:key", "it is no JSON, so it has no key key"),
        ("SECRETS_MANAGER", "prod/db::mine", "for staging label: mine"),
        (
            "PARAMETER_STORE",
            "/prod/none",
            "variable A names parameter /prod/none: Parameter /prod/none not found.",
        ),
        ("PARAMETER_STORE", "/prod/key:7", "could not find version 7 of /prod/key"),
        (
            "PARAMETER_STORE",
            "/aws/reference/secretsmanager/prod/none",
            "when referencing Secrets Manager: Secrets Manager can't find",
        ),
    ] {
        let variables = [("A", kind, value)];
        let declared = with_variables(commands("Step", &["echo begun"]), &variables);
        let input = json!({ "pipeline": app(&connection, declared) });
        world.must(CodePipeline, "UpdatePipeline", &input).await;
        let log = next_log(&world).await;
        let step = world.action("app", "Next", "Step").await;
        assert_eq!(step["errorDetails"]["code"], "ConfigurationError", "{step}");
        let said = step["errorDetails"]["message"].as_str().unwrap_or_default();
        assert!(said.contains(expect), "{said}");
        assert!(!log.contains(&"begun".to_owned()) && !said.contains("canary"), "{said}");
    }
}

async fn a_role_that_may_not_read_it_stops_the_step_and_why_says_which(scene: Scene) {
    let world = scene.start().await;
    keep(&world).await;
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "Service": "codepipeline.amazonaws.com" }, "Action": "sts:AssumeRole" } });
    let role = [("RoleName", "pipeline"), ("AssumeRolePolicyDocument", &trust.to_string())];
    world.caller.query(wire::Service::Iam, "CreateRole", &role).await.expect("a role");
    let grant = |actions: Value| {
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": actions,
            "Resource": "*" } })
        .to_string()
    };
    let put = async |actions: Value| {
        let policy = grant(actions);
        let form = [("RoleName", "pipeline"), ("PolicyName", "p"), ("PolicyDocument", &policy)];
        world.caller.query(wire::Service::Iam, "PutRolePolicy", &form).await.expect("it is put");
    };
    put(json!(["codeconnections:UseConnection", "codestar-connections:UseConnection"])).await;
    ran(&world, &["true"], &[("A", "SECRETS_MANAGER", "prod/whole")]).await;
    let step = world.action("app", "Next", "Step").await;
    assert_eq!(step["errorDetails"]["code"], "PermissionError", "{step}");
    let said = step["errorDetails"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(said.contains("variable A names secret prod/whole: User: arn:aws:sts::"), "{said}");
    assert!(said.contains("is not authorized to perform: secretsmanager:GetSecretValue"), "{said}");
    let id = said.split("towpath why ").nth(1).and_then(|it| it.split('`').next()).expect("an id");
    assert!(world.why(id).await.contains("secretsmanager:GetSecretValue"));
    put(json!(["codeconnections:*", "codestar-connections:*", "secretsmanager:GetSecretValue"]))
        .await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

async fn a_reference_that_is_none_is_refused_when_it_is_declared(scene: Scene) {
    let world = scene.start().await;
    let connection = world.connect().await;
    for (kind, value, expect) in [
        ("SECRETS_MANAGER", "a:b:c:d:e", "names no secret"),
        ("PLAINTEXT", "{{resolve:vault:x}}", "names no secret"),
        ("PLAINTEXT", "{{resolve:ssm:x", "is not closed"),
        ("SECRETS_MANAGER", "a::AWSCURRENT:v1", "names a version twice"),
    ] {
        let declared = with_variables(commands("Step", &["true"]), &[("A", kind, value)]);
        let input = json!({ "pipeline": app(&connection, declared) });
        let refused = world.refused(CodePipeline, "CreatePipeline", &input).await;
        assert_eq!(refused.code, "InvalidActionDeclarationException", "{refused}");
        assert!(refused.message.contains("environmentVariables[0].value"), "{refused}");
        assert!(refused.message.contains(expect), "{refused}");
    }
}

/// Sets a variable of the practice repository's owner, of the repository, or of a deployment.
async fn set(world: &World, scope: Value, name: &str, value: &str, secured: bool) {
    let input = json!({ "scope": scope, "name": name, "value": value, "secured": secured });
    world.must(Towpath, "PutVariable", &input).await;
}

async fn variables_of_a_deployment_stand_over_the_repositorys_and_those_over_the_workspaces(
    scene: Scene,
) {
    let world = scene.start().await;
    let repository = testkit::REPOSITORY;
    let (owner, _) = repository.split_once('/').expect("an owner");
    let workspace = || json!({ "workspace": owner });
    let of_repository = || json!({ "repository": repository });
    let deployment = || json!({ "repository": repository, "deployment": "Production (EU)" });
    for (scope, name, value) in [
        (workspace(), "ONE", "workspace"),
        (workspace(), "TWO", "workspace"),
        (workspace(), "THREE", "workspace"),
        (of_repository(), "TWO", "repository"),
        (of_repository(), "THREE", "repository"),
        (of_repository(), "BITBUCKET_REPO_SLUG", "another"),
        (deployment(), "THREE", "deployment"),
        (json!({ "workspace": "somebody" }), "FOUR", "not ours"),
    ] {
        set(&world, scope, name, value, false).await;
    }
    set(&world, of_repository(), "TOKEN", SECRET, true).await;
    let show = "echo \"$ONE $TWO $THREE ${FOUR-none} $BITBUCKET_REPO_SLUG [$TOKEN]\"";
    let file = format!(
        "pipelines:\n  default:\n    - step: {{name: plain, script: ['{show}']}}\n    - step:\n        \
         name: deploy\n        deployment: Production (EU)\n        script: ['{show}', \
         'test ${{#TOKEN}} = {}']\n",
        SECRET.len()
    );
    world.commit("main", &[("bitbucket-pipelines.yml", &file)]).await;
    let connection = world.connect().await;
    let mut next = testkit::declarations::action("Step", "Build", "BitbucketPipelines");
    next["inputArtifacts"] = json!([{ "name": "Code" }]);
    world.create(&app(&connection, next)).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    let said = |line: &str| log.iter().any(|it| it.starts_with(line));
    assert_eq!(run.status, "Succeeded", "{log:?}");
    assert!(said("workspace repository repository none another ["), "{log:?}");
    assert!(said("workspace repository deployment none another ["), "{log:?}");
    assert!(log.iter().all(|line| !line.contains(SECRET)), "{log:?}");
    let listed = json!({ "scope": of_repository() });
    let listed = world.must(Towpath, "ListVariables", &listed).await;
    let shown = |name: &str| {
        let all = listed["variables"].as_array().expect("variables").iter();
        all.clone().find(|it| it["name"] == name).expect("it is there")["value"].clone()
    };
    assert_eq!((shown("TWO"), shown("TOKEN")), (json!("repository"), Value::Null));
    for (scope, name) in
        [(json!({}), "A"), (workspace(), "not-a-name"), (json!({ "repository": "x" }), "A")]
    {
        let input = json!({ "scope": scope, "name": name, "value": "v" });
        assert_eq!(world.refused(Towpath, "PutVariable", &input).await.code, "ValidationException");
    }
    assert_eq!(found(&world.config.data, &forms(SECRET.as_bytes())), Vec::<String>::new());
}

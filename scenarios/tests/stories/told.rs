//! What people in trouble read: whoever asks the API, the command line or the console is told the same
//! thing, with what to do about it. The cases are those of the guide to third-party source control; how
//! each of them ends is told in `troubleshooting.rs` and where its table leads.

use clap::Parser;
use cli::remote::{Output, why};
use domain::connection::ProviderType;
use practice_forge::{Access, Fault, Misbehaviour, Restriction, Trouble};
use serde_json::{Value, json};
use testkit::declarations::{app, commands, older_source, pipeline, stage};
use testkit::{ACCOUNT, Caller, REPOSITORY, Scene, World};
use wire::Service::{CodeConnections, CodePipeline, Iam, Towpath};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: why::Arguments,
}

/// What is said of one thing, and where.
struct Told(Vec<(&'static str, String)>);

impl Told {
    /// Each of these is said everywhere.
    fn says(&self, expect: &[&str]) {
        for (place, text) in &self.0 {
            for expect in expect {
                assert!(text.contains(expect), "{place} does not say “{expect}”: {text}");
            }
        }
    }
}

/// What `towpath why ID` prints.
async fn command(world: &World, id: &str) -> String {
    let data = world.config.data.display().to_string();
    let command = Command::try_parse_from(["why", "--data", &data, id]).expect("a command");
    let (mut answer, mut words) = (Vec::new(), Vec::new());
    let out = &mut Output { answer: &mut answer, words: &mut words };
    why::run(command.arguments, out).await.expect("it is known");
    String::from_utf8(answer).expect("text")
}

/// What is said of the newest execution of `app`.
async fn of_execution(world: &World) -> Told {
    let id = world.latest("app").await.id;
    let named = json!({ "pipelineName": "app", "pipelineExecutionId": id });
    let whole = world.must(CodePipeline, "GetPipelineExecution", &named).await;
    let page = world.page(&format!("/console/pipelines/app/executions/{id}")).await;
    let summary = whole["pipelineExecution"]["statusSummary"].as_str().unwrap_or_default();
    let filter = json!({ "pipelineName": "app", "filter": { "pipelineExecutionId": id } });
    let listed = world.must(CodePipeline, "ListActionExecutions", &filter).await;
    let result = &listed["actionExecutionDetails"][0]["output"]["executionResult"];
    let detail = result["errorDetails"]["message"].as_str();
    let detail = detail.or(result["externalExecutionSummary"].as_str()).unwrap_or_default();
    Told(vec![
        ("GetPipelineExecution", summary.to_owned()),
        ("ListActionExecutions", detail.to_owned()),
        ("towpath why", command(world, &id).await),
        ("the console", page),
    ])
}

/// What is said of a connection.
async fn of_connection(world: &World, connection: &str) -> Told {
    Told(vec![
        ("towpath why", command(world, connection).await),
        ("the console", world.page("/console/connections").await),
    ])
}

/// Makes `app` and starts it; it fails at its source, and `to_do` is the next step.
async fn fails(world: &World, declared: &Value, expect: &[&str], to_do: &str) {
    world.create(declared).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Failed"]);
    let told = of_execution(world).await;
    told.says(expect);
    let steps =
        told.0.into_iter().filter(|(place, _)| ["towpath why", "the console"].contains(place));
    Told(steps.collect()).says(&[to_do]);
}

fn plain(connection: &str) -> Value {
    app(connection, commands("Make", &["true"]))
}

/// `app` whose source has other settings.
fn with(connection: &str, settings: &[(&str, &str)]) -> Value {
    let mut declared = plain(connection);
    for (name, value) in settings {
        declared["stages"][0]["actions"][0]["configuration"][*name] = json!(value);
    }
    declared
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_pending_for_ever() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    let missing = "someone with rights in the forge must finish connecting in the console";
    let expect = ["Could not determine connection credentials", "PENDING", missing];
    fails(&world, &plain(&connection), &expect, "then retry the stage").await;
    let told = of_connection(&world, &connection).await;
    told.says(&["authorised it yet", missing]);
    assert!(told.0[0].1.contains(&format!("`towpath connections authorize {connection}`")));
    assert!(told.0[1].1.contains("Finish connecting"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_restricts_apps() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let connection = world.connect().await;
    world.forge.restrict("practice", Some(Restriction::OAuthApps)).expect("restricted");
    let expect = ["has not approved this OAuth app", "one of its owners must", "http"];
    fails(&world, &plain(&connection), &expect, "Have what it names allowed").await;
    of_connection(&world, &connection)
        .await
        .says(&[&expect[..2], &["There is no webhook"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typing_error_in_the_owner_the_name_or_the_branch() {
    for (name, value, expect) in [
        ("FullRepositoryId", "practise/app", "See whether practise/app is spelt as at the forge"),
        ("FullRepositoryId", "practice/ap", "See whether practice/ap is spelt as at the forge"),
        ("BranchName", "mian", "practice/app has no branch mian: push it, or name another in"),
    ] {
        let world = World::start().await;
        let connection = world.connect().await;
        let to_do = "whether owner, name and branch in the source action are right";
        fails(&world, &with(&connection, &[(name, value)]), &[value, expect], to_do).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_repository_that_the_account_may_not_read() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.connect().await;
        world.forge.allow(REPOSITORY, "practice", Access::None).expect("it is there");
        let who = format!("{connection} speaks for practice, who must be given read access to it");
        let expect = [REPOSITORY, "the token's user may not see it", &who];
        let to_do = "towpath connections test CONNECTION REPOSITORY";
        fails(&world, &plain(&connection), &expect, to_do).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_revoked_and_a_fetch_that_takes_too_long() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.forge.revoke_tokens();
    let missing = "the forge no longer accepts its token";
    let again = "someone with rights in the forge must connect again in the console";
    let expect = ["Could not determine connection credentials", &connection, missing, again];
    fails(&world, &plain(&connection), &expect, "then retry the stage").await;
    of_connection(&world, &connection).await.says(&["he forge no longer accepts its token", again]);

    let world = Scene::default().set("limits.fetch_seconds_max", "1").start().await;
    let connection = world.connect().await;
    let slow = Fault::Slow(std::time::Duration::from_secs(4));
    world.forge.trouble(Trouble { fault: slow, path: "git-upload-pack".to_owned(), times: None });
    let expect = [REPOSITORY, "took longer than 1 s", "limits.fetch_seconds_max", "GitCloneDepth"];
    fails(&world, &plain(&connection), &expect, "raise the limit; then retry the stage").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_missing_and_one_that_does_not_fire() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.connect().await;
        world.forge.allow(REPOSITORY, "practice", Access::Read).expect("it is there");
        world.create(&plain(&connection)).await;
        let told = of_connection(&world, &connection).await;
        told.says(&["There is no webhook that tells of pushes to practice/app"]);
        told.says(&["An administrator of the repository must let", "until then"]);
    }
    let world = World::start().await;
    let connection = world.connect().await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.create(&plain(&connection)).await;
    let told = of_connection(&world, &connection).await;
    told.says(&["nothing that was signed with its secret has come so far", "recent deliveries"]);
    world.forge.misbehave(None);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let told = of_connection(&world, &connection).await;
    told.says(&["webhooks"]);
    for trouble in ["There is no webhook", "nothing that was signed", "recent deliveries"] {
        assert!(told.0.iter().all(|(_, text)| !text.contains(trouble)), "{:?}", told.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_limits_us_is_named_with_its_time() {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&plain(&connection)).await;
    let path = "/hooks".to_owned();
    world.forge.trouble(Trouble { fault: Fault::SecondaryLimit(900), path, times: None });
    world.step(601);
    let throttled = async |world: &World| {
        let asked = json!({ "connectionArn": connection });
        let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
        health["throttledUntil"].is_number()
    };
    world.until(throttled).await;
    let host = format!("127.0.0.1:{}", world.forge.base_url().port().expect("a port"));
    // The command's own clock is not the stepped one.
    let explained = world.must(Towpath, "Explain", &json!({ "id": connection })).await.to_string();
    let page = world.page("/console/connections").await;
    Told(vec![("Explain", explained), ("the console", page)]).says(&[&host, "is not asked"]);
    world.forge.calm();
    world.step(901);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_forge_is_silent_names_it_since_when_and_until_when() {
    let world = Scene::default().set("limits.fetch_seconds_max", "600").start().await;
    let connection = world.connect().await;
    world.create(&plain(&connection)).await;
    let path = "info/refs".to_owned();
    world.forge.trouble(Trouble { fault: Fault::Hang, path: path.clone(), times: None });
    world.begin("app").await;
    world.forge.hung(1).await;
    world.reaches("app", "Source", "Fetch", "InProgress").await;
    let host = format!("127.0.0.1:{}", world.forge.base_url().port().expect("a port"));
    let forge = format!("waits for the forge at {host} (GitHubEnterpriseServer, by {connection})");
    let told = of_execution(&world).await;
    told.says(&[&forge, "since ", "it is given up at ", " at the latest"]);
    let state = world.action("app", "Source", "Fetch").await;
    assert!(state["summary"].as_str().is_some_and(|text| text.contains(&forge)), "{state}");
    // It answers, and not as it should: how often it was asked, and when again, is told too.
    world.forge.calm();
    world.forge.trouble(Trouble { fault: Fault::Status(503), path, times: None });
    world.forge.trouble(Trouble { fault: Fault::Status(503), path: String::new(), times: None });
    world.begin("app").await;
    let silent = async |world: &World| {
        let id = world.latest("app").await.id;
        command(world, &id).await.contains("has not answered, after")
    };
    world.until(silent).await;
    let told = of_execution(&world).await;
    told.says(&[&forge, "has not answered, after", "It is asked again at", "503"]);
    world.forge.calm();
    let over = async |world: &World| {
        world.step(5);
        !world.statuses("app").await.contains(&"InProgress".to_owned())
    };
    world.until(over).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_beside_a_webhook_is_warned_of_and_a_connection_knows_no_polling() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let token = world.forge.personal_token();
    let mut source = older_source(token.expose(), "main");
    source["configuration"]["PollForSourceChanges"] = json!("true");
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &["true"])])];
    world.create(&pipeline("app", &stages)).await;
    let warnings = async |world: &World| world.state("app").await["warnings"].to_string();
    assert!(!warnings(&world).await.contains("polled"));
    let definition = json!({
        "name": "told", "targetPipeline": "app", "targetAction": "Fetch",
        "filters": [{ "jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}" }],
        "authentication": "GITHUB_HMAC", "authenticationConfiguration": { "SecretToken": "secret" },
    });
    world.must(CodePipeline, "PutWebhook", &json!({ "webhook": definition })).await;
    let said = warnings(&world).await;
    let expect =
        "Fetch is polled though the webhook told tells of its pushes: set its PollForSource";
    assert!(said.contains(expect), "{said}");

    let connection = world.connect().await;
    let mut declared = with(&connection, &[("PollForSourceChanges", "true")]);
    declared["name"] = json!("other");
    let create = json!({ "pipeline": declared });
    let refused = world.refused(CodePipeline, "CreatePipeline", &create).await;
    assert!(refused.message.contains("PollForSourceChanges"), "{refused}");
}

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

async fn iam(world: &World, operation: &str, form: &[(&str, &str)]) -> String {
    let answered = world.caller.query(Iam, operation, form).await;
    answered.unwrap_or_else(|refused| panic!("{operation}: {refused}"))
}

async fn allow(world: &World, condition: Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "codeconnections:UseConnection", "Resource": "*",
        "Condition": condition,
    }]});
    let policy = policy.to_string();
    let form = [("RoleName", "service"), ("PolicyName", "use"), ("PolicyDocument", &*policy)];
    iam(world, "PutRolePolicy", &form).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_lacks_a_permission_or_is_not_trusted() {
    let world = World::start().await;
    let connection = world.connect().await;
    let form = [("RoleName", "service"), ("AssumeRolePolicyDocument", TRUST)];
    iam(&world, "CreateRole", &form).await;
    let mut declared = plain(&connection);
    declared["roleArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/service"));
    let use_it = "is not authorized to perform: codeconnections:UseConnection on resource";
    let missing = r#"{"Effect": "Allow", "Action": "codeconnections:UseConnection", "Resource""#;
    let expect = [use_it, "Missing in an identity-based policy: ", missing];
    fails(&world, &declared, &expect, "Have what it names allowed, then retry the stage").await;

    allow(&world, json!({"StringEquals": {"codeconnections:BranchName": "release"}})).await;
    world.begin("app").await;
    world.settle().await;
    let nearly = "allows it, but not where codeconnections:BranchName is \"main\"";
    let told = of_execution(&world).await;
    told.says(&[use_it, nearly]);
    assert!(told.0.iter().all(|(_, text)| !text.contains("release")), "policies are not told");

    let trust = TRUST.replace("codepipeline.", "codebuild.");
    let form = [("RoleName", "service"), ("PolicyDocument", &*trust)];
    iam(&world, "UpdateAssumeRolePolicy", &form).await;
    world.begin("app").await;
    world.settle().await;
    let expect =
        ["is not authorized to perform AssumeRole on role", "role/service", "trust policy"];
    of_execution(&world).await.says(&expect);
}

/// A user with one policy.
async fn user(world: &World, name: &str, actions: &[&str]) -> Caller {
    iam(world, "CreateUser", &[("UserName", name)]).await;
    let made = iam(world, "CreateAccessKey", &[("UserName", name)]).await;
    let text = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).expect(name);
        rest.split_once('<').expect(name).0.to_owned()
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": actions, "Resource": "*",
    }]});
    let policy = policy.to_string();
    let form = [("UserName", name), ("PolicyName", "own"), ("PolicyDocument", &*policy)];
    iam(world, "PutUserPolicy", &form).await;
    world.caller.with_key(wire::sigv4::Credentials {
        access_key_id: text("AccessKeyId").as_str().into(),
        secret_access_key: domain::Secret::new(text("SecretAccessKey")),
        session_token: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_a_permission_for_a_connection_is_told_which() {
    let world = World::start().await;
    let connection = world.connect().await;
    let host = json!({ "ConnectionName": "mine", "ProviderType": "GitHub" });
    let nobody = user(&world, "nobody", &["codepipeline:*", "iam:PassRole"]).await;
    let refused = nobody.call(CodeConnections, "CreateConnection", &host).await;
    let refused = refused.expect_err("she may not").message;
    assert!(refused.contains("to perform: codeconnections:CreateConnection"), "{refused}");
    let start = json!({ "connectionArn": connection });
    let refused = nobody.call(Towpath, "StartConnectionHandshake", &start).await;
    let refused = refused.expect_err("she may not").message;
    assert!(refused.contains("to perform: codeconnections:StartOAuthHandshake"), "{refused}");
    let create = json!({ "pipeline": plain(&connection) });
    let refused = nobody.call(CodePipeline, "CreatePipeline", &create).await;
    let refused = refused.expect_err("she may not").message;
    assert!(refused.contains("to perform: codeconnections:PassConnection"), "{refused}");
    assert!(refused.contains(&connection), "{refused}");

    // The guide's own policy is enough for all three.
    let actions = ["CreateConnection", "AuthorizeConnection", "PassConnection"];
    let actions = actions.map(|action| format!("codestar-connections:{action}"));
    let mut actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    actions.extend(["codepipeline:CreatePipeline", "iam:PassRole"]);
    let developer = user(&world, "developer", &actions).await;
    developer.call(CodeConnections, "CreateConnection", &host).await.expect("she may");
    developer.call(Towpath, "StartConnectionHandshake", &start).await.expect("she may");
    let role = [("RoleName", "service"), ("AssumeRolePolicyDocument", TRUST)];
    iam(&world, "CreateRole", &role).await;
    let mut declared = plain(&connection);
    declared["roleArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/service"));
    let create = json!({ "pipeline": declared });
    developer.call(CodePipeline, "CreatePipeline", &create).await.expect("she may");
    world.settle().await;
}

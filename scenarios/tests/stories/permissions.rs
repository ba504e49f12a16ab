//! Who may do what, told whole: a pipeline's role and what it may use, users and their policies, and
//! a connection that another account shares.

use practice_forge::NewCommit;
use serde_json::{Value, json};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, Caller, REPOSITORY, Scene, World};
use wire::Service::{CodePipeline, Iam, Sts, Towpath};

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
pub const OTHER: &str = "111111111111";

pub async fn iam(caller: &Caller, operation: &str, form: &[(&str, &str)]) -> String {
    let answered = caller.query(Iam, operation, form).await;
    answered.unwrap_or_else(|refused| panic!("{operation}: {refused}"))
}

pub async fn create_role(caller: &Caller) {
    let form = [("RoleName", "service"), ("AssumeRolePolicyDocument", TRUST)];
    iam(caller, "CreateRole", &form).await;
}

/// Gives the role one policy: these actions under this condition.
pub async fn allow(caller: &Caller, actions: &[&str], condition: Value) {
    let statement =
        json!({"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let form = [("RoleName", "service"), ("PolicyName", "use"), ("PolicyDocument", &*policy)];
    iam(caller, "PutRolePolicy", &form).await;
}

/// The pipeline `app` under the role of that account.
pub fn pipeline(connection: &str, account: &str) -> Value {
    let mut pipeline = app(connection, commands("Make", &["true"]));
    pipeline["roleArn"] = json!(format!("arn:aws:iam::{account}:role/service"));
    pipeline
}

/// Somebody pushes; how the execution ends, and why.
async fn pushed(world: &World, text: &str) -> (String, String) {
    world.commit("main", &[("a", text)]).await;
    world.settle().await;
    let run = world.latest("app").await;
    (run.status.clone(), world.why(&run.id).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_loses_its_connection_stops_the_next_execution() {
    let world = World::start().await;
    let connection = world.connect().await;
    create_role(&world.caller).await;
    allow(&world.caller, &["codestar-connections:UseConnection"], json!({})).await;
    world.create(&pipeline(&connection, ACCOUNT)).await;
    assert_eq!(pushed(&world, "1").await.0, "Succeeded");

    let form = [("RoleName", "service"), ("PolicyName", "use")];
    iam(&world.caller, "DeleteRolePolicy", &form).await;
    let (status, why) = pushed(&world, "2").await;
    assert_eq!(status, "Failed");
    let said = "is not authorized to perform: codeconnections:UseConnection on resource: arn:aws:\
                codeconnections";
    assert!(why.contains(said), "{why}");
    assert!(why.contains(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/service/")), "{why}");
    assert!(why.contains("because no identity-based policy allows"), "{why}");

    // Only for another repository; then for this one; then for no branch of it but another.
    let condition =
        |key: &str, value: &str| json!({"StringEquals": {format!("codeconnections:{key}"): value}});
    let wrong = condition("FullRepositoryId", "somebody/else");
    allow(&world.caller, &["codeconnections:UseConnection"], wrong).await;
    assert_eq!(pushed(&world, "3").await.0, "Failed");
    let right = condition("FullRepositoryId", testkit::REPOSITORY);
    allow(&world.caller, &["codeconnections:UseConnection"], right).await;
    assert_eq!(pushed(&world, "4").await.0, "Succeeded");
    let wrong = condition("BranchName", "release");
    allow(&world.caller, &["codeconnections:UseConnection"], wrong).await;
    assert_eq!(pushed(&world, "5").await.0, "Failed");

    // A role that may only pass the connection on is good enough, as the article has it.
    allow(&world.caller, &["codestar-connections:PassConnection"], json!({})).await;
    assert_eq!(pushed(&world, "6").await.0, "Succeeded");

    // Deleting the role makes the pipeline no mightier.
    iam(&world.caller, "DeleteRolePolicy", &form).await;
    iam(&world.caller, "DeleteRole", &form[..1]).await;
    let (status, why) = pushed(&world, "7").await;
    assert_eq!(status, "Failed");
    let said = "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::\
                000000000000:role/service";
    assert!(why.contains(said), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_gets_a_clone_asks_for_the_connection_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    create_role(&world.caller).await;
    let only =
        |key: &str, value: &str| json!({"StringEquals": {format!("codeconnections:{key}"): value}});
    let using = ["codeconnections:UseConnection"];
    allow(&world.caller, &using, only("FullRepositoryId", testkit::REPOSITORY)).await;
    let mut declared = pipeline(&connection, ACCOUNT);
    let source = &mut declared["stages"][0]["actions"][0]["configuration"];
    source["OutputArtifactFormat"] = json!("CODEBUILD_CLONE_REF");
    let ask = testkit::declarations::stage("Ask", &[testkit::declarations::approval("Ask")]);
    declared["stages"].as_array_mut().expect("stages").insert(1, ask);
    world.create(&declared).await;
    let run = async |condition: Value| {
        world.begin("app").await;
        world.reaches("app", "Ask", "Ask", "InProgress").await;
        allow(&world.caller, &using, condition).await;
        world.answer("app", "Ask", "Ask", "Approved").await.expect("it is answered");
        world.settle().await;
        let run = world.latest("app").await;
        (run.status.clone(), world.why(&run.id).await)
    };
    assert_eq!(run(only("ProviderAction", "GitPull")).await.0, "Succeeded");
    let (status, why) = run(only("FullRepositoryId", "somebody/else")).await;
    assert_eq!(status, "Failed");
    assert!(why.contains("codeconnections:UseConnection on resource: arn:aws:"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_is_judged_by_the_branch_that_was_fetched_though_a_variable_names_it() {
    let world = World::start().await;
    let connection = world.connect().await;
    create_role(&world.caller).await;
    let using = ["codeconnections:UseConnection"];
    let on = |branch: &str| {
        json!({"StringEquals": {"codeconnections:BranchName": branch,
            "codeconnections:ProviderAction": ["GitPull", "CreateCommitStatus"]}})
    };
    allow(&world.caller, &using, on("main")).await;
    let mut declared = pipeline(&connection, ACCOUNT);
    declared["variables"] = json!([{"name": "branch", "defaultValue": "main"}]);
    let source = &mut declared["stages"][0]["actions"][0]["configuration"];
    source["OutputArtifactFormat"] = json!("CODEBUILD_CLONE_REF");
    source["BranchName"] = json!("#{variables.branch}");
    world.create(&declared).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    allow(&world.caller, &using, on("#{variables.branch}")).await;
    world.begin("app").await;
    world.settle().await;
    let why = world.why(&world.latest("app").await.id).await;
    assert!(why.contains("but not where codeconnections:BranchName is \"main\""), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_only_read_tells_no_commit_status_and_its_pipeline_goes_on() {
    let world = World::start().await;
    let connection = world.connect().await;
    create_role(&world.caller).await;
    let using = ["codeconnections:UseConnection"];
    let read =
        json!({"StringEquals": {"codeconnections:ProviderPermissionsRequired": "read_only"}});
    allow(&world.caller, &using, read).await;
    world.create(&pipeline(&connection, ACCOUNT)).await;
    assert_eq!(pushed(&world, "1").await.0, "Succeeded");
    assert_eq!(world.forge.statuses().len(), 0, "{:?}", world.forge.statuses());
    let write = json!({"StringEquals": {"codeconnections:ProviderAction":
        ["StartUploadArchiveToS3", "CreateCommitStatus"], "codeconnections:BranchName": "main"}});
    allow(&world.caller, &using, write).await;
    assert_eq!(pushed(&world, "2").await.0, "Succeeded");
    assert_eq!(world.forge.statuses().len(), 2, "on its way, and well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submodule_is_judged_by_its_own_repository_though_it_is_here_already() {
    let world = World::start().await;
    let connection = world.connect().await;
    create_role(&world.caller).await;
    let using = ["codeconnections:UseConnection"];
    let of = |repositories: &[&str]| json!({"StringEquals": {"codeconnections:FullRepositoryId": repositories}});
    allow(&world.caller, &using, of(&[testkit::REPOSITORY, "practice/lib"])).await;
    let library = world.forge.create_repository("practice/lib", &[("lib", "1")]).await;
    let library = library.expect("a repository");
    let file = "[submodule \"lib\"]\n\tpath = lib\n\turl = ../lib.git\n";
    world.commit("main", &[(".gitmodules", file)]).await;
    let linked = world.forge.link(testkit::REPOSITORY, "main", ("lib", &library)).await;
    linked.expect("a commit");
    let mut declared = pipeline(&connection, ACCOUNT);
    declared["stages"][0]["actions"][0]["configuration"]["FetchSubmodules"] = json!("true");
    world.create(&declared).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    allow(&world.caller, &using, of(&[testkit::REPOSITORY])).await;
    world.begin("app").await;
    world.settle().await;
    let why = world.why(&world.latest("app").await.id).await;
    for expect in [
        "submodule lib",
        "codeconnections:UseConnection on resource: arn:aws:",
        "but not where codeconnections:FullRepositoryId is \"practice/lib\"",
    ] {
        assert!(why.contains(expect), "{expect}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_without_its_role_acts_for_the_root_that_made_it_and_says_so() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&pipeline(&connection, ACCOUNT)).await;
    assert_eq!(pushed(&world, "1").await.0, "Succeeded");
    let state = world.must(CodePipeline, "GetPipelineState", &json!({"name": "app"})).await;
    let warning = state["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("role/service was not there"), "{warning}");

    // A role that CodePipeline may not assume is none.
    let trust = TRUST.replace("codepipeline.", "codebuild.");
    let form = [("RoleName", "service"), ("AssumeRolePolicyDocument", &*trust)];
    iam(&world.caller, "CreateRole", &form).await;
    let input = json!({"pipeline": pipeline(&connection, ACCOUNT)});
    let refused = world.refused(CodePipeline, "UpdatePipeline", &input).await;
    assert_eq!(refused.code, "InvalidStructureException");
    assert!(refused.message.contains("not authorized to perform AssumeRole"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_a_shared_account_serves_another_accounts_pipeline() {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    let other = world.other_account(OTHER).await;
    create_role(&other).await;
    allow(&other, &["codeconnections:UseConnection"], json!({})).await;
    let input = json!({"pipeline": pipeline(&connection, OTHER)});
    let refused = other.call(CodePipeline, "CreatePipeline", &input).await;
    let refused = refused.expect_err("nobody shared it");
    assert!(refused.message.contains("because no resource-based policy allows"), "{refused}");

    let why = async || other.call(Towpath, "Explain", &json!({"id": connection})).await;
    let refused = why().await.expect_err("nobody shared it");
    assert!(refused.message.contains("codeconnections:GetConnection"), "{refused}");

    let policy = shared_with_other(&connection);
    let share = json!({"connectionArn": connection, "policy": policy.to_string()});
    world.must(Towpath, "PutConnectionPolicy", &share).await;
    other.call(CodePipeline, "CreatePipeline", &input).await.expect("it is shared");
    assert_eq!(why().await.expect("it is shared")["status"], "AVAILABLE");
    world.settle().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let statuses = async || {
        let asked = json!({"pipelineName": "app"});
        let found = other.call(CodePipeline, "ListPipelineExecutions", &asked).await;
        let found = found.expect("it is the caller's");
        let runs = found["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
        runs.iter().map(|run| run["status"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(statuses().await, ["\"Succeeded\""]);

    // Its hook is seen to as the owner's are, and what no delivery told of is found for it.
    world.forge.remove_hooks(REPOSITORY).expect("removed");
    let commit = NewCommit { branch: "main", message: "Unheard", files: &[("b", "1")] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    world.step(601);
    world.until(async |world: &World| !world.hooks_at_forge().await.is_empty()).await;
    world.until(async |_: &World| statuses().await.len() == 2).await;
    world.settle().await;
    assert_eq!(statuses().await, ["\"Succeeded\""; 2]);

    // Shared for another repository only, or with nobody: the forge tells it nothing any more.
    let mut narrower = policy.clone();
    narrower["Statement"][0]["Condition"] =
        json!({"StringEquals": {"codeconnections:FullRepositoryId": "ada/other"}});
    let narrow = json!({"connectionArn": connection, "policy": narrower.to_string()});
    let (named, delete) = (json!({"connectionArn": connection}), "DeleteConnectionPolicy");
    for (ended, (operation, input)) in
        [("PutConnectionPolicy", &narrow), (delete, &named)].into_iter().enumerate()
    {
        // The forge tries out the hook that it has again: not that is what must not come.
        world.until(async |_: &World| is_verified(&other, &connection).await).await;
        world.settle().await;
        let heard = deliveries(&other).await;
        world.must(Towpath, operation, input).await;
        let text = ended.to_string();
        let commit = NewCommit { branch: "main", message: "Unshared", files: &[("c", &text)] };
        world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
        world.settle().await;
        assert_eq!(deliveries(&other).await, heard, "after {operation}");
        world.step(601);
        world.until(async |world: &World| world.hooks_at_forge().await.is_empty()).await;
        world.settle().await;
        assert_eq!(statuses().await, vec!["\"Succeeded\""; 2 + ended], "after {operation}");

        // Shared again, it is there again, and what was pushed meanwhile is found.
        world.must(Towpath, "PutConnectionPolicy", &share).await;
        world.step(601);
        world.until(async |world: &World| !world.hooks_at_forge().await.is_empty()).await;
        world.until(async |_: &World| statuses().await.len() == 3 + ended).await;
        world.settle().await;
    }

    // Whoever starts it without the connection is told so.
    world.must(Towpath, delete, &named).await;
    let start = json!({"name": "app"});
    other.call(CodePipeline, "StartPipelineExecution", &start).await.expect("it may be asked for");
    world.settle().await;
    assert_eq!(statuses().await[0], "\"Failed\"");
}

/// The deliveries that an account was told of.
async fn deliveries(caller: &Caller) -> Vec<Value> {
    let listed = caller.call(Towpath, "ListDeliveries", &json!({})).await.expect("its own");
    let listed = listed["deliveries"].as_array().expect("a list");
    listed.iter().map(|it| json!([it["deliveryId"], it["event"]])).collect()
}

/// Whether the account's hook by a connection has delivered since the forge has it.
async fn is_verified(caller: &Caller, connection: &str) -> bool {
    let named = json!({"connectionArn": connection});
    let health = caller.call(Towpath, "GetConnectionHealth", &named).await.expect("shared");
    health["hooks"][0]["verifiedAt"].is_number()
}

/// The policy that lets the other account see a connection, pass it on and use it.
fn shared_with_other(connection: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": OTHER}, "Resource": connection,
        "Action": ["codestar-connections:PassConnection", "codestar-connections:UseConnection",
            "codestar-connections:GetConnection"],
    }]})
}

/// Shares the connection with the other account, whose pipeline `theirs` uses it from then on.
pub async fn share_and_use(world: &World, connection: &str, other: &Caller) {
    let policy = shared_with_other(connection).to_string();
    let share = json!({"connectionArn": connection, "policy": policy});
    world.must(Towpath, "PutConnectionPolicy", &share).await;
    create_role(other).await;
    allow(other, &["codeconnections:UseConnection"], json!({})).await;
    let mut theirs = pipeline(connection, OTHER);
    theirs["name"] = json!("theirs");
    theirs["artifactStore"]["location"] = json!("theirs");
    let input = json!({"pipeline": theirs});
    other.call(CodePipeline, "CreatePipeline", &input).await.expect("it is shared");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_a_connection_is_shared_with_tests_it_and_looks_after_its_own_hook() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let other = world.other_account(OTHER).await;
    let named = json!({"connectionArn": connection});
    let test = json!({"connectionArn": connection, "repository": REPOSITORY});
    let calls = [
        ("GetConnectionHealth", &named),
        ("TestConnection", &test),
        ("RotateHookSecrets", &named),
        ("RepairConnection", &named),
    ];
    for (operation, input) in calls {
        let refused = other.call(Towpath, operation, input).await.expect_err("nobody shared it");
        assert!(refused.message.contains("codeconnections:GetConnection"), "{refused}");
    }
    share_and_use(&world, &connection, &other).await;

    let health = async || other.call(Towpath, "GetConnectionHealth", &named).await.expect("shared");
    let before = health().await;
    assert_eq!(
        (&before["status"], &before["pipelines"]),
        (&json!("AVAILABLE"), &json!(["theirs"]))
    );
    assert_eq!(before["hooks"].as_array().map(Vec::len), Some(1), "its own: {before}");
    let tested = other.call(Towpath, "TestConnection", &test).await.expect("it is shared");
    assert_eq!(tested["read"]["verdict"], "given", "{tested}");
    let rotated = other.call(Towpath, "RotateHookSecrets", &named).await.expect("it is shared");
    assert_eq!(
        rotated["hooks"],
        json!([{"hookId": before["hooks"][0]["hookId"],
        "repository": REPOSITORY}])
    );
    world.settle().await;
    let after = health().await;
    assert!(after["hooks"][0]["previousSecretUntil"].is_number(), "the forge took it: {after}");
    let of_owner = world.must(Towpath, "GetConnectionHealth", &named).await;
    assert!(of_owner["hooks"][0].get("previousSecretUntil").is_none(), "{of_owner}");
    assert_eq!(of_owner["otherAccounts"], json!([{"accountId": OTHER, "pipelines": 1}]));
    assert!(after.get("otherAccounts").is_none(), "only its owner is told: {after}");
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert!(health().await["hooks"][0]["verifiedAt"].is_number(), "the new secret signs");

    // The account's own policies say which of its users may.
    let (ann, _) = user(&other, "ann").await;
    let seeing = "codeconnections:GetConnection";
    let may =
        |actions: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": connection});
    let_user(&other, "ann", may(&[seeing])).await;
    let refused = ann.call(Towpath, "RepairConnection", &named).await.expect_err("she may not");
    assert!(refused.message.contains("towpath:RepairConnection"), "{refused}");
    let_user(&other, "ann", may(&[seeing, "towpath:RepairConnection"])).await;
    ann.call(Towpath, "RepairConnection", &named).await.expect("she may");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_above_an_account_binds_its_root_too() {
    let world = World::start().await;
    let other = world.other_account(OTHER).await;
    other.call(CodePipeline, "ListPipelines", &json!({})).await.expect("a root");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "codepipeline:List*", "Resource": "*",
    }]});
    let put = json!({"target": OTHER, "policyName": "quiet", "policy": policy.to_string()});
    world.must(Towpath, "PutOrganisationPolicy", &put).await;
    let refused = other.call(CodePipeline, "ListPipelines", &json!({})).await;
    let refused = refused.expect_err("it is denied").message;
    assert!(refused.ends_with("with an explicit deny in a service control policy"), "{refused}");
    world.must(CodePipeline, "ListPipelines", &json!({})).await;
    let by_other = other.call(Towpath, "ListOrganisationPolicies", &json!({})).await;
    assert!(by_other.is_err(), "it is the first account's");
    let delete = json!({"target": OTHER, "policyName": "quiet"});
    world.must(Towpath, "DeleteOrganisationPolicy", &delete).await;
    other.call(CodePipeline, "ListPipelines", &json!({})).await.expect("it acts at once");
}

/// A user who has no policy yet, with the id of the key that they sign with.
pub async fn user(owner: &Caller, name: &str) -> (Caller, String) {
    iam(owner, "CreateUser", &[("UserName", name)]).await;
    let made = iam(owner, "CreateAccessKey", &[("UserName", name)]).await;
    let text = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).expect(name);
        rest.split_once('<').expect(name).0.to_owned()
    };
    let key = text("AccessKeyId");
    let caller = owner.with_key(wire::sigv4::Credentials {
        access_key_id: key.as_str().into(),
        secret_access_key: domain::Secret::new(text("SecretAccessKey")),
        session_token: None,
    });
    (caller, key)
}

/// Gives a user one policy.
pub async fn let_user(owner: &Caller, name: &str, statement: Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let form = [("UserName", name), ("PolicyName", "may"), ("PolicyDocument", &*policy)];
    iam(owner, "PutUserPolicy", &form).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_sees_the_connection_that_a_call_came_by() {
    let world = World::start().await;
    let (ann, _) = user(&world.caller, "ann").await;
    let may = async |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "codepipeline:ListPipelines",
            "Resource": "*", "Condition": condition});
        let_user(&world.caller, "ann", statement).await;
        ann.call(CodePipeline, "ListPipelines", &json!({})).await.is_ok()
    };
    assert!(may(json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})).await);
    assert!(!may(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})).await);
    assert!(may(json!({"Bool": {"aws:SecureTransport": "false"}})).await);
    assert!(!may(json!({"Bool": {"aws:SecureTransport": "true"}})).await, "it is in clear");
}

/// What is decided by the role's policy is told where the role is, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn why_tells_each_account_its_own_side_of_a_refusal() {
    let world = World::start().await;
    let other = world.other_account(OTHER).await;
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "topsecret"}}}]});
    let form = [("RoleName", "partner"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    iam(&world.caller, "CreateRole", &form).await;
    let (mal, _) = user(&other, "mal").await;
    let_user(&other, "mal", json!({"Effect": "Allow", "Action": "*", "Resource": "*"})).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/partner");
    let form = [("RoleArn", &*role), ("RoleSessionName", "mal"), ("ExternalId", "guess")];
    mal.query(Sts, "AssumeRole", &form).await.expect_err("it is a guess");
    let kept = store::DenialRow::of_account(&ACCOUNT.into(), 1);
    let kept = world.shared().desk.store.list::<store::DenialRow>(kept).await;
    let asked = json!({"id": kept.expect("an answer")[0].id});
    let told = mal.call(Towpath, "Explain", &asked).await.expect("their own side").to_string();
    assert!(told.contains("no role trust policy allows it"), "{told}");
    assert!(!told.contains("topsecret"), "{told}");
    let told = world.must(Towpath, "Explain", &asked).await.to_string();
    assert!(told.contains("topsecret") && told.contains("guess"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_key_does_what_its_policies_say_and_why_tells_the_rest() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let (ann, key) = user(&world.caller, "ann").await;
    let get = json!({"name": "app"});
    let refused = ann.call(CodePipeline, "GetPipeline", &get).await.expect_err("no policy");
    assert_eq!(refused.code, "AccessDeniedException");
    let get_pipelines =
        json!({"Effect": "Allow", "Action": "codepipeline:GetPipeline", "Resource": "*"});
    let_user(&world.caller, "ann", get_pipelines).await;
    ann.call(CodePipeline, "GetPipeline", &get).await.expect("it acts at the next call");

    let denials = store::DenialRow::of_account(&ACCOUNT.into(), 10);
    let kept = world.shared().desk.store.list::<store::DenialRow>(denials).await;
    let id = &kept.expect("an answer")[0].id;
    let explained = world.must(Towpath, "Explain", &json!({"id": id})).await;
    assert_eq!(explained["status"], "Denied");
    // What policies say is for those who may read it.
    let hidden = ann.call(Towpath, "Explain", &json!({"id": id})).await;
    assert_eq!(hidden.expect_err("she may not").code, "AccessDeniedException");

    let form = [("AccessKeyId", &*key)];
    let of_codepipeline = |xml: &str| xml.contains("<ServiceName>codepipeline</ServiceName>");
    // It is written down beside the calls.
    let used = async |world: &World| {
        of_codepipeline(&iam(&world.caller, "GetAccessKeyLastUsed", &form).await)
    };
    world.until(used).await;
    let last = iam(&world.caller, "GetAccessKeyLastUsed", &form).await;
    assert!(last.contains("<UserName>ann</UserName>") && last.contains("<LastUsedDate>"), "{last}");
    assert!(last.contains("<Region>us-east-1</Region>"), "{last}");
    let form = [("UserName", "ann"), ("AccessKeyId", &*key), ("Status", "Inactive")];
    iam(&world.caller, "UpdateAccessKey", &form).await;
    let refused = ann.call(CodePipeline, "GetPipeline", &get).await.expect_err("inactive");
    assert_eq!(refused.code, "UnrecognizedClientException");
}

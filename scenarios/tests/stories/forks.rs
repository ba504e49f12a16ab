//! Pull requests from forks: held back, run without identity, or let in whole, as their source says.

use domain::connection::ProviderType;
use practice_forge::{NewCommit, NewPullRequest};
use serde_json::{Value, json};
use testkit::declarations::{action, app, commands, deploy, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::{CodePipeline, Towpath};

use crate::clones::set;
use crate::secrets::{SECRET, keep, with_variables};
use crate::step_tokens::{SHOW, tokens};

at_each_forge! { a_strangers_code_runs_where_its_forge_shows_it }

const FORK: &str = "stranger/app";

/// Runs the file of the code itself.
fn file() -> Value {
    let mut next = action("Step", "Build", "BitbucketPipelines");
    next["inputArtifacts"] = json!([{ "name": "Code" }]);
    next
}

/// `app` with this action second, for pull requests to `main`, those of forks by this rule.
fn declared(connection: &str, next: Value, rule: &str) -> Value {
    let mut declared = app(connection, next);
    declared["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {
            "sourceActionName": "Fetch",
            "pullRequest": [{ "branches": { "includes": ["main"] } }],
        },
    }]);
    set(&mut declared, "ForkPullRequests", rule);
    declared
}

/// A stranger forks the repository, changes these files on a branch there that is called `main`, too, and
/// asks to have them.
async fn proposed(world: &World, files: &[(&str, &str)]) {
    world.forge.fork(REPOSITORY, FORK).await.expect("a fork");
    let change = NewCommit { branch: "main", message: "Let me in", files };
    world.forge.push_commit(FORK, change).await.expect("a push");
    asked(world).await;
}

/// The stranger opens the pull request for what the fork has on `main`.
async fn asked(world: &World) {
    let request = NewPullRequest {
        repository: REPOSITORY,
        target: "main",
        source_repository: FORK,
        source: "main",
        title: "Let me in",
    };
    let told = world.deliveries().await.len();
    world.forge.open_pull_request(request).await.expect("it is opened");
    world.until(async |world| world.deliveries().await.len() > told).await;
    world.settle().await;
}

async fn log(world: &World) -> Vec<String> {
    let run = world.latest("app").await;
    world.log("app", &run.id, "Next", "Step").await
}

/// What the newest delivery says of `app`.
async fn held_back(world: &World) -> String {
    let told = world.deliveries().await;
    let held = told.iter().find_map(|it| it["dispositions"][0]["heldBack"][0]["code"].as_str());
    held.unwrap_or_default().to_owned()
}

async fn a_strangers_code_runs_where_its_forge_shows_it(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    let show = "cat made; echo \"at #{SourceVariables.BranchName} from #{SourceVariables.SourceBranchName}\"";
    world.create(&declared(&connection, commands("Step", &[show]), "WithoutIdentity")).await;
    proposed(&world, &[("made", "by a stranger\n")]).await;
    if provider == ProviderType::Bitbucket {
        assert_eq!(held_back(&world).await, "fork-elsewhere", "{provider}");
        assert!(world.statuses("app").await.is_empty());
        return;
    }
    let fetched = world.action("app", "Source", "Fetch").await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{fetched}");
    let log = log(&world).await;
    assert!(log.iter().any(|line| line == "by a stranger"), "{log:?}");
    let shown = domain::forge_event::GitRef::request(provider, 1).expect("it is shown").name;
    assert!(log.contains(&format!("at {shown} from main")), "{log:?}");
    let run = world.latest("app").await;
    let told = world.commit_states(&run.commit).last().map(|state| state.to_lowercase());
    assert!(told.is_some_and(|state| state.starts_with("success")), "{provider}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_step_that_asks_for_everything_has_nothing() {
    let world = World::start().await;
    let connection = world.connect().await;
    let scope = json!({ "repository": REPOSITORY, "deployment": "Production" });
    for (scope, name, secured) in
        [(json!({ "repository": REPOSITORY }), "TOKEN", true), (scope, "PLAIN", false)]
    {
        let input = json!({ "scope": scope, "name": name, "value": SECRET, "secured": secured });
        world.must(Towpath, "PutVariable", &input).await;
    }
    let file_text = "pipelines:\n  branches:\n    main: [step: {script: [echo as main]}]\n  default:\n    \
        - step:\n        deployment: Production\n        oidc: true\n        script:\n          \
        - echo \"has [${TOKEN-none}] [${PLAIN-none}] [${BITBUCKET_STEP_OIDC_TOKEN-none}]\"\n          \
        - env | grep -c -e OIDC_TOKEN -e ^AWS_ -e ^TOWPATH_ || true\n          \
        - env | rev\n";
    world.create(&declared(&connection, file(), "WithoutIdentity")).await;
    proposed(&world, &[("bitbucket-pipelines.yml", file_text)]).await;
    let log = log(&world).await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{log:?}");
    assert!(log.contains(&"has [none] [none] [none]".to_owned()), "{log:?}");
    assert!(log.contains(&"0".to_owned()), "{log:?}");
    assert!(log.iter().any(|line| line.contains("no tokens, no secrets")), "{log:?}");
    let backwards: String = SECRET.chars().rev().collect();
    assert!(log.iter().all(|line| !line.contains(&backwards)), "{log:?}");
    let asked = json!({ "id": world.latest("app").await.id });
    let why = world.must(Towpath, "Explain", &asked).await["reasons"].to_string();
    assert!(why.contains("a pull request from a fork: it gets no tokens"), "{why}");
    let entries = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 50 })).await;
    let entries = entries["entries"].as_array().expect("entries");
    let of = |action: &str| entries.iter().filter(|it| it["action"] == action).collect::<Vec<_>>();
    assert!(of("towpath:ReadVariable").is_empty(), "{entries:?}");
    assert_eq!(of("towpath:StartForkPullRequest").len(), 1, "{entries:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_may_let_strangers_have_tokens_that_say_what_they_are() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut asking = commands("Step", &[SHOW]);
    asking["configuration"] = json!({ "Oidc": "true" });
    world.create(&declared(&connection, asking, "WithIdentity")).await;
    proposed(&world, &[("made", "1")]).await;
    let log = log(&world).await;
    let [token] = &tokens(&world, &log).await[..] else { panic!("one token: {log:?}") };
    let claim = |name: &str| token.all.get(name).and_then(Value::as_str);
    assert_eq!((claim("ref"), claim("branchName")), (Some("refs/pull/1/head"), None));
    assert_eq!((claim("ref_type"), claim("pull_request")), (Some("pull_request"), Some("1")));
    assert_eq!(claim("protected"), Some("false"));
    let entries = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 50 })).await;
    let told = entries["entries"].as_array().expect("entries").iter();
    let told: Vec<_> = told.filter(|it| it["action"] == "towpath:StartForkPullRequest").collect();
    let [told] = told[..] else { panic!("{entries}") };
    assert_eq!(told["requestParameters"]["forkPullRequests"], "WithIdentity", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_deployments_of_the_pipeline_end_with_the_rule_that_withholds_them() {
    let world = World::start().await;
    keep(&world).await;
    let connection = world.connect().await;
    let secret = [("WHOLE", "SECRETS_MANAGER", "prod/whole")];
    let needy = with_variables(commands("Step", &["true"]), &secret);
    world.create(&declared(&connection, needy, "WithoutIdentity")).await;
    proposed(&world, &[("made", "1")]).await;
    let why = world.why(&world.latest("app").await.id).await;
    assert!(why.contains("environmentVariables.WHOLE is not for it"), "{why}");

    let mut whole = declared(&connection, commands("Step", &["true"]), "WithoutIdentity");
    let put = stage("Put", &[deploy("Put", "Code", "site")]);
    whole["stages"].as_array_mut().expect("stages").push(put);
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": whole })).await;
    let told = world.told("pull_request");
    let change = NewCommit { branch: "main", message: "More", files: &[("made", "2")] };
    world.forge.push_commit(FORK, change).await.expect("a push");
    world.until_told("pull_request", told + 1).await;
    world.settle().await;
    assert_eq!(world.action("app", "Next", "Step").await["status"], "Succeeded");
    let why = world.why(&world.latest("app").await.id).await;
    assert!(why.contains("Deploy/AWS/S3/1 is not for it"), "{why}");
    let retry = json!({
        "pipelineName": "app", "stageName": "Put", "retryMode": "FAILED_ACTIONS",
        "pipelineExecutionId": world.latest("app").await.id,
    });
    world.must(CodePipeline, "RetryStageExecution", &retry).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Failed", "a retry is of the same code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_leads_the_connection_to_no_other_repository() {
    let world = World::start().await;
    let connection = world.connect().await;
    let private = world.forge.create_repository("practice/lib", &[("lib.txt", "turn\n")]).await;
    let mut whole = declared(&connection, commands("Step", &["true"]), "WithoutIdentity");
    set(&mut whole, "FetchSubmodules", "true");
    world.create(&whole).await;
    world.forge.fork(REPOSITORY, FORK).await.expect("a fork");
    let modules = "[submodule \"lib\"]\n\tpath = lib\n\turl = ../lib.git\n";
    let change = NewCommit { branch: "main", message: "x", files: &[(".gitmodules", modules)] };
    world.forge.push_commit(FORK, change).await.expect("a push");
    let commit = private.expect("a repository");
    world.forge.link(FORK, "main", ("lib", &commit)).await.expect("a commit");
    asked(&world).await;
    let details = world.action("app", "Source", "Fetch").await["errorDetails"].clone();
    let said = details["message"].as_str().unwrap_or_default();
    assert!(said.contains("practice/lib is not fetched as a submodule"), "{details}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_one_branch_is_not_for_a_forks_branch_of_that_name() {
    let world = World::start().await;
    let connection = world.connect().await;
    crate::permissions::create_role(&world.caller).await;
    let only = json!({"StringEquals": {"codeconnections:BranchName": "main"}});
    crate::permissions::allow(&world.caller, &["codeconnections:UseConnection"], only).await;
    let mut whole = declared(&connection, commands("Step", &["true"]), "WithoutIdentity");
    whole["roleArn"] =
        crate::permissions::pipeline(&connection, testkit::ACCOUNT)["roleArn"].clone();
    world.create(&whole).await;
    proposed(&world, &[("made", "1")]).await;
    assert_eq!(world.statuses("app").await, ["Failed"]);
    let why = world.why(&world.latest("app").await.id).await;
    assert!(why.contains("codeconnections:UseConnection"), "{why}");
}

//! The source action by connection at each of the six kinds of forges: what it fetches, and what it
//! says of it.

use std::collections::BTreeMap;

use domain::CommitSha;
use domain::connection::ProviderType;
use practice_forge::{NewCommit, NewPullRequest};
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::CodePipeline;

at_each_forge! {
    a_push_is_told_in_variables
    a_pull_request_is_told_in_variables
    a_start_may_name_an_older_commit
}

async fn connected(provider: ProviderType) -> (World, String) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    (world, connection)
}

/// What `Fetch` said of the newest execution of `app`.
async fn variables(world: &World) -> BTreeMap<String, String> {
    let run = world.latest("app").await;
    assert_eq!(run.status, "Succeeded", "{}", world.why(&run.id).await);
    let asked = json!({ "pipelineName": "app", "filter": { "pipelineExecutionId": run.id } });
    let found = world.must(CodePipeline, "ListActionExecutions", &asked).await;
    let rows = found["actionExecutionDetails"].as_array().cloned().unwrap_or_default();
    let fetch = rows.into_iter().find(|row| row["actionName"] == "Fetch").expect("it ran");
    serde_json::from_value(fetch["output"]["outputVariables"].clone()).expect("variables")
}

/// Variables that say the same of every source from this connection.
fn common(world: &World, connection: &str, commit: &CommitSha) -> BTreeMap<String, String> {
    let pairs = [
        ("AuthorDisplayName", "Practice User"),
        ("AuthorId", "Practice User"),
        ("CommitId", commit.as_str()),
        ("ConnectionArn", connection),
        ("FullRepositoryName", REPOSITORY),
        ("ProviderType", world.provider.as_str()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Takes out what must be there and is not the same in each run: the dates and the address.
fn without_moments(mut told: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for name in ["AuthorDate", "CommitterDate"] {
        let date = told.remove(name).unwrap_or_default();
        assert!(date.ends_with('Z') && date.contains('T'), "{name}: {date}");
    }
    let address = told.remove("AuthorEmail").unwrap_or_default();
    assert!(address.contains('@'), "{address}");
    told
}

async fn a_push_is_told_in_variables(provider: ProviderType) {
    let (world, connection) = connected(provider).await;
    let said = "echo #{SourceVariables.BranchName} #{SourceVariables.AuthorEmail}";
    world.create(&app(&connection, commands("Make", &[said]))).await;
    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let mut expect = common(&world, &connection, &commit);
    expect.insert("BranchName".to_owned(), "main".to_owned());
    expect.insert("CommitMessage".to_owned(), "A change".to_owned());
    assert_eq!(without_moments(variables(&world).await), expect);
}

async fn a_pull_request_is_told_in_variables(provider: ProviderType) {
    let (world, connection) = connected(provider).await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {
            "sourceActionName": "Fetch",
            "pullRequest": [{ "branches": { "includes": ["main"] } }],
        },
    }]);
    world.create(&declared).await;
    let message = "Turn it\n\nOnce more, with \"quotes\" and $HOME.";
    let new = NewCommit { branch: "feature/wheel", message, files: &[("made", "1")] };
    let commit = world.forge.push_commit(REPOSITORY, new).await.expect("git push");
    let request = NewPullRequest {
        repository: REPOSITORY,
        target: "main",
        source_repository: REPOSITORY,
        source: "feature/wheel",
        title: "Turn the wheel",
    };
    let number = world.forge.open_pull_request(request).await.expect("it is opened");
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.settle().await;
    let mut expect = common(&world, &connection, &commit);
    let number = number.to_string();
    for (name, value) in [
        ("BranchName", "feature/wheel"),
        ("CommitMessage", message),
        ("DestinationBranchName", "main"),
        ("PullRequestId", &number),
        ("PullRequestTitle", "Turn the wheel"),
        ("SourceBranchName", "feature/wheel"),
    ] {
        expect.insert(name.to_owned(), value.to_owned());
    }
    assert_eq!(without_moments(variables(&world).await), expect);
}

async fn a_start_may_name_an_older_commit(provider: ProviderType) {
    let (world, connection) = connected(provider).await;
    let mut declared = app(&connection, commands("Make", &["test \"$(cat a)\" = 1"]));
    declared["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = json!("false");
    world.create(&declared).await;
    let older = world.commit("elsewhere", &[("a", "1")]).await;
    world.commit("elsewhere", &[("a", "2")]).await;
    let begin = |action: &str, kind: &str, value: &str| {
        let revision =
            json!({ "actionName": action, "revisionType": kind, "revisionValue": value });
        json!({ "name": "app", "sourceRevisions": [revision] })
    };
    let asked = begin("Fetch", "COMMIT_ID", older.as_str());
    world.must(CodePipeline, "StartPipelineExecution", &asked).await;
    world.settle().await;
    let told = variables(&world).await;
    assert_eq!((&*told["CommitId"], &*told["BranchName"]), (older.as_str(), "main"));

    // A commit that the forge does not have ends the source with its name.
    let nothing = "0123456789".repeat(4);
    let asked = begin("Fetch", "COMMIT_ID", &nothing);
    world.must(CodePipeline, "StartPipelineExecution", &asked).await;
    world.settle().await;
    let fetch = world.action("app", "Source", "Fetch").await;
    let said = fetch["errorDetails"]["message"].as_str().unwrap_or_default();
    assert!(said.contains(&nothing) && said.contains(REPOSITORY), "{said}");

    for (asked, expect) in [
        (begin("Fetch", "S3_OBJECT_KEY", "a.zip"), "COMMIT_ID"),
        (begin("Nobody", "COMMIT_ID", older.as_str()), "no source action"),
        (begin("Fetch", "COMMIT_ID", "main"), "a whole commit id"),
    ] {
        let refused = world.refused(CodePipeline, "StartPipelineExecution", &asked).await;
        assert_eq!(refused.code, "ValidationException", "{}", refused.message);
        assert!(refused.message.contains(expect), "{}", refused.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_named_of_a_pattern_of_branches_is_on_the_one_whose_head_it_is() {
    let (world, connection) = connected(ProviderType::GitHubEnterpriseServer).await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    let configuration = &mut declared["stages"][0]["actions"][0]["configuration"];
    configuration["BranchName"] = json!("feature/*");
    configuration["DetectChanges"] = json!("false");
    world.create(&declared).await;
    world.commit("elsewhere", &[("a", "1")]).await;
    let head = world.commit("feature/wheel", &[("a", "2")]).await;
    let revision = json!({
        "actionName": "Fetch", "revisionType": "COMMIT_ID", "revisionValue": head.as_str(),
    });
    let asked = json!({ "name": "app", "sourceRevisions": [revision] });
    world.must(CodePipeline, "StartPipelineExecution", &asked).await;
    world.settle().await;
    let told = variables(&world).await;
    assert_eq!((&*told["CommitId"], &*told["BranchName"]), (head.as_str(), "feature/wheel"));
}

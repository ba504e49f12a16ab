//! A pipeline that is kept in step with a file of a repository.

use serde_json::{Value, json};
use testkit::declarations::{commands, pipeline, source, stage};
use testkit::{REPOSITORY, World};
use wire::Service::{CodeConnections, CodePipeline, Iam};

const FILE: &str = "ci/pipeline.json";

/// A pipeline that no push to `main` starts, with one command.
fn declared(connection: &str, command: &str) -> String {
    let stages = [
        stage("Source", &[source(connection, "release")]),
        stage("Build", &[commands("Make", &[command])]),
    ];
    serde_json::to_string_pretty(&pipeline("app", &stages)).expect("it is JSON")
}

fn resource() -> Value {
    json!({ "SyncType": "CODEPIPELINE_SYNC", "ResourceName": "app" })
}

/// A role that may do everything, and that Git sync and pipelines may assume.
async fn make_role(world: &World, name: &str) {
    let services =
        ["cloudformation.sync.codeconnections.amazonaws.com", "codepipeline.amazonaws.com"];
    let allowed =
        |statement: Value| json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let trust = json!({ "Effect": "Allow", "Principal": { "Service": services }, "Action": "sts:AssumeRole" });
    let trust = allowed(trust);
    let form = [("RoleName", name), ("AssumeRolePolicyDocument", &*trust)];
    world.caller.query(Iam, "CreateRole", &form).await.expect("a role");
    let policy = allowed(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let form = [("RoleName", name), ("PolicyName", "all"), ("PolicyDocument", &*policy)];
    world.caller.query(Iam, "PutRolePolicy", &form).await.expect("its policy");
}

async fn keep_in_step(world: &World, connection: &str) {
    keep_in_step_with(world, connection, "main").await;
}

/// Makes the roles of the sync and of its pipeline, links the repository and declares the sync of this
/// branch.
async fn keep_in_step_with(world: &World, connection: &str, branch: &str) {
    for role in ["sync", "pipeline"] {
        make_role(world, role).await;
    }
    let (owner, name) = REPOSITORY.split_once('/').expect("owner and name");
    let asked = json!({ "ConnectionArn": connection, "OwnerId": owner, "RepositoryName": name });
    let link = world.must(CodeConnections, "CreateRepositoryLink", &asked).await;
    let asked = json!({
        "RepositoryLinkId": link["RepositoryLinkInfo"]["RepositoryLinkId"],
        "Branch": branch, "ConfigFile": FILE, "ResourceName": "app",
        "RoleArn": "arn:aws:iam::000000000000:role/sync", "SyncType": "CODEPIPELINE_SYNC",
        "PublishDeploymentStatus": "ENABLED",
    });
    world.must(CodeConnections, "CreateSyncConfiguration", &asked).await;
    world.settle().await;
}

async fn push(world: &World, text: &str) -> String {
    let commit = world.commit("main", &[(FILE, text)]).await;
    world.settle().await;
    commit.to_string()
}

/// The pipeline's version and its one command.
async fn found(world: &World) -> (u64, String) {
    let found = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    let pipeline = &found["pipeline"];
    let command = pipeline["stages"][1]["actions"][0]["commands"][0].as_str().unwrap_or_default();
    (pipeline["version"].as_u64().unwrap_or_default(), command.to_owned())
}

async fn blocker(world: &World) -> Value {
    let summary = world.must(CodeConnections, "GetSyncBlockerSummary", &resource()).await;
    summary["SyncBlockerSummary"]["LatestBlockers"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_gone_blocks_its_sync_until_it_is_back() {
    let world = World::start().await;
    let connection = world.connect().await;
    let commit = world.commit("sync", &[(FILE, &declared(&connection, "echo one"))]).await;
    keep_in_step_with(&world, &connection, "sync").await;
    assert_eq!(found(&world).await, (1, "echo one".to_owned()));
    world.push_ref(":refs/heads/sync").await;
    world.settle().await;
    let blocked = blocker(&world).await;
    assert_eq!(blocked["Status"], "ACTIVE");
    let reason = blocked["CreatedReason"].as_str().unwrap_or_default();
    assert!(reason.contains("has no branch sync"), "{reason}");
    world.push_ref(&format!("{commit}:refs/heads/sync")).await;
    world.settle().await;
    assert_eq!(blocker(&world).await["Status"], "RESOLVED");
    assert_eq!(found(&world).await.0, 1, "the file is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_follows_its_file_and_a_broken_one_says_where() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.commit("main", &[(FILE, &declared(&connection, "echo one"))]).await;
    keep_in_step(&world, &connection).await;
    assert_eq!(found(&world).await, (1, "echo one".to_owned()));
    assert_eq!(world.hooks_at_forge().await.len(), 1, "the link has a hook");

    let commit = push(&world, &declared(&connection, "echo two")).await;
    assert_eq!(found(&world).await, (2, "echo two".to_owned()));
    assert_eq!(world.commit_states(&commit), ["success"]);
    let status = world.must(CodeConnections, "GetResourceSyncStatus", &resource()).await;
    assert_eq!(status["LatestSync"]["Status"], "SUCCEEDED");
    assert_eq!(status["LatestSync"]["TargetRevision"]["Sha"], commit.as_str());

    let broken = declared(&connection, "echo three").replace("\"Build\"", "\"Source\"");
    let line = broken.lines().position(|it| it.contains("\"Source\"")).map_or(0, |at| at + 1);
    let commit = push(&world, &broken).await;
    assert_eq!(found(&world).await.0, 2, "the broken one changes nothing");
    assert_eq!(world.commit_states(&commit), ["failure"]);
    let blocked = blocker(&world).await;
    assert_eq!(blocked["Status"], "ACTIVE");
    let reason = blocked["CreatedReason"].as_str().expect("a reason");
    assert!(
        reason.starts_with(&format!("{FILE}:")) && reason.contains("Source"),
        "{line} {reason}"
    );
    let contexts = blocked["Contexts"].as_array().expect("contexts");
    let lines = contexts.iter().filter(|it| it["Key"] == "Line").count();
    assert_eq!(lines, 1, "{contexts:?}");

    push(&world, &declared(&connection, "echo four")).await;
    assert_eq!(found(&world).await, (3, "echo four".to_owned()));
    assert_eq!(blocker(&world).await["Status"], "RESOLVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_there_blocks_until_somebody_has_it_tried_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    keep_in_step(&world, &connection).await;
    let blocked = blocker(&world).await;
    let reason = blocked["CreatedReason"].as_str().expect("a reason");
    assert!(reason.contains(FILE) && reason.contains("there is no such file"), "{reason}");
    push(&world, &declared(&connection, "echo one")).await;
    assert_eq!(found(&world).await.0, 1);
    let mut asked = resource();
    asked["Id"] = blocked["Id"].clone();
    asked["ResolvedReason"] = json!("it is there");
    let resolved = world.must(CodeConnections, "UpdateSyncBlocker", &asked).await;
    assert_eq!(resolved["SyncBlocker"]["Status"], "RESOLVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_waits_for_its_connection_and_says_for_what() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    world.commit("main", &[(FILE, &declared(&connection, "echo one"))]).await;
    keep_in_step(&world, &connection).await;
    let blocked = blocker(&world).await;
    let reason = blocked["CreatedReason"].as_str().expect("a reason");
    for words in
        ["Could not determine connection credentials", &*connection, "nobody has authorised"]
    {
        assert!(reason.contains(words), "{reason}");
    }
    let asked = json!({ "ConnectionArn": connection });
    let shown = world.must(CodeConnections, "GetConnection", &asked).await;
    let missing = shown["Connection"]["StatusMessage"].as_str().unwrap_or_default();
    assert!(missing.contains("nobody has authorised it yet"), "{shown}");
    world.authorize(&connection).await;
    world.settle().await;
    assert_eq!(found(&world).await, (1, "echo one".to_owned()));
    assert_eq!(blocker(&world).await["Status"], "RESOLVED");
}

//! A push becomes a finished execution: the main job.

use serde_json::json;
use testkit::declarations::{approval, commands, deploy, pipeline, source, stage};
use testkit::{Scene, World};
use wire::Service;

/// Source → Build → Approval → Deploy, from the handshake to the forge's green tick.
async fn a_push_becomes_a_finished_execution(world: World) {
    let connection = world.connect().await;
    let bucket = json!({ "bucketName": "site" });
    world.must(Service::Towpath, "CreateBucket", &bucket).await;
    let mut build = commands(
        "Make",
        &[
            "mkdir site",
            "echo built from #{SourceVariables.CommitId} > site/index.html",
            "cat hello.txt",
        ],
    );
    build["outputArtifacts"] = json!([{ "name": "Site", "files": ["site/**"] }]);
    let stages = [
        stage("Source", &[source(&connection, "main")]),
        stage("Build", &[build]),
        stage("Approval", &[approval("Review")]),
        stage("Deploy", &[deploy("Publish", "Site", "site")]),
    ];
    world.create(&pipeline("app", &stages)).await;

    let commit = world.commit("main", &[("hello.txt", "hello\n")]).await;
    world.settle().await;

    let waiting = world.latest("app").await;
    assert_eq!((&*waiting.status, &*waiting.trigger), ("InProgress", "WebhookV2"));
    assert_eq!(waiting.commit, commit.as_str());
    assert_eq!(world.commit_states(commit.as_str()), ["pending"]);
    let said = world.why(&waiting.id).await;
    assert!(said.contains("Review"), "{said}");

    world.answer("app", "Approval", "Review", "Approved").await.expect("the approval is taken");
    world.settle().await;

    assert_eq!(world.latest("app").await.status, "Succeeded");
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "success"]);
    let attempts = world.attempts("app", &waiting.id).await;
    let expected = ["Fetch Succeeded", "Make Succeeded", "Review Succeeded", "Publish Succeeded"];
    assert_eq!(attempts, expected);
    let log = world.log("app", &waiting.id, "Build", "Make").await;
    assert!(log.contains(&"hello".to_owned()), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_becomes_a_finished_execution_on_sqlite() {
    a_push_becomes_a_finished_execution(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_becomes_a_finished_execution_on_postgresql() {
    match Scene::on_postgres("push").await {
        Some(scene) => a_push_becomes_a_finished_execution(scene.start().await).await,
        None => println!("not on PostgreSQL, TOWPATH_POSTGRES is not set"),
    }
}

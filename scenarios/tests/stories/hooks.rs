//! A repository's hook: there while a pipeline listens, gone with the last.

use serde_json::json;
use testkit::World;
use testkit::declarations::{app, commands, pipeline, source, stage};
use wire::Service::CodePipeline;

async fn delete(world: &World, pipeline: &str) {
    world.must(CodePipeline, "DeletePipeline", &json!({ "name": pipeline })).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_comes_with_the_connection_and_goes_with_the_last_pipeline() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    assert_eq!(world.hooks_at_forge().await.len(), 0, "nobody may register one yet");

    world.authorize(&connection).await;
    world.settle().await;
    let hooks = world.hooks_at_forge().await;
    assert_eq!(hooks.len(), 1);
    let (url, id) = (hooks[0]["config"]["url"].to_string(), world.hook().await.id);
    assert!(url.contains(&format!("/hooks/{id}")), "{url}");
    assert_eq!(hooks[0]["events"], json!(["push", "pull_request"]));

    let make = stage("Make", &[commands("Make", &["true"])]);
    let other = [stage("Source", &[source(&connection, "dev")]), make];
    world.create(&pipeline("other", &other)).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1, "one hook a repository");

    delete(&world, "app").await;
    assert_eq!(world.hooks_at_forge().await.len(), 1, "the other one still listens");
    delete(&world, "other").await;
    assert_eq!(world.hooks_at_forge().await.len(), 0);
    assert_eq!(world.hooks().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_comes_back_has_a_hook_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    let declared = app(&connection, commands("Make", &["true"]));
    world.create(&declared).await;
    delete(&world, "app").await;
    world.create(&declared).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

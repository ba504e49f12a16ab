//! Pull requests whose deliveries were lost: found by comparing what is open with what was told.

use domain::connection::ProviderType;
use practice_forge::{Misbehaviour, NewCommit, NewPullRequest};
use serde_json::json;
use testkit::declarations::{commands, pipeline, source, stage};
use testkit::{REPOSITORY, Scene, World};

at_each_forge! {
    lost_events_of_a_pull_request_are_found
    pull_requests_that_were_there_before_start_nothing
}

fn on_requests(connection: &str) -> serde_json::Value {
    let stages = [
        stage("Source", &[source(connection, "main")]),
        stage("Next", &[commands("Say", &["true"])]),
    ];
    let mut app = pipeline("app", &stages);
    app["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": { "sourceActionName": "Fetch", "pullRequest": [
            { "events": ["OPEN", "UPDATED"], "branches": { "includes": ["main"] } },
        ] },
    }]);
    app
}

async fn watching(provider: ProviderType) -> World {
    let scene = Scene::default().forge(provider).set("reconcile.seconds", "600");
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&on_requests(&connection)).await;
    world.settle().await;
    world
}

async fn push(world: &World, branch: &str, file: &str) -> String {
    let commit = NewCommit { branch, message: "A change", files: &[(file, file)] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push").to_string()
}

async fn open(world: &World, source: &str) {
    let new = NewPullRequest {
        repository: REPOSITORY,
        target: "main",
        source_repository: REPOSITORY,
        source,
        title: "Turn the wheel",
    };
    world.forge.open_pull_request(new).await.expect("it is opened");
}

async fn executions(world: &World, count: usize) {
    world.until(async |world: &World| world.executions("app").await.len() == count).await;
    world.settle().await;
}

async fn lost_events_of_a_pull_request_are_found(provider: ProviderType) {
    let world = watching(provider).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let first = push(&world, "feature", "a").await;
    // The clock of the forge is the server's: it is opened after somebody listened.
    world.step(1);
    open(&world, "feature").await;
    world.step(601);
    executions(&world, 1).await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.commit), ("Succeeded", &*first));
    let second = push(&world, "feature", "b").await;
    world.step(601);
    executions(&world, 2).await;
    assert_eq!(world.latest("app").await.commit, second);
    // What is told at last, by hand or by the forge, is known.
    world.step(601);
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 2);
}

async fn pull_requests_that_were_there_before_start_nothing(provider: ProviderType) {
    let scene = Scene::default().forge(provider).set("reconcile.seconds", "600");
    let world = scene.start().await;
    push(&world, "old", "a").await;
    open(&world, "old").await;
    world.step(5);
    let connection = world.connect().await;
    world.create(&on_requests(&connection)).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    push(&world, "new", "b").await;
    world.step(1);
    open(&world, "new").await;
    world.step(601);
    executions(&world, 1).await;
    // New code of the old one is news.
    let updated = push(&world, "old", "c").await;
    world.step(601);
    executions(&world, 2).await;
    assert_eq!(world.latest("app").await.commit, updated);
}

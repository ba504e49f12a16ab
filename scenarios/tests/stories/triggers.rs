//! Which pushes start which pipelines, and what is said of the others.

use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, commands, on_push, pipeline, source, stage};

/// A world with `app`, which starts by these push filters.
async fn started_by(filters: Value) -> World {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = on_push(filters);
    world.create(&declared).await;
    world
}

/// The commit at the head of `main`, without a push.
async fn head(world: &World) -> domain::CommitSha {
    let commit = world.commit("elsewhere", &[("a", "1")]).await;
    world.settle().await;
    commit
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_start_where_a_trigger_names_them() {
    let world = started_by(json!([{ "tags": { "includes": ["v*"] } }])).await;
    let commit = head(&world).await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    world.push_tag("v2", &commit, Some("The second")).await;
    world.settle().await;
    world.push_tag("nightly", &commit, None).await;
    world.settle().await;

    let runs = world.executions("app").await;
    let commits: Vec<&str> = runs.iter().map(|run| run.commit.as_str()).collect();
    assert_eq!(commits, [commit.as_str(); 2], "an annotated tag is peeled to its commit");
    assert_eq!(world.outcomes().await, ["filtered", "started", "started", "filtered"]);
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_deleted_and_made_again_starts_again() {
    let world = started_by(json!([{ "tags": { "includes": ["v*"] } }])).await;
    let commit = head(&world).await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    world.push_ref(":refs/tags/v1").await;
    world.settle().await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["filtered", "started", "filtered", "started"]);
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_start_by_globs_and_exclusion_wins() {
    let filters = json!([{ "branches": {
        "includes": ["release/**", "main"], "excludes": ["release/old/*"],
    }}]);
    let world = started_by(filters).await;
    for branch in ["release/1", "release/2/hotfix", "release/old/1", "feature/x", "main"] {
        world.commit(branch, &[("branch", branch)]).await;
        world.settle().await;
    }
    let outcomes = ["started", "started", "filtered", "filtered", "started"];
    assert_eq!(world.outcomes().await, outcomes);
    let told = world.deliveries().await;
    let excluded = told.iter().filter(|it| it["event"] == "push").nth(2).expect("the third push");
    let why = excluded["dispositions"][0].to_string();
    assert!(why.contains("release/old/*"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pipelines_of_one_repository_share_its_hook_and_each_says_why() {
    let world = World::start().await;
    let connection = world.connect().await;
    for (name, branch) in [("app", "main"), ("other", "dev")] {
        let make = stage("Make", &[commands("Make", &["true"])]);
        let stages = [stage("Source", &[source(&connection, branch)]), make];
        world.create(&pipeline(name, &stages)).await;
    }
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    world.commit("dev", &[("a", "2")]).await;
    world.settle().await;

    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    assert_eq!(world.statuses("other").await, ["Succeeded"]);
    let pushes = world.deliveries().await.into_iter().filter(|it| it["event"] == "push");
    let held: Vec<Value> = pushes.map(|it| it["dispositions"][0]["heldBack"][0].clone()).collect();
    assert_eq!([&held[0]["pipelineName"], &held[1]["pipelineName"]], ["other", "app"]);
    assert!(held[0]["sentence"].to_string().contains("dev"), "{held:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_does_not_detect_changes_waits_to_be_asked() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut quiet = app(&connection, commands("Make", &["true"]));
    quiet["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = json!("false");
    world.create(&quiet).await;
    assert_eq!(world.hooks_at_forge().await.len(), 0, "nobody listens, so there is no hook");
    let commit = world.commit("main", &[("a", "1")]).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    assert_eq!((&*run.status, &*run.commit), ("Succeeded", commit.as_str()));
}

//! Pushes that nobody tells of are found by looking: of the older GitHub action, and where a forge
//! cannot reach this server.

use domain::connection::ProviderType;
use practice_forge::{Fault, NewCommit, Trouble};
use serde_json::{Value, json};
use testkit::declarations::{commands, older_source, pipeline, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::{CodePipeline, Towpath};

/// A server that looks once a minute of the stepped clock, with a pipeline of the older action.
async fn polled(setting: Option<&str>) -> World {
    let world =
        Scene::default().forge(ProviderType::GitHub).set("polling.seconds", "60").start().await;
    let token = world.forge.personal_token();
    let mut source = older_source(token.expose(), "main");
    if let Some(setting) = setting {
        source["configuration"]["PollForSourceChanges"] = json!(setting);
    }
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &["true"])])];
    world.create(&pipeline("app", &stages)).await;
    world
}

/// The first look only remembers where the branch is.
async fn looked_at(world: &World) {
    world.until(async |world: &World| world.hook().await.heads_known.is_some()).await;
}

async fn push(world: &World, branch: &str, file: &str) -> String {
    let commit = NewCommit { branch, message: "A change", files: &[(file, file)] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push").to_string()
}

async fn executions(world: &World, count: usize) {
    let so = async |world: &World| world.executions("app").await.len() == count;
    world.until(so).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_action_is_polled_where_nothing_else_is_said() {
    let world = polled(None).await;
    looked_at(&world).await;
    assert!(world.executions("app").await.is_empty(), "what was there before starts nothing");
    push(&world, "dev", "a").await;
    let commit = push(&world, "main", "b").await;
    world.step(61);
    executions(&world, 1).await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.trigger), ("Succeeded", "PollForSourceChanges"));
    assert_eq!(latest.commit, commit);
    // Once more, after a look that showed nothing new.
    world.step(61);
    world.step(61);
    let next = push(&world, "main", "c").await;
    world.step(61);
    executions(&world, 2).await;
    assert_eq!(world.latest("app").await.commit, next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_repository_is_not_there_says_so_until_it_is_named_right() {
    let world =
        Scene::default().forge(ProviderType::GitHub).set("polling.seconds", "60").start().await;
    let mut source = older_source(world.forge.personal_token().expose(), "main");
    let right = source["configuration"]["Repo"].clone();
    source["configuration"]["Repo"] = json!("nope");
    let next = stage("Next", &[commands("Say", &["true"])]);
    let mut declared = pipeline("app", &[stage("Source", &[source]), next]);
    world.create(&declared).await;
    let asked = json!({ "id": "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch" });
    let in_vain = async |world: &World| {
        let said = world.must(Towpath, "Explain", &asked).await.to_string();
        said.contains("looking at its branch comes to nothing")
    };
    world.until(in_vain).await;
    let action = json!({ "connectionArn": asked["id"] });
    let again = async |world: &World| {
        world.step(61);
        let health = world.must(Towpath, "GetConnectionHealth", &action).await;
        health["hooks"][0]["missedLooks"].as_u64() >= Some(2)
    };
    world.until(again).await;
    let health = world.must(Towpath, "GetConnectionHealth", &action).await;
    let hook = &health["hooks"][0];
    assert_eq!(hook["lookedAtEverySeconds"], 60, "{health}");
    assert!(hook["lastMissedAt"].is_number() && hook["trouble"].is_string(), "{health}");
    declared["stages"][0]["actions"][0]["configuration"]["Repo"] = right;
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    world.step(61);
    world.until(async |world: &World| !in_vain(world).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_forge_does_not_answer_says_how_often_and_since_when() {
    let world = polled(None).await;
    looked_at(&world).await;
    let action = "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch";
    world.forge.trouble(Fault::Status(503));
    let hook = async |world: &World| {
        let asked = json!({ "connectionArn": action });
        world.must(Towpath, "GetConnectionHealth", &asked).await["hooks"][0].clone()
    };
    for count in 1..=2 {
        world.step(61);
        world.until(async |world: &World| hook(world).await["missedLooks"] == count).await;
    }
    let missed = hook(&world).await;
    assert!(missed["missedSince"].as_f64() < missed["lastMissedAt"].as_f64(), "{missed}");
    let why = world.must(Towpath, "Explain", &json!({ "id": action })).await.to_string();
    for part in ["its forge could not be reached at", "times in a row: 2, since", "503"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    world.forge.calm();
    world.step(61);
    world.until(async |world: &World| hook(world).await["missedLooks"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_action_that_wants_no_looks_is_not_looked_at() {
    let world = polled(Some("false")).await;
    push(&world, "main", "a").await;
    // Beside one that does: its look shows that the time for looks has come.
    let other = polled_beside(&world).await;
    world.step(61);
    world.step(61);
    let so = async |world: &World| !world.executions(other).await.is_empty();
    push(&world, "main", "b").await;
    world.step(61);
    world.until(so).await;
    world.settle().await;
    assert!(world.executions("app").await.is_empty());
}

/// A second pipeline, which is polled.
async fn polled_beside(world: &World) -> &'static str {
    let source = older_source(world.forge.personal_token().expose(), "main");
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &["true"])])];
    world.create(&pipeline("beside", &stages)).await;
    let so =
        async |world: &World| world.hooks().await.iter().any(|hook| hook.heads_known.is_some());
    world.until(so).await;
    "beside"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_shows_nothing_new_is_asked_for_with_the_last_answer() {
    let world = polled(None).await;
    looked_at(&world).await;
    let before = world.forge.unmodified();
    world.step(61);
    world.forge.said_unmodified(before + 1).await;
    assert!(world.executions("app").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_limits_us_is_not_polled_until_its_time_is_over() {
    let world = polled(None).await;
    looked_at(&world).await;
    let path = "/git/ref".to_owned();
    world.forge.trouble(Trouble { fault: Fault::SecondaryLimit(900), path, times: None });
    let commit = push(&world, "main", "a").await;
    world.step(61);
    let arn = "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch";
    let asked = json!({ "connectionArn": arn });
    let throttled = async |world: &World| {
        let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
        health["throttledUntil"].is_number()
    };
    world.until(throttled).await;
    world.forge.calm();
    assert!(world.executions("app").await.is_empty());
    world.step(901);
    executions(&world, 1).await;
    assert_eq!(world.latest("app").await.commit, commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_ends_the_looks_and_a_new_one_begins_them_again() {
    let world = polled(None).await;
    looked_at(&world).await;
    let shown = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    let mut declared = shown["pipeline"].clone();
    let token = &mut declared["stages"][0]["actions"][0]["configuration"]["OAuthToken"];
    *token = json!("ghp_revoked");
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    world.step(61);
    let arn = "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch";
    let asked = json!({ "connectionArn": arn });
    let health =
        async |world: &World| -> Value { world.must(Towpath, "GetConnectionHealth", &asked).await };
    world.until(async |world: &World| health(world).await["status"] == "ERROR").await;
    let missing = health(&world).await["missing"].to_string();
    assert!(missing.contains("UpdatePipeline"), "{missing}");

    let commit = push(&world, "main", "a").await;
    let token = &mut declared["stages"][0]["actions"][0]["configuration"]["OAuthToken"];
    *token = json!(world.forge.personal_token().expose());
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    world.step(61);
    executions(&world, 1).await;
    assert_eq!(world.latest("app").await.commit, commit);
}

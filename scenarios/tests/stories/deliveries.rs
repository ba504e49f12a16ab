//! Deliveries that come twice, late, changed, or not at all.

use domain::Clock;
use futures::StreamExt;
use practice_forge::{Fault, Misbehaviour, NewCommit, Trouble};
use serde_json::json;
use testkit::declarations::{app, commands, pipeline, source, stage};
use testkit::{REPOSITORY, Replay, Scene, World};
use wire::Service::Towpath;

/// Replays of one delivery.
const REPLAYS: usize = 1000;
/// How many of them at once.
const AT_ONCE: usize = 8;

async fn watching() -> World {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_replays_under_fresh_ids_start_nothing() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let delivery = world.last_push();
    let replays = futures::stream::iter(0..REPLAYS)
        .map(|_| world.replay(&delivery, Replay { fresh_id: true }))
        .buffer_unordered(AT_ONCE)
        .map(|answer| answer.status.as_u16())
        .collect::<Vec<_>>()
        .await;
    assert!(replays.iter().all(|status| *status == 202));
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    let outcomes = world.outcomes().await;
    assert_eq!(outcomes.iter().filter(|it| *it == "started").count(), 1);
    assert_eq!(outcomes.iter().filter(|it| *it == "duplicate").count(), REPLAYS);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back_and_there_again_are_three() {
    let world = watching().await;
    let a = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let b = world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    world.push_ref(&format!("+{a}:refs/heads/main")).await;
    world.settle().await;
    world.push_ref(&format!("{b}:refs/heads/main")).await;
    world.settle().await;
    let commits: Vec<_> = world.executions("app").await.into_iter().map(|it| it.commit).collect();
    assert_eq!(commits, [a.as_str(), b.as_str(), a.as_str(), b.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_push_that_is_replayed_after_newer_ones_is_stale() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let old = world.last_push();
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.replay(&old, Replay { fresh_id: true }).await.status.as_u16(), 202);
    world.settle().await;
    assert_eq!(world.outcomes().await, ["started", "started", "stale"]);
    assert_eq!(world.statuses("app").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forges_own_redelivery_is_known_by_its_id() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let told = world.pushes_told();
    world.forge.redeliver(world.last_push().id).expect("it was sent");
    world.told_of(told + 1).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["started", "duplicate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_tells_everything_twice_starts_once() {
    let world = watching().await;
    world.forge.misbehave(Some(Misbehaviour::Duplicate));
    world.commit("main", &[("a", "1")]).await;
    world.told_of(2).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["started", "duplicate"]);
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_with_another_secret_is_not_even_written_down() {
    let world = watching().await;
    world.forge.misbehave(Some(Misbehaviour::WrongSecret));
    world.commit("main", &[("a", "1")]).await;
    let answered = world.last_push();
    assert_eq!(answered.status_code, 401, "{}", answered.status);
    world.settle().await;
    assert_eq!(world.outcomes().await, [""; 0]);
    assert_eq!(world.statuses("app").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_was_never_told_is_made_good_by_the_next() {
    let world = watching().await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.commit("main", &[("a", "1")]).await;
    world.forge.misbehave(None);
    let next = world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["started"]);
    assert_eq!(world.latest("app").await.commit, next.as_str());
}

/// Whether an old push is old only the forge knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_waits_for_a_silent_forge_says_so_until_the_forge_answers() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let old = world.last_push();
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    let down = Trouble { fault: Fault::Status(503), path: "info/refs".to_owned(), times: None };
    world.forge.trouble(down);
    world.replay(&old, Replay { fresh_id: true }).await;
    let written = world.deliveries().await.pop().expect("it is written down");
    let asked = json!({ "id": written["deliveryId"] });
    let why = async |world: &World| world.must(Towpath, "Explain", &asked).await;
    let is_silent = async |world: &World| why(world).await["reasons"][0]["code"] == "forge-silent";
    world.until(is_silent).await;
    let told = why(&world).await;
    let sentence = told["reasons"][0]["sentence"].as_str().expect("a sentence");
    assert_eq!(told["status"], "waiting");
    assert!(sentence.contains("where refs/heads/main leads and has not answered"), "{sentence}");
    assert!(sentence.contains("503") && sentence.contains("It is asked again at"), "{sentence}");
    world.forge.calm();
    world.step(901);
    world.settle().await;
    assert_eq!(why(&world).await["status"], "stale");
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_came_while_the_server_was_away_is_found() {
    let mut world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.stop().await;
    let commit = NewCommit { branch: "main", message: "Nobody hears", files: &[("a", "1")] };
    let commit = world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    world.start_again().await;
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.settle().await;
    let found = world.latest("app").await;
    assert_eq!((&*found.status, &*found.commit), ("Succeeded", commit.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_webhooks_is_made_good_by_one_look() {
    const BRANCHES: usize = 5;
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    for branch in 0..BRANCHES {
        let source = source(&connection, &format!("b{branch}"));
        let stages = [stage("Source", &[source]), stage("Make", &[commands("Make", &["true"])])];
        world.create(&pipeline(&format!("app{branch}"), &stages)).await;
    }
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let mut last = Vec::new();
    for _ in 0..3 {
        last.clear();
        for branch in 0..BRANCHES {
            let name = format!("b{branch}");
            last.push(world.commit(&name, &[("a", &world.clock.now().0.to_string())]).await);
        }
        // Between looks: nothing is due yet.
        world.clock.step(60);
    }
    world.step(3600);
    let all_started = async |world: &World| {
        for (branch, commit) in last.iter().enumerate() {
            let found = world.executions(&format!("app{branch}")).await;
            if found.iter().all(|it| it.commit != commit.as_str()) {
                return false;
            }
        }
        true
    };
    world.until(all_started).await;
    world.settle().await;
    for (branch, commit) in last.iter().enumerate() {
        // The look at the start may have found an earlier one.
        let found = world.executions(&format!("app{branch}")).await;
        let last: Vec<_> = found.iter().filter(|it| it.commit == commit.as_str()).collect();
        assert_eq!(last.len(), 1, "the head, once: {found:#?}");
        assert_eq!((&*last[0].status, last[0]), ("Succeeded", &found[found.len() - 1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_failed_is_asked_for_again_once() {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.commit("main", &[("a", "1")]).await;
    world.forge.misbehave(None);
    world.step(601);
    // The push was found by looking, and is known when it is told of at last.
    world.until(async |world: &World| world.outcomes().await == ["duplicate"]).await;
    world.settle().await;
    let told = world.pushes_told();
    world.step(601);
    world.settle().await;
    assert_eq!(world.pushes_told(), told, "it came, so nobody asks for it");
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

async fn replayed(world: &World, input: &serde_json::Value) -> serde_json::Value {
    world.must(wire::Service::Towpath, "ReplayDelivery", input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_starts_a_pipeline_again_only_where_it_is_named() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let delivery = world.deliveries().await.pop().expect("a delivery")["deliveryId"].clone();

    let dry = replayed(&world, &json!({ "deliveryId": delivery, "dryRun": true })).await;
    assert_eq!(dry["dispositions"][0]["outcome"], "duplicate", "{dry}");
    let named = json!({ "deliveryId": delivery, "pipelineName": "app", "dryRun": true });
    assert_eq!(replayed(&world, &named).await["dispositions"][0]["outcome"], "started");
    assert_eq!(world.statuses("app").await.len(), 1, "a dry run starts nothing");

    let again = replayed(&world, &json!({ "deliveryId": delivery })).await;
    world.settle().await;
    assert!(again["replayId"].is_string(), "{again}");
    assert_eq!(world.outcomes().await, ["started", "duplicate"]);

    let named = json!({ "deliveryId": delivery, "pipelineName": "app" });
    let started = replayed(&world, &named).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
    let id = world.latest("app").await.id;
    assert_eq!(started["dispositions"][0]["started"][0]["pipelineExecutionId"], id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_a_stale_delivery_asks_the_forge_and_says_what_it_would_come_to() {
    let world = watching().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let first = world.deliveries().await.pop().expect("a delivery")["deliveryId"].clone();
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    let before = world.deliveries().await.len();
    let dry = replayed(&world, &json!({ "deliveryId": first, "dryRun": true })).await;
    assert_eq!(dry["dispositions"][0]["outcome"], "stale", "{dry}");
    assert_eq!(dry["questions"], json!([]), "{dry}");
    assert_eq!(world.deliveries().await.len(), before, "nothing is written of it");
    world.settle().await;
}

//! Deliveries that come twice, late, changed, or not at all.

use futures::StreamExt;
use practice_forge::{Misbehaviour, NewCommit};
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, Replay, Scene, World};

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

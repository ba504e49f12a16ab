//! A connection that works again, or that somebody has looked at now: its hooks are at the forge and
//! what was pushed meanwhile has started, long before the next comparison is due.

use domain::connection::ProviderType;
use domain::{Clock, Timestamp};
use practice_forge::NewCommit;
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::Towpath;

at_each_forge! {
    a_connection_that_is_authorised_again_catches_up_at_once
    a_forge_is_asked_for_the_hooks_when_somebody_says_so
}

/// A world that compares once an hour and has just done so, with a pipeline.
async fn compared(provider: ProviderType) -> (World, String) {
    let world = Scene::default().forge(provider).set("reconcile.seconds", "3600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    // Read before the step: the look may begin between the step and whatever comes after it.
    let before = Some(world.clock.now());
    world.step(3601);
    world.until(async |world: &World| world.hook().await.asked > before).await;
    world.settle().await;
    world.step(1);
    (world, connection)
}

/// The forge has lost its hooks, so that nobody tells of this push.
async fn unheard_push(world: &World) -> String {
    world.forge.remove_hooks(REPOSITORY).expect("the repository is there");
    let commit = NewCommit { branch: "main", message: "Unheard", files: &[("a", "1")] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push").to_string()
}

/// `since`: when it was asked for.
async fn caught_up(world: &World, since: Timestamp, commit: &str) {
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.settle().await;
    let started = world.executions("app").await;
    assert_eq!((started.len(), &*started[0].commit), (1, commit));
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    let hook = world.hook().await;
    assert!(hook.asked >= Some(since), "{hook:?}");
    let by_this = hook.verified.is_none_or(|at| at >= since);
    assert!(by_this, "a delivery to the hook before shows nothing");
}

async fn a_connection_that_is_authorised_again_catches_up_at_once(provider: ProviderType) {
    let (world, connection) = compared(provider).await;
    let commit = unheard_push(&world).await;
    world.forge.revoke_tokens();
    let asked = json!({ "connectionArn": connection });
    world.must(Towpath, "RepairConnection", &asked).await;
    let lost = async |world: &World| world.connection_status(&connection).await == "ERROR";
    world.until(lost).await;
    let refused = world.refused(Towpath, "RepairConnection", &asked).await;
    assert_eq!(refused.code, "ConflictException", "{refused}");
    world.step(1);
    let since = world.clock.now();
    world.authorize(&connection).await;
    caught_up(&world, since, &commit).await;
    assert!(world.why(&connection).await.contains("that it has the webhooks"));
}

async fn a_forge_is_asked_for_the_hooks_when_somebody_says_so(provider: ProviderType) {
    let (world, connection) = compared(provider).await;
    let commit = unheard_push(&world).await;
    let asked = json!({ "connectionArn": connection });
    let since = world.clock.now();
    let repaired = world.must(Towpath, "RepairConnection", &asked).await;
    assert_eq!(repaired["hooks"][0]["repository"], REPOSITORY);
    caught_up(&world, since, &commit).await;
    let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
    assert!(health["hooks"][0]["askedAt"].is_number(), "{health}");
}

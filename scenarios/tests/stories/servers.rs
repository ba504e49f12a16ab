//! Two servers on one PostgreSQL: each follows what the other commits, and goes on where it died.

use std::time::Duration;

use testkit::declarations::{app, approval};
use testkit::{Scene, World};

/// A world on PostgreSQL; `None`, and a word about it, where there is none.
async fn shared_world(story: &str) -> Option<World> {
    match Scene::on_postgres(story).await {
        Some(scene) => Some(scene.start().await),
        None => {
            println!("{story}: not told, TOWPATH_POSTGRES is not set");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_commits_rings_at_the_other() {
    let Some(world) = shared_world("ring").await else { return };
    let beside = world.start_beside().await;
    world.settle().await;
    let mut rings = world.shared().changed.subscribe();
    rings.mark_unchanged();

    let asked = serde_json::json!({
        "ConnectionName": "elsewhere", "ProviderType": "GitHub",
    });
    let made = beside.caller.call(wire::Service::CodeConnections, "CreateConnection", &asked).await;
    let connection = made.expect("the other server answers")["ConnectionArn"].clone();
    let heard = tokio::time::timeout(Duration::from_secs(60), rings.changed()).await;
    heard.expect("the bell is heard here").expect("the server runs");

    let connection = connection.as_str().expect("an ARN");
    assert_eq!(world.connection_status(connection).await, "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_a_server_took_before_it_died_is_executed_by_the_other() {
    let Some(mut world) = shared_world("takeover").await else { return };
    let beside = world.start_beside().await;
    let survivor = std::mem::replace(&mut world.caller, beside.caller.clone());
    // Through the server that is going to die: the hook leads to it.
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Review"))).await;
    world.settle().await;
    let told = world.forge.deliveries().len();
    let commit = world.commit("main", &[("a", "1")]).await;
    world.forge.delivered(told + 1).await;
    drop(beside);

    world.caller = survivor;
    world.reaches("app", "Next", "Review", "InProgress").await;
    let run = world.latest("app").await;
    assert_eq!(run.commit, commit.as_str());
    assert_eq!(world.statuses("app").await.len(), 1, "one push, one execution");
    world.answer("app", "Next", "Review", "Approved").await.expect("the answer is taken");
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

/// Both see that the hook is gone, and both would make one.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_mend_one_hook_leave_one() {
    let Some(scene) = Scene::on_postgres("mending").await else { return };
    let world = scene.set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Review"))).await;
    let beside = world.start_beside().await;
    world.settle().await;
    for _ in 0..3 {
        let hook = world.hook().await.forge_hook_id;
        world.forge.remove_hooks(testkit::REPOSITORY).expect("removed");
        world.step(601);
        let again = async |world: &World| {
            let there = world.hooks_at_forge().await.len() == 1;
            there && world.hook().await.forge_hook_id != hook
        };
        world.until(again).await;
        world.settle().await;
        assert_eq!(world.hooks_at_forge().await.len(), 1);
    }
    drop(beside);
}

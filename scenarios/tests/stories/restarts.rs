//! A server that stops and starts again on the same folder goes on where it was.

use domain::{Clock, Digest};
use practice_forge::Misbehaviour;
use store::{DeliveryBodyRow, DeliveryRow};
use testkit::World;
use testkit::declarations::{app, approval, commands};

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_still_open_after_a_restart() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Review"))).await;
    let commit = world.commit("main", &[("a", "1")]).await;
    let before = world.reaches("app", "Next", "Review", "InProgress").await;
    world.settle().await;
    world.stop().await;
    world.start_again().await;

    let after = world.action("app", "Next", "Review").await;
    assert_eq!(before["token"], after["token"], "whoever has the page open can still answer");
    world.answer("app", "Next", "Review", "Approved").await.expect("the answer is taken");
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "success"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_written_down_is_decided_after_a_restart() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let commit = world.commit("main", &[("a", "1")]).await;
    let body = world.last_push().body.into_bytes();
    // As the listener leaves it when the process dies before the delivery is looked at.
    let hook = world.hook().await;
    let headers = [("x-github-event", "push"), ("x-github-delivery", "told-before-the-end")];
    let delivery = DeliveryRow {
        account: hook.account,
        id: "dlv-written-before-the-end".into(),
        hook: hook.id,
        forge_delivery: headers[1].1.to_owned(),
        received: world.clock.now(),
        state: store::NEW.to_owned(),
        digest: Digest::of(&body).0,
        provider: hook.provider.as_str().to_owned(),
        event: "push".to_owned(),
        verdict: String::new(),
    };
    let said = DeliveryBodyRow {
        account: delivery.account.clone(),
        received: delivery.received,
        delivery: delivery.id.clone(),
        body,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    };
    world.shared().desk.store.receive(delivery, said).await.expect("it is written");
    world.stop().await;
    world.start_again().await;
    world.settle().await;
    let run = world.latest("app").await;
    assert_eq!((&*run.status, &*run.commit), ("Succeeded", commit.as_str()));
    assert_eq!(world.statuses("app").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_when_the_server_stopped_is_lost_and_tried_again() {
    let mut world = World::start().await;
    let connection = world.connect().await;
    let once = "test -e again || { echo first; sleep 600; }";
    world.create(&app(&connection, commands("Make", &[once]))).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Make", "InProgress").await;
    world.stop().await;
    world.start_again().await;
    world.reaches("app", "Next", "Make", "InProgress").await;
    let attempts = world.attempts("app", &execution).await;
    assert_eq!(attempts.len(), 3, "the fetch, the one that was lost, and the next: {attempts:?}");
    let asked = serde_json::json!({
        "pipelineName": "app", "pipelineExecutionId": execution, "abandon": true,
    });
    world.must(wire::Service::CodePipeline, "StopPipelineExecution", &asked).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Stopped"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_folder_is_refused() {
    let world = World::start().await;
    let refused = world.start_second().await.expect_err("only one at a time");
    let said = format!("{refused:#}");
    let own = std::process::id().to_string();
    assert!(said.contains(&own) && said.contains("--data"), "{said}");
}

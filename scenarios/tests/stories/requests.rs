//! Pull requests whose deliveries were lost: found by comparing what is open, and what is no more,
//! with what was told.

use domain::Clock;
use domain::connection::ProviderType;
use practice_forge::{Misbehaviour, NewCommit, NewPullRequest};
use serde_json::json;
use store::HeadRow;
use testkit::declarations::{commands, pipeline, source, stage};
use testkit::{REPOSITORY, Scene, World};

use crate::triggers::requests_that_started;

at_each_forge! {
    lost_events_of_a_pull_request_are_found
    pull_requests_that_were_there_before_start_nothing
    lost_ends_of_pull_requests_are_found
    pull_requests_that_opened_unheard_start_the_oldest_first
    pull_requests_that_came_and_ended_unheard_start_what_their_ends_should
}

/// Its step takes nothing but the pull request that these stories open.
fn on_requests(connection: &str, events: &[&str]) -> serde_json::Value {
    let says = "test '#{SourceVariables.PullRequestTitle}' = 'Turn the wheel' \
        && test '#{SourceVariables.DestinationBranchName}' = main";
    let stages = [
        stage("Source", &[source(connection, "main")]),
        stage("Next", &[commands("Say", &[says])]),
    ];
    let mut app = pipeline("app", &stages);
    app["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": { "sourceActionName": "Fetch", "pullRequest": [
            { "events": events, "branches": { "includes": ["main"] } },
        ] },
    }]);
    app
}

async fn watching(provider: ProviderType, events: &[&str]) -> World {
    let scene = Scene::default().forge(provider).set("reconcile.seconds", "600");
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&on_requests(&connection, events)).await;
    world.settle().await;
    world
}

async fn push(world: &World, branch: &str, file: &str) -> String {
    let commit = NewCommit { branch, message: "A change", files: &[(file, file)] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push").to_string()
}

async fn open(world: &World, source: &str) -> u64 {
    let new = NewPullRequest {
        repository: REPOSITORY,
        target: "main",
        source_repository: REPOSITORY,
        source,
        title: "Turn the wheel",
    };
    world.forge.open_pull_request(new).await.expect("it is opened")
}

/// How many pull requests the server knows to be open.
async fn known(world: &World) -> usize {
    let (hook, store) = (world.hook().await, &world.shared().desk.store);
    let open = HeadRow::open_requests(&hook.account, &hook.connection, &hook.repository, 10);
    store.list::<HeadRow>(open).await.expect("the store answers").len()
}

async fn executions(world: &World, count: usize) {
    world.until(async |world: &World| world.executions("app").await.len() == count).await;
    world.settle().await;
}

async fn lost_events_of_a_pull_request_are_found(provider: ProviderType) {
    let world = watching(provider, &["OPEN", "UPDATED"]).await;
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

async fn pull_requests_that_opened_unheard_start_the_oldest_first(provider: ProviderType) {
    let world = watching(provider, &["OPEN"]).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let mut opened = Vec::new();
    for branch in ["first", "second", "third"] {
        opened.push(push(&world, branch, branch).await);
        world.step(2);
        open(&world, branch).await;
    }
    world.step(601);
    executions(&world, 3).await;
    let of = world.executions("app").await.into_iter().map(|it| it.commit);
    assert_eq!(of.collect::<Vec<_>>(), opened);
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

async fn pull_requests_that_were_there_before_start_nothing(provider: ProviderType) {
    let scene = Scene::default().forge(provider).set("reconcile.seconds", "600");
    let world = scene.start().await;
    push(&world, "old", "a").await;
    open(&world, "old").await;
    world.step(5);
    let connection = world.connect().await;
    world.create(&on_requests(&connection, &["OPEN", "UPDATED"])).await;
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

async fn lost_ends_of_pull_requests_are_found(provider: ProviderType) {
    let world = watching(provider, &["CLOSED"]).await;
    let closed_at = push(&world, "closed", "a").await;
    push(&world, "merged", "b").await;
    let (closed, merged) = (open(&world, "closed").await, open(&world, "merged").await);
    world.until(async |world: &World| known(world).await == 2).await;
    world.settle().await;
    let told = world.forge.deliveries().len();
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.forge.close_pull_request(REPOSITORY, closed).expect("it is closed");
    // New code, the merge and the end of the branch: the end alone is left to be told.
    let merged_at = push(&world, "merged", "c").await;
    world.forge.merge_pull_request(REPOSITORY, merged).await.expect("it is merged");
    world.forge.push_ref(REPOSITORY, ":refs/heads/merged").await.expect("git push");
    world.step(601);
    world.until(async |world: &World| known(world).await == 0).await;
    world.settle().await;
    let row = |commit: &String| ("CLOSED".to_owned(), commit.clone());
    let mut expect = vec![row(&merged_at)];
    // Of Bitbucket's, CLOSED means merged.
    if provider != ProviderType::Bitbucket {
        expect.push(row(&closed_at));
    }
    expect.sort();
    let mut started = requests_that_started(&world).await;
    started.sort();
    assert_eq!(started, expect);
    assert!(world.statuses("app").await.iter().all(|status| status == "Succeeded"));

    // The deliveries come at last, and another look is taken: nothing of it is news.
    let late: Vec<_> = world.forge.deliveries().into_iter().skip(told).collect();
    assert!(late.len() >= 4, "pushes and ends: {late:#?}");
    world.forge.misbehave(None);
    let before = world.forge.deliveries().len();
    for delivery in &late {
        world.forge.redeliver(delivery.id).expect("it is remembered");
    }
    world.forge.delivered(before + late.len()).await;
    world.settle().await;
    world.step(601);
    world.settle().await;
    assert_eq!(requests_that_started(&world).await.len(), expect.len());
}

/// Waits until a look was taken.
async fn looked(world: &World) {
    // Read before the step: a look may begin between the step and whatever comes after it.
    let before = Some(world.clock.now());
    world.step(601);
    world.until(async |world: &World| world.hook().await.requests_known > before).await;
    world.settle().await;
}

/// That it was opened is overtaken by its end, as a branch that came and went is by its deletion.
async fn pull_requests_that_came_and_ended_unheard_start_what_their_ends_should(
    provider: ProviderType,
) {
    let world = watching(provider, &["CLOSED"]).await;
    let mut on_open = on_requests(&world.hook().await.connection.to_string(), &["OPEN"]);
    on_open["name"] = json!("opened");
    world.create(&on_open).await;
    // The next look is then due after all that follows.
    looked(&world).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let closed_at = push(&world, "closed", "a").await;
    let merged_at = push(&world, "merged", "b").await;
    world.step(1);
    let (closed, merged) = (open(&world, "closed").await, open(&world, "merged").await);
    world.forge.close_pull_request(REPOSITORY, closed).expect("it is closed");
    world.forge.merge_pull_request(REPOSITORY, merged).await.expect("it is merged");
    world.forge.push_ref(REPOSITORY, ":refs/heads/merged").await.expect("git push");
    world.step(601);
    let row = |commit: &String| ("CLOSED".to_owned(), commit.clone());
    let mut expect = vec![row(&merged_at)];
    // Of Bitbucket's, CLOSED means merged.
    if provider != ProviderType::Bitbucket {
        expect.push(row(&closed_at));
    }
    expect.sort();
    executions(&world, expect.len()).await;
    // Another look is taken: nothing of it is news.
    looked(&world).await;
    let mut started = requests_that_started(&world).await;
    started.sort();
    assert_eq!(started, expect);
    assert!(world.executions("opened").await.is_empty());
}

/// Bitbucket Server tells nobody that one was opened again, and elsewhere the delivery may be lost.
async fn a_merge_after_an_unheard_reopening_starts(provider: ProviderType, is_heard: bool) {
    let world = watching(provider, &["CLOSED"]).await;
    push(&world, "feature", "a").await;
    let number = open(&world, "feature").await;
    world.until(async |world: &World| known(world).await == 1).await;
    world.forge.close_pull_request(REPOSITORY, number).expect("it is closed");
    executions(&world, 1).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.forge.reopen_pull_request(REPOSITORY, number).expect("it is open again");
    if is_heard {
        world.forge.misbehave(None);
    }
    world.forge.merge_pull_request(REPOSITORY, number).await.expect("it is merged");
    if !is_heard {
        world.step(601);
    }
    executions(&world, 2).await;
    world.step(601);
    looked(&world).await;
    assert_eq!(world.executions("app").await.len(), 2, "{provider}: it is merged once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_says_that_a_request_was_opened_again() {
    for provider in [ProviderType::GitHub, ProviderType::BitbucketServer] {
        a_merge_after_an_unheard_reopening_starts(provider, true).await;
        a_merge_after_an_unheard_reopening_starts(provider, false).await;
    }
}

//! Deliveries that somebody sends again and again, and pushes that arrive in every order.
//!
//! Who has recorded a delivery can send it as often as they like: its signature is over the body, not
//! over its id. What a forge sent counts by where the ref is, and that only the forge knows.

use std::collections::BTreeMap;

use domain::CommitSha;
use futures::StreamExt;
use practice_forge::{Delivery, Misbehaviour};
use serde_json::{Value, json};
use store::DeliveryRow;
use testkit::declarations::{app, approval, commands, on_push, pipeline, source, stage};
use testkit::{REPOSITORY, Replay, World};

/// How many of them at once.
const AT_ONCE: usize = 16;
/// Pushes that are told of in every order.
const PUSHES: usize = 5;
/// One replay in so many is of a push that others have followed, for which the forge is asked.
const OLD_ONE_IN: usize = 100;

/// Twenty thousand replays, a million where `TOWPATH_DEEP` is set.
fn replays() -> usize {
    if std::env::var_os("TOWPATH_DEEP").is_some() { 1_000_000 } else { 20_000 }
}

/// Branch there and back, a tag, a branch that came and went: each told of once, all of them started
/// as they should; then whatever was sent is sent again, under its own id or under another.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_replays_start_nothing_more() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let recorded = history(&world).await;
    let before = world.executions("app").await;
    assert_eq!(before.len(), 4, "there, back, there, and on");

    let (newest, old) = recorded.split_last().expect("pushes were told of");
    let replays = futures::stream::iter(0..replays()).map(|n| {
        let delivery = match n % OLD_ONE_IN {
            0 => &old[n / OLD_ONE_IN % old.len()],
            _ => newest,
        };
        world.replay(delivery, Replay { fresh_id: n % 3 != 0 })
    });
    let statuses = replays.buffer_unordered(AT_ONCE).map(|answer| answer.status.as_u16());
    let refused = statuses.filter(|status| std::future::ready(*status != 202)).count().await;
    assert_eq!(refused, 0, "every one is taken");
    world.until(async |world: &World| is_decided(world).await).await;
    world.settle().await;

    let after = world.executions("app").await;
    let ids = |them: &[testkit::Execution]| them.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&after), ids(&before), "no execution more");
}

/// Whether the inbox is empty: asked after every single one of them, so it is one question.
async fn is_decided(world: &World) -> bool {
    let waiting = world.shared().desk.store.list::<DeliveryRow>(DeliveryRow::waiting(1)).await;
    waiting.expect("the store answers").is_empty()
}

/// The deliveries of pushes, the last of which is of `main` as it is.
async fn history(world: &World) -> Vec<Delivery> {
    let a = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let b = world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    world.push_ref(&format!("+{a}:refs/heads/main")).await;
    world.settle().await;
    world.push_tag("v1", &a, Some("A release")).await;
    world.push_ref(&format!("{b}:refs/heads/feature")).await;
    world.push_ref(":refs/heads/feature").await;
    world.settle().await;
    world.push_ref(&format!("{b}:refs/heads/main")).await;
    world.settle().await;
    world.forge.deliveries().into_iter().filter(|it| it.event == "push").collect()
}

/// Of the 120 orders every tenth, all of them where `TOWPATH_DEEP` is set; `operations` decides all
/// of them without a forge in every run.
fn orders() -> Vec<Vec<usize>> {
    let every = if std::env::var_os("TOWPATH_DEEP").is_some() { 1 } else { 10 };
    orders_of(PUSHES).into_iter().step_by(every).collect()
}

/// Five pushes, each order of them on a branch of its own: the last one is started, once, and none
/// after it.
#[tokio::test(flavor = "multi_thread")]
async fn in_whatever_order_five_pushes_are_told_the_newest_wins() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = pipeline(
        "app",
        &[stage("Source", &[source(&connection, "main")]), stage("Ask", &[approval("Ask")])],
    );
    declared["triggers"] = on_push(json!([{ "branches": { "includes": ["order-*"] } }]));
    world.create(&declared).await;
    let orders = orders();
    let (commits, told) = unheard(&world, orders.len()).await;
    for wave in 0..PUSHES {
        for (branch, order) in orders.iter().enumerate() {
            let answer = world.deliver("push", told[order[wave]][branch].as_bytes()).await;
            assert_eq!(answer.status.as_u16(), 202);
        }
        world.settle().await;
        world.clock.step(1);
    }
    let became = outcomes(&world).await;
    let mut started = 0;
    for (branch, order) in orders.iter().enumerate() {
        let became = &became[&format!("refs/heads/order-{branch}")];
        assert_eq!(became.len(), PUSHES, "{order:?}: {became:?}");
        let starts = became.iter().filter(|(outcome, _)| outcome == "started");
        let starts: Vec<_> = starts.map(|(_, commit)| commit.as_str()).collect();
        let newest = commits[PUSHES - 1].as_str();
        assert_eq!(starts.last(), Some(&newest), "{order:?}: {became:?}");
        assert_eq!(starts.iter().filter(|it| **it == newest).count(), 1, "{order:?}: {became:?}");
        started += starts.len();
    }
    println!("{} orders, {started} executions", orders.len());
}

/// What became of the pushes to each ref, in the order they came: outcome and commit.
async fn outcomes(world: &World) -> BTreeMap<String, Vec<(String, String)>> {
    let mut became = BTreeMap::<_, Vec<_>>::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for delivery in world.deliveries().await {
        let told = &delivery["dispositions"][0];
        let news = (text(&told["outcome"]), text(&told["after"]));
        became.entry(text(&told["ref"])).or_default().push(news);
    }
    became
}

/// Pushes five commits to many branches, of which nobody hears; the commits, and for each of them
/// the payloads by branch.
async fn unheard(world: &World, branches: usize) -> (Vec<CommitSha>, Vec<Vec<String>>) {
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let (mut commits, mut told) = (Vec::new(), Vec::new());
    for push in 0..PUSHES {
        let commit = world.commit("main", &[("a", &push.to_string())]).await;
        let known = world.forge.deliveries().len();
        let refs = (0..branches).map(|branch| format!("{commit}:refs/heads/order-{branch}"));
        let refs: Vec<_> = refs.collect();
        let refs: Vec<_> = refs.iter().map(String::as_str).collect();
        world.forge.push_refs(REPOSITORY, &refs).await.expect("git push");
        let sent = world.forge.delivered(known + branches).await;
        let of = |branch: usize| {
            let name = format!("\"refs/heads/order-{branch}\"");
            let mut sent = sent.iter().skip(known);
            sent.find(|it| it.body.contains(&name)).expect("it was to be told").body.clone()
        };
        told.push((0..branches).map(of).collect());
        commits.push(commit);
    }
    world.forge.misbehave(None);
    (commits, told)
}

/// Every order of the first so many numbers.
fn orders_of(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |shorter: Vec<usize>| {
        (0..count).map(move |place| [&shorter[..place], &[last], &shorter[place..]].concat())
    };
    orders_of(last).into_iter().flat_map(with_last).collect()
}

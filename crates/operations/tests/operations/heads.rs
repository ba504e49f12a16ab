//! The head rule, told with deliveries: what starts, what does not, and the reason of each.

use std::collections::BTreeMap;

use domain::reason::{Disposition, Duplicate, Filter, FilterRule, HoldRule};
use operations::intake::{Intake, Outcome};
use operations::turn::Turn;
use serde_json::{Value, json};
use store::{CommitError, PipelineRow, View};

use crate::world::{ACCOUNT, World, with_pipeline};

const MAIN: &str = "refs/heads/main";

fn pushed(world: &mut World, name: &str, after: Option<&str>, id: &str) -> Disposition {
    let body = world.push(name, after);
    only(world.deliver(id, "push", &body))
}

fn only(mut all: Vec<Disposition>) -> Disposition {
    assert_eq!(all.len(), 1, "every change comes to exactly one disposition");
    all.pop().expect("there is one")
}

fn starts(disposition: &Disposition) -> bool {
    matches!(disposition, Disposition::Started { .. })
}

#[test]
fn a_thousand_replays_with_fresh_ids_start_nothing() {
    let mut world = with_pipeline();
    let body = world.push(MAIN, Some("a"));
    assert!(starts(&only(world.deliver("first", "push", &body))));
    for n in 0..1000 {
        let replay = only(world.deliver(&format!("replay-{n}"), "push", &body));
        assert!(matches!(replay, Disposition::Duplicate(Duplicate::SameHead { .. })), "{replay:?}");
    }
    assert_eq!(world.executions("p").len(), 1);
}

/// Every order of the first so many numbers.
fn orders(of: usize) -> Vec<Vec<usize>> {
    let Some(last) = of.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |shorter: Vec<usize>| {
        (0..of).map(move |place| [&shorter[..place], &[last], &shorter[place..]].concat())
    };
    orders(last).into_iter().flat_map(with_last).collect()
}

#[test]
fn in_every_order_of_five_pushes_the_newest_is_started_last_and_once() {
    let orders = orders(5);
    for order in &orders {
        let mut world = with_pipeline();
        let pushes: Vec<_> = ["a", "b", "c", "d", "e"].map(|to| world.push(MAIN, Some(to))).into();
        let mut started = Vec::new();
        for at in order {
            let became = only(world.deliver(&format!("delivery-{at}"), "push", &pushes[*at]));
            started.extend(starts(&became).then_some(*at));
        }
        assert_eq!(started.last(), Some(&4), "{order:?}: {started:?}");
        assert_eq!(started.iter().filter(|at| **at == 4).count(), 1, "{order:?}: {started:?}");
        assert_eq!(world.executions("p").len(), started.len(), "{order:?}");
    }
    assert_eq!(orders.len(), 120);
}

#[test]
fn there_and_back_and_there_again_starts_three() {
    let mut world = with_pipeline();
    world.push(MAIN, Some("a"));
    let first = world.push(MAIN, Some("b"));
    assert!(starts(&only(world.deliver("1", "push", &first))));
    assert!(starts(&pushed(&mut world, MAIN, Some("a"), "2")));
    // An old move that fits the chain again is still no news: the forge says so.
    let replay = only(world.deliver("replay", "push", &first));
    assert!(matches!(replay, Disposition::Stale { .. }), "{replay:?}");
    assert!(starts(&pushed(&mut world, MAIN, Some("b"), "3")));
    assert_eq!(world.executions("p").len(), 3);
}

#[test]
fn a_tag_made_again_starts_again() {
    let mut world = with_pipeline();
    let tag = "refs/tags/v1";
    assert!(starts(&pushed(&mut world, tag, Some("a"), "1")));
    let gone = pushed(&mut world, tag, None, "2");
    assert!(matches!(gone, Disposition::Filtered(Filter::RefDeleted { .. })), "{gone:?}");
    assert!(starts(&pushed(&mut world, tag, Some("a"), "3")));
    assert_eq!(world.executions("p").len(), 2);
}

#[test]
fn after_a_gap_the_newest_starts_and_the_others_are_stale() {
    let mut world = with_pipeline();
    assert!(starts(&pushed(&mut world, MAIN, Some("a"), "1")));
    world.push(MAIN, Some("b"));
    let late = world.push(MAIN, Some("c"));
    let newest = world.push(MAIN, Some("d"));
    let stale = only(world.deliver("3", "push", &late));
    assert!(matches!(stale, Disposition::Stale { head: Some(_), .. }), "{stale:?}");
    assert!(starts(&only(world.deliver("4", "push", &newest))));
    let commits = world.executions("p").len();
    assert_eq!(commits, 2, "the first and the newest");
}

#[test]
fn the_same_delivery_again_is_a_duplicate_of_the_first() {
    let mut world = with_pipeline();
    let body = world.push(MAIN, Some("a"));
    assert!(starts(&only(world.deliver("same", "push", &body))));
    let again = only(world.deliver("same", "push", &body));
    assert!(matches!(again, Disposition::Duplicate(Duplicate::SameDelivery { .. })), "{again:?}");
}

#[test]
fn what_starts_nothing_says_why() {
    let mut world = with_pipeline();
    let dev = pushed(&mut world, "refs/heads/dev", Some("a"), "1");
    let Disposition::Filtered(Filter::Pipelines { held_back: held, .. }) = dev else {
        panic!("{dev:?}")
    };
    assert!(
        matches!(&held[0].rule, HoldRule::Filtered { rule: FilterRule::NotIncluded { .. }, .. }),
        "{held:?}"
    );
    let ping = only(world.deliver("2", "ping", r#"{"zen": "Speak like a human."}"#));
    assert!(matches!(ping, Disposition::Filtered(Filter::KindStartsNothing { .. })), "{ping:?}");
    let star = only(world.deliver("3", "star", r#"{"action": "created"}"#));
    assert!(matches!(star, Disposition::Filtered(Filter::Ignored(_))), "{star:?}");
    assert!(world.executions("p").is_empty());
}

#[test]
fn what_cannot_be_read_says_where() {
    let mut world = with_pipeline();
    let good: Value = serde_json::from_str(&world.push(MAIN, Some("a"))).expect("it is JSON");
    let mut check = |id: &str, change: &dyn Fn(&mut Value), place: &str| {
        let mut body = good.clone();
        change(&mut body);
        let disposition = only(world.deliver(id, "push", &body.to_string()));
        let Disposition::Unusable { at, problem } = disposition else { panic!("{disposition:?}") };
        assert!(at.contains(place), "{at}: {problem}");
    };
    check("1", &|body| body["after"] = "main".into(), "/after");
    check("2", &|body| drop(body.as_object_mut().map(|it| it.remove("after"))), "/after");
    check("3", &|body| body["ref"] = "refs/heads/-evil".into(), "/ref");
    check("4", &|body| body["before"] = 7.into(), "/before");
    check("5", &|body| body["repository"]["id"] = 8.into(), "repository.id");
    let cut = only(world.deliver("6", "push", r#"{"ref": "refs/he"#));
    assert!(matches!(cut, Disposition::Unusable { .. }), "{cut:?}");
    assert!(world.executions("p").is_empty());
}

/// Two loads are not one moment: what happens between them makes the decision stale, and no more.
#[test]
fn a_pipeline_that_is_deleted_while_its_push_is_looked_at_is_looked_at_again() {
    let mut world = with_pipeline();
    let body = world.push(MAIN, Some("a"));
    let (row, said) = world.arrive("1", "push", &body);
    let intake = Intake::new(row.clone(), &said, BTreeMap::new(), [0; 16]);
    let mut seen = View::new();
    let pipeline = || PipelineRow::at(&ACCOUNT.into(), &"p".into());
    while seen.known::<PipelineRow>(pipeline()).is_none() {
        assert!(world.load_next(|seen| intake.wants(seen), &mut seen), "it wants the pipeline");
    }
    world.call("DeletePipeline", &json!({ "name": "p" })).expect("it is deleted");
    while world.load_next(|seen| intake.wants(seen), &mut seen) {}
    let (mut changes, _) = intake.decide(&seen, &world.now("server")).expect("it is no refusal");
    changes.saw(&seen);
    assert_eq!(world.core.commit(changes).map(drop), Err(CommitError::Stale));
    assert_eq!(world.take(&intake).expect("it is no refusal"), Outcome::Settled);
    assert_eq!(world.executions("p").len(), 0);
    assert_eq!(world.dispositions(&row).len(), 1, "and it is told why");
}

//! What the forge is asked, and what follows where it answers late, in parts, or not at all.

use std::collections::BTreeMap;

use domain::connection::ProviderType;
use domain::forge_event::{GitRef, RefTarget};
use domain::reason::Disposition;
use domain::{CommitSha, Timestamp};
use operations::intake::{Answer, Intake, Outcome, Said};
use operations::reconcile::{self, Discovery};
use serde_json::{Value, json};
use store::{DeliveryBodyRow, DeliveryRow, EffectRow};

use crate::world::{ACCOUNT, World, pipeline, with_pipeline, with_pipeline_of};

const MAIN: &str = "refs/heads/main";

fn sha(digit: &str) -> CommitSha {
    CommitSha::new(digit.repeat(40))
}

fn decide(
    world: &mut World,
    (row, said): &(DeliveryRow, DeliveryBodyRow),
    answers: BTreeMap<u32, Answer>,
) -> Outcome {
    let intake = Intake::new(row.clone(), said, answers, [0; 16]);
    world.take(&intake).expect("a delivery is not refused")
}

/// Two refs move from commits that nobody knew of.
fn two_moves() -> Value {
    let change =
        |name: &str| json!({"ref": {"id": name}, "fromHash": sha("b"), "toHash": sha("c")});
    json!({
        "eventKey": "repo:refs_changed",
        "repository": {"id": 7, "slug": "engine", "project": {"key": "ada"}},
        "changes": [change(MAIN), change("refs/tags/v1")],
    })
}

#[test]
fn each_answer_settles_its_own_change() {
    let mut world = with_pipeline_of(ProviderType::BitbucketServer);
    let delivery = world.arrive("1", "repo:refs_changed", &two_moves().to_string());
    assert_eq!(decide(&mut world, &delivery, BTreeMap::new()), Outcome::Asked);
    world.forge.insert(MAIN.to_owned(), sha("c"));
    let asked = world.answers();
    assert_eq!(asked.len(), 2);
    for (index, answer) in asked {
        let expect = if index == 0 { Outcome::Asked } else { Outcome::Settled };
        assert_eq!(decide(&mut world, &delivery, [(index, answer)].into()), expect);
    }
    let [main, tag] = &world.dispositions(&delivery.0)[..] else { panic!("two changes") };
    assert!(matches!(main, Disposition::Started { .. }), "{main:?}");
    assert!(matches!(tag, Disposition::Stale { head: None, .. }), "{tag:?}");
    assert!(world.answers().is_empty(), "nothing is asked twice");
    assert_eq!(world.executions("p").len(), 1);
}

#[test]
fn where_nobody_can_say_the_change_ends_as_unusable_with_the_reason() {
    let mut world = with_pipeline();
    world.push(MAIN, Some("a"));
    world.push(MAIN, Some("b"));
    let body = world.push(MAIN, Some("c"));
    let delivery = world.arrive("1", "push", &body);
    assert_eq!(decide(&mut world, &delivery, BTreeMap::new()), Outcome::Asked);
    let mut asked = world.answers();
    let silent = || Said::Head(Err("the token was revoked".to_owned()));
    asked.values_mut().for_each(|it| it.said = silent());
    assert_eq!(decide(&mut world, &delivery, asked), Outcome::Settled);
    let all = world.dispositions(&delivery.0);
    let [Disposition::Unusable { at, problem }] = &all[..] else { panic!("{all:?}") };
    assert!(at.contains(MAIN) && problem.contains("the token was revoked"), "{at}: {problem}");
    assert!(world.list::<DeliveryRow>(DeliveryRow::waiting(10)).is_empty(), "it is decided");
    assert!(world.answers().is_empty() && world.executions("p").is_empty());
}

#[test]
fn two_wishes_for_a_hook_in_one_millisecond_are_two_effects() {
    let mut world = World::new();
    for name in ["p", "q"] {
        let mut wanted = pipeline();
        wanted["name"] = name.into();
        world.at = Timestamp(1_000_000);
        world.call("CreatePipeline", &json!({"pipeline": wanted})).expect("it is good");
    }
    let open = world.list::<EffectRow>(EffectRow::of_holder(&"server".into(), 10));
    let registers = |row: &&EffectRow| matches!(row.effect, engine::Effect::RegisterHook { .. });
    assert_eq!(open.iter().filter(registers).count(), 2);
    assert!(open.iter().all(|row| row.account == ACCOUNT.into()));
}

#[test]
fn a_found_ref_whose_name_no_command_line_takes_starts_nothing_and_is_said_once() {
    let mut world = with_pipeline();
    let mut find = |name: &str, digit: &str| {
        let (git_ref, target) = (GitRef::branch(name), RefTarget::of(sha(digit)));
        world.find(Discovery::Ref { git_ref, target }, None)
    };
    for name in ["-evil2", "--upload-pack=x", "a..b", ""] {
        let reconcile::Outcome::Refused(why) = find(name, "a") else { panic!("{name} is taken") };
        assert_eq!(Err(why), GitRef::branch(name).check(), "{name}");
        assert_eq!(find(name, "a"), reconcile::Outcome::Started(Vec::new()), "{name} again");
        assert!(matches!(find(name, "b"), reconcile::Outcome::Refused(_)), "{name} moved");
    }
    assert_eq!(world.executions("p").len(), 0);
}

#[test]
fn a_ref_that_is_found_where_it_was_before_starts_again() {
    let mut world = with_pipeline();
    let mut find = |digit: &str| {
        let (git_ref, target) = (GitRef::branch("main"), RefTarget::of(sha(digit)));
        world.find(Discovery::Ref { git_ref, target }, None)
    };
    for (digit, expect) in [("a", 1), ("a", 0), ("b", 1), ("a", 1)] {
        let reconcile::Outcome::Started(started) = find(digit) else { panic!("it needs no files") };
        assert_eq!(started.len(), expect, "{digit}");
    }
    assert_eq!(world.executions("p").len(), 3);
}

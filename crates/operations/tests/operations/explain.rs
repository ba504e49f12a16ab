//! `towpath why`: the reason is looked up, whatever stage a thing is in.

use domain::forge_event::{GitRef, RefTarget};
use domain::reason::Silence;
use domain::{CommitSha, DeliveryId, Timestamp};
use engine::Effect;
use operations::intake::{Intake, Outcome};
use operations::reconcile::Discovery;
use operations::silence::Silent;
use serde_json::{Value, json};
use store::{DeliveryRow, DispositionRow, EffectRow};
use wire::Service;

use crate::world::{ACCOUNT, World, with_pipeline};

fn why(world: &mut World, id: &str) -> Value {
    let input = json!({ "id": id }).to_string();
    world.ask(ACCOUNT, Service::Towpath, "Explain", &input).expect("it is known")
}

fn latest(world: &World) -> DeliveryRow {
    let newest = Timestamp(i64::MAX);
    let all = DeliveryRow::of_account(&ACCOUNT.into(), newest, &DeliveryId::default(), 1);
    world.list::<DeliveryRow>(all).pop().expect("a delivery")
}

#[test]
fn a_push_that_started_nothing_names_its_ref_and_each_rule_once() {
    let mut world = with_pipeline();
    let body = world.push("refs/heads/dev", Some("a"));
    world.deliver("1", "push", &body);
    let id = latest(&world).id;
    let told = why(&mut world, id.as_str());
    assert_eq!((&told["kind"], &told["status"]), (&json!("delivery"), &json!("filtered")));
    let [reason] = &told["reasons"].as_array().expect("reasons")[..] else { panic!("{told}") };
    let sentence = reason["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("The push of branch dev started no pipeline."), "{sentence}");
    assert_eq!(sentence.matches("Pipeline p: ").count(), 1, "{sentence}");
}

#[test]
fn a_delivery_that_nobody_looked_at_yet_is_known() {
    let mut world = with_pipeline();
    let body = world.push("refs/heads/main", Some("a"));
    world.deliver("1", "push", &body);
    let undecided = DeliveryRow { id: "dlv-undecided".into(), ..latest(&world) };
    world.put(DeliveryRow { state: store::NEW.to_owned(), ..undecided });
    let told = why(&mut world, "dlv-undecided");
    assert_eq!(told["status"], "waiting");
    assert_eq!(told["reasons"][0]["code"], "undecided");
}

#[test]
fn a_delivery_that_waits_for_the_forge_says_so_and_how_the_forge_does() {
    let mut world = with_pipeline();
    let body = world.push("refs/heads/main", Some("a"));
    world.deliver("1", "push", &body);
    // A push between that one and the next never came: the forge has to say where the branch is.
    world.push("refs/heads/main", Some("b"));
    let body = world.push("refs/heads/main", Some("c"));
    let (row, said) = world.arrive("2", "push", &body);
    let asked = world.take(&Intake::new(row.clone(), &said, Default::default(), [0; 16]));
    assert_eq!(asked.expect("it is not refused"), Outcome::Asked);
    let reason = |world: &mut World| why(world, row.id.as_str())["reasons"][0].clone();
    let told = reason(&mut world);
    assert_eq!(told["code"], "forge-asked");
    assert_eq!(told["sentence"], "The forge is asked where refs/heads/main leads.");

    let effects = world.list::<EffectRow>(EffectRow::of_holder(&"server".into(), 100));
    let question = effects.into_iter().find(|it| matches!(it.effect, Effect::AskHead { .. }));
    let question = question.expect("a question");
    let again = Timestamp(1_000_000_000);
    let silence = Silence { tries: 3, why: "connection refused".to_owned(), again };
    let (account, effect) = (question.account, question.id);
    world.take(&Silent { account, effect, silence }).expect("it is kept");
    let told = reason(&mut world);
    assert_eq!(told["code"], "forge-silent");
    let sentence = told["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("after 3 tries: connection refused."), "{sentence}");
    assert!(sentence.contains("asked again at 1970-01-12T13:46:40.000Z"), "{sentence}");
}

#[test]
fn an_execution_that_a_look_found_says_that_nobody_told_of_it() {
    let mut world = with_pipeline();
    let target = RefTarget::of(CommitSha::new("a".repeat(40)));
    let what = Discovery::Ref { git_ref: GitRef::branch("main"), target };
    world.find(what, None);
    let id = world.executions("p").pop().expect("an execution").execution;
    let told = why(&mut world, id.as_str());
    assert_eq!(told["reasons"][0]["code"], "found-by-a-look");
    let sentence = told["reasons"][0]["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("No delivery told of it: a look at"), "{sentence}");
    assert!(sentence.contains("found branch main at aaaaaaa"), "{sentence}");
}

#[test]
fn what_started_something_says_from_which_ref() {
    let mut world = with_pipeline();
    let body = world.push("refs/heads/main", Some("a"));
    world.deliver("1", "push", &body);
    let id = latest(&world).id;
    let input = json!({ "deliveryId": id }).to_string();
    let shown = world.ask(ACCOUNT, Service::Towpath, "GetDelivery", &input).expect("it is there");
    let disposition = &shown["delivery"]["dispositions"][0];
    assert_eq!(disposition["ref"], "refs/heads/main");
    let rows = DispositionRow::of_delivery(&ACCOUNT.into(), &id);
    let doc = world.list::<DispositionRow>(rows).pop().expect("one").doc;
    let (_, commit) = doc.change().expect("a ref's");
    assert_eq!(disposition["after"], json!(commit), "the commit is known too");
}

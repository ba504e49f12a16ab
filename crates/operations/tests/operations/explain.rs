//! `towpath why`: the reason is looked up, whatever stage a thing is in.

use domain::{DeliveryId, Timestamp};
use serde_json::{Value, json};
use store::{DeliveryRow, DispositionRow};
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

//! What holds of any world, P1 to P8; the ninth property is the differential test.

use identity::policy::Decision;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::generator::{Chance, Grammar, statement, world};
use crate::world::{OTHER, OWN, Who, World};

/// The world with one more statement of this effect, in a policy chosen by chance.
fn with_statement(world: &World, effect: &str, chance: &mut Chance) -> World {
    let mut world = world.clone();
    let trust = world.trust;
    let mut documents = world.documents();
    if documents.is_empty() {
        return world;
    }
    let position = chance.below(documents.len());
    let document = &mut documents[position];
    let first = match &document["Statement"] {
        Json::Array(list) => list[0].clone(),
        one => one.clone(),
    };
    let named = first.get("Principal").or(first.get("NotPrincipal")).is_some();
    let grammar = match named {
        true if trust && first.get("Resource").or(first.get("NotResource")).is_none() => {
            Grammar::Trust
        }
        true => Grammar::Resource,
        false => Grammar::Plain,
    };
    let more = statement(chance, grammar, effect, document["Version"] == "2012-10-17");
    let mut list = match document["Statement"].take() {
        Json::Array(list) => list,
        one => vec![one],
    };
    list.push(more);
    document["Statement"] = Json::Array(list);
    world
}

fn everything(effect: &str) -> Json {
    json!({"Statement": {"Effect": effect, "Action": "*", "Resource": "*"}})
}

proptest! {
    /// P1, P2.
    #[test]
    fn denying_is_final(seed: u64, more: u64) {
        let mut world = world(seed);
        let before = world.decide();
        let denied = with_statement(&world, "Deny", &mut Chance(more)).decide();
        prop_assert!(before.is_allowed() || !denied.is_allowed(), "a denial granted");
        world.identity.push(everything("Deny"));
        prop_assert!(matches!(world.decide(), Decision::Denied(_)));
    }

    /// P3.
    #[test]
    fn allowing_takes_nothing_away(seed: u64, more: u64) {
        let world = world(seed);
        let allowed = with_statement(&world, "Allow", &mut Chance(more)).decide();
        prop_assert!(!world.decide().is_allowed() || allowed.is_allowed());
    }

    /// P4.
    #[test]
    fn the_order_of_statements_and_policies_means_nothing(seed: u64) {
        let (first, mut turned) = (world(seed), world(seed));
        for document in turned.documents() {
            if let Json::Array(list) = &mut document["Statement"] {
                list.reverse();
            }
        }
        turned.identity.reverse();
        turned.service_control.reverse();
        turned.session.iter_mut().for_each(|it| it.reverse());
        let allowed = |it: &World| it.decide().is_allowed();
        prop_assert_eq!(allowed(&first), allowed(&turned));
    }

    /// P5. A root needs nobody's word in its own account.
    #[test]
    fn without_policies_nothing_is_allowed(seed: u64) {
        let mut world = world(seed);
        (world.identity, world.policy) = (vec![], None);
        let own_root = world.who == Who::Root && world.owner == OWN && !world.trust;
        prop_assert!(own_root || !world.decide().is_allowed());
    }

    /// P6: what a boundary or a session policy leaves is what both allow.
    #[test]
    fn a_boundary_and_a_session_policy_only_narrow(seed: u64) {
        let mut world = world(seed);
        (world.policy, world.trust, world.owner, world.who) = (None, false, OWN, Who::Session);
        (world.boundary, world.session) = (None, None);
        let narrow = crate::generator::world(seed.wrapping_add(1)).identity;
        let one = |documents: &[Json]| World { identity: documents.to_vec(), ..world.clone() };
        let both = one(&world.identity).decide().is_allowed() && one(&narrow).decide().is_allowed();
        let session = World { session: Some(narrow.clone()), ..world.clone() };
        prop_assert_eq!(session.decide().is_allowed(), both);
        if let [single] = narrow.as_slice() {
            let boundary = World { boundary: Some(single.clone()), ..world.clone() };
            prop_assert_eq!(boundary.decide().is_allowed(), both);
        }
    }

    /// P7.
    #[test]
    fn across_accounts_both_sides_must_allow(seed: u64) {
        let mut world = world(seed);
        (world.owner, world.who, world.trust) = (OTHER, Who::User, false);
        let other = crate::generator::world(seed.wrapping_add(1));
        world.policy = other.policy.filter(|_| !other.trust);
        let allowed = world.decide().is_allowed();
        let own_side = World { owner: OWN, policy: None, ..world.clone() };
        let silent = World { policy: None, ..world.clone() };
        prop_assert!(!silent.decide().is_allowed(), "without the resource's word");
        prop_assert!(!allowed || own_side.decide().is_allowed(), "without the caller's side");
        let open = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"AWS": OWN}}});
        let opened = World { policy: Some(open), ..world.clone() };
        prop_assert_eq!(opened.decide().is_allowed(), own_side.decide().is_allowed());
    }

    /// P8.
    #[test]
    fn an_explanation_comes_to_the_same_decision(seed: u64) {
        let world = world(seed);
        let explanation = world.explain();
        prop_assert_eq!(&explanation.decision, &world.decide());
        let statements: usize = explanation.policies.iter().map(|it| it.statements.len()).sum();
        prop_assert_eq!(explanation.say().len(), statements + 1);
    }
}

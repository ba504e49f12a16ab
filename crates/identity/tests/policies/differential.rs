//! Two evaluators, one answer.

use std::thread;

use identity::policy::Decision;

use crate::generator::{Chance, ask, world};
use crate::naive::{Answer, judge};
use crate::world::Read;

/// Sets of policies in a plain run and in a deep one, and requests to each set.
const SETS: [u64; 2] = [2_000, 40_000];
const REQUESTS: u64 = 25;
const THREADS: u64 = 2;

fn answer(decision: &Decision) -> Answer {
    match decision {
        Decision::Allowed(_) => Answer::Allowed,
        Decision::Denied(_) => Answer::ExplicitDeny,
        Decision::NotAllowed(_) => Answer::ImplicitDeny,
    }
}

/// Fifty thousand requests, a million where `TOWPATH_DEEP` is set.
#[test]
fn two_evaluators_agree_about_every_world() {
    let sets = SETS[usize::from(std::env::var_os("TOWPATH_DEEP").is_some())];
    let share = |first: u64| move || compare((first..sets).step_by(THREADS as usize));
    let counts = thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS).map(|first| scope.spawn(share(first))).collect();
        running.into_iter().map(|it| it.join().expect("no difference")).fold([0; 3], add)
    });
    let requests = sets * REQUESTS;
    println!("{sets} sets, {requests} requests: [allowed, denied, not allowed] = {counts:?}");
    assert_eq!(counts.iter().sum::<u64>(), requests);
    // A comparison in which one answer hardly occurs would say little.
    assert!(counts.iter().all(|count| count * 20 > requests), "{counts:?}");
}

fn add(one: [u64; 3], other: [u64; 3]) -> [u64; 3] {
    [one[0] + other[0], one[1] + other[1], one[2] + other[2]]
}

/// How often each answer was given.
fn compare(seeds: impl Iterator<Item = u64>) -> [u64; 3] {
    let mut counts = [0; 3];
    for seed in seeds {
        let (mut world, mut chance) = (world(seed), Chance(!seed));
        let read = Read::of(&world);
        for request in 0..REQUESTS {
            let (expect, decision) = (judge(&world), world.decide_by(&read));
            let asked = || format!("seed {seed}, request {request}: {decision:?}\n{world:#?}");
            assert_eq!(answer(&decision), expect, "{}", asked());
            counts[expect as usize] += 1;
            ask(&mut world, &mut chance);
        }
    }
    counts
}

//! `sim --seeds N [--from S] [--mutations]`: tells stories, and how to repeat one that fails.

#![allow(clippy::disallowed_methods, reason = "a tool measures how long its seeds take")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sim::{Broken, Mutation, Stage};

const USAGE: &str = "usage: sim [--seeds N] [--from S] [--mutations]";
const SEEDS_DEFAULT: u64 = 1000;
/// Lines of a failing story that are shown.
const HISTORY_LINES: usize = 400;
/// Characters of what a check says of a broken rule.
const SENTENCE_CHARACTERS: usize = 100;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let (mut seeds, mut from, mut mutations) = (SEEDS_DEFAULT, 0, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().context(USAGE)?.parse::<u64>().context(USAGE);
        match argument.as_str() {
            "--seeds" => seeds = number()?,
            "--from" => from = number()?,
            "--mutations" => mutations = true,
            _ => bail!(USAGE),
        }
    }
    let seeds = from..from.saturating_add(seeds);
    // A panic of the code under test is a finding; it is told with its seed, not twice.
    std::panic::set_hook(Box::new(|_| {}));
    if mutations { all_are_caught(seeds) } else { all_hold(seeds) }
}

/// Every seed's story holds.
fn all_hold(seeds: Range<u64>) -> Result<bool> {
    let (seeds, began): (Vec<_>, _) = (seeds.collect(), Instant::now());
    let failed = AtomicBool::new(false);
    let told = share_out(&seeds, |stage, seed| {
        let told = (!failed.load(Relaxed)).then(|| stage.tell(*seed, None))?;
        failed.fetch_or(told.is_err(), Relaxed);
        Some(told)
    })?;
    let (mut commits, mut stale) = (0, 0);
    for (seed, told) in seeds.iter().zip(told) {
        match told {
            Some(Ok(told)) => (commits, stale) = (commits + told.commits, stale + told.stale),
            Some(Err(broken)) => {
                show(*seed, &broken);
                return Ok(false);
            }
            None => {}
        }
    }
    let (count, rate) = (seeds.len(), seeds.len() as f64 / began.elapsed().as_secs_f64());
    println!("{count} seeds hold: {commits} commits, {stale} stale, {rate:.0} seeds/s");
    Ok(true)
}

/// Each rule that is broken on purpose is noticed.
fn all_are_caught(seeds: Range<u64>) -> Result<bool> {
    let caught = share_out(&Mutation::ALL, |stage, mutation| {
        let broken = |seed| Some((seed, stage.tell(seed, Some(*mutation)).err()?.what));
        seeds.clone().find_map(broken)
    })?;
    for (mutation, caught) in Mutation::ALL.iter().zip(&caught) {
        match caught {
            Some((seed, what)) => {
                let what: String = what.chars().take(SENTENCE_CHARACTERS).collect();
                println!("{mutation}, caught after {} seeds: {what}", seed - seeds.start + 1);
            }
            None => println!("{mutation}, NOT caught in {} seeds", seeds.end - seeds.start),
        }
    }
    let missed = caught.iter().filter(|caught| caught.is_none()).count();
    println!("mutations: {} passed, {missed} failed", caught.len() - missed);
    Ok(missed == 0)
}

/// Hands these out to as many threads as there are processors, each with a stage of its own.
/// Gives the answers in the order of what was asked.
fn share_out<T: Sync, A: Send>(
    all: &[T],
    work: impl Fn(&mut Stage, &T) -> A + Sync,
) -> Result<Vec<A>> {
    let next = AtomicUsize::new(0);
    let share = || -> Result<Vec<(usize, A)>> {
        let (mut stage, mut answers) = (Stage::new()?, Vec::new());
        while let Some(one) = Some(next.fetch_add(1, Relaxed)).filter(|place| *place < all.len()) {
            answers.push((one, work(&mut stage, &all[one])));
        }
        Ok(answers)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Result<Vec<_>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        threads.into_iter().map(|it| it.join().expect("panics are caught")).collect()
    });
    let mut answers: Vec<_> = shares?.into_iter().flatten().collect();
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn show(seed: u64, broken: &Broken) {
    let skipped = broken.history.len().saturating_sub(HISTORY_LINES);
    for line in broken.history.iter().take(1).chain(broken.history.iter().skip(skipped.max(1))) {
        println!("  {line}");
    }
    println!("seed {seed}: {}", broken.what);
    println!("repeat it with: cargo xtask sim --seeds 1 --from {seed}");
}

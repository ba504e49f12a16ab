//! `sim --seeds N [--from S] [--mutations]`: tells stories, and how to repeat one that fails.

#![allow(clippy::disallowed_methods, reason = "a tool measures how long its seeds take")]

use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use sim::{Broken, Mutation, Stage};

const USAGE: &str = "usage: sim [--seeds N] [--from S] [--mutations]";
const SEEDS_DEFAULT: u64 = 1000;
/// Lines of a failing story that are shown.
const HISTORY_LINES: usize = 400;

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
    let (count, began) = (seeds.end - seeds.start, Instant::now());
    let (mut stage, mut commits, mut stale) = (Stage::new()?, 0, 0);
    for seed in seeds {
        match stage.tell(seed, None) {
            Ok(told) => (commits, stale) = (commits + told.commits, stale + told.stale),
            Err(broken) => {
                show(seed, &broken);
                return Ok(false);
            }
        }
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    println!("{count} seeds hold: {commits} commits, {stale} stale, {rate:.0} seeds/s");
    Ok(true)
}

/// Each rule that is broken on purpose is noticed.
fn all_are_caught(seeds: Range<u64>) -> Result<bool> {
    let mut all = true;
    for mutation in Mutation::ALL {
        let mut stage = Stage::new()?;
        let mut caught = None;
        for seed in seeds.clone() {
            if let Err(broken) = stage.tell(seed, Some(mutation)) {
                caught = Some((seed, broken.what));
                break;
            }
        }
        all &= caught.is_some();
        match caught {
            Some((seed, what)) => {
                let what: String = what.chars().take(100).collect();
                println!("{mutation}: caught after {} seeds: {what}", seed - seeds.start + 1);
            }
            None => println!("{mutation}: NOT caught in {} seeds", seeds.end - seeds.start),
        }
    }
    Ok(all)
}

fn show(seed: u64, broken: &Broken) {
    let skipped = broken.history.len().saturating_sub(HISTORY_LINES);
    for line in broken.history.iter().take(1).chain(broken.history.iter().skip(skipped.max(1))) {
        println!("  {line}");
    }
    println!("seed {seed}: {}", broken.what);
    println!("repeat it with: cargo xtask sim --seeds 1 --from {seed}");
}

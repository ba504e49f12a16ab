//! The whole test run: the cheapest way to fail first, real clients and a browser last.
//!
//! What the tests find in their environment stands in `surroundings.rs`.

use std::process::Command;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::postgres::Postgres;
use crate::stage::{Outcome, Stages, succeed};
use crate::surroundings::Surroundings;
use crate::tally::count;
use crate::workspace::{Workspace, program};
use crate::{crash, setup, sim, tidy};

/// Scripts under `scenarios/clients/`, each a client that we did not write against the
/// built binary.
const CLIENTS: &[(&str, &str)] = &[
    ("aws command", "aws_command.py"),
    ("boto3", "boto3_calls.py"),
    ("IAM", "iam_calls.py"),
    ("federation", "federation_calls.py"),
    ("identity of a step", "step_identity.py"),
    ("S3", "s3_calls.py"),
    ("S3 in a step", "s3_step.py"),
    ("gateway of a step", "gateway_step.py"),
    ("secrets", "secrets_calls.py"),
    ("push", "push.py"),
    ("README", "readme.py"),
    ("browser", "console.mjs"),
];

/// How much chance there is in a run, and in a deep one.
const SEEDS: [u64; 2] = [200, 50_000];
const KILLS: [u64; 2] = [5, 200];
/// In how many seeds each rule that is broken on purpose must be noticed.
const SEEDS_OF_A_MUTATION: [u64; 2] = [300, 3_000];

/// `cargo xtask test [--deep] [--only STAGE]`.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let deep = arguments.has("--deep");
    let mut stages = Stages::begin(arguments.text("--only"));
    sources(workspace, &mut stages);
    let ready = stages.need("set-up", || setup::run(workspace))
        && stages.need("build", || {
            succeed(&mut workspace.cargo("build --workspace --all-targets --quiet"))
        });
    if ready {
        behaviour(workspace, deep, &mut stages)?;
    }
    stages.end()
}

/// What can be said of the sources without building them.
fn sources(workspace: &Workspace, stages: &mut Stages) {
    stages.run("format", || succeed(&mut workspace.cargo("fmt --all --check")));
    stages.run("tidy", || tidy::check(workspace));
    stages.run("dependencies", || dependencies(workspace));
    stages.run("clippy", || {
        succeed(&mut workspace.cargo("clippy --workspace --all-targets --quiet -- --deny warnings"))
    });
    stages.run("links in the documentation", || links(workspace));
}

/// Licences, bans and sources, where the machine has cargo-deny; advisories only where
/// their database was fetched before, because a test run needs no network.
fn dependencies(workspace: &Workspace) -> Result<Outcome> {
    if program("cargo-deny").is_none() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    succeed(&mut workspace.cargo("deny --offline check bans licenses sources"))
}

/// Every link of the documentation leads to something that its reader can see.
fn links(workspace: &Workspace) -> Result<Outcome> {
    let mut documentation = workspace.cargo("doc --workspace --no-deps --quiet");
    succeed(documentation.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Everything that runs what was built.
fn behaviour(workspace: &Workspace, deep: bool, stages: &mut Stages) -> Result<()> {
    let mut surroundings = Surroundings::of(workspace, deep)?;
    let depth = usize::from(deep);
    let mut postgres = None;
    stages.need("PostgreSQL", || {
        postgres = Some(Postgres::start(workspace)?);
        Ok(Outcome::Passed)
    });
    surroundings.database = postgres.as_ref().map(Postgres::url);
    stages.run("tests", || tests(&surroundings, "not package(scenarios)"));
    stages.run("examples in the documentation", || examples(&surroundings));
    stages.run("simulator", || simulator(&surroundings, SEEDS[depth]));
    stages.run("mutations", || mutations(&surroundings, SEEDS_OF_A_MUTATION[depth]));
    stages.run("scenarios", || scenarios(&surroundings));
    for (name, script) in CLIENTS {
        stages.run(name, || count(&mut surroundings.client(script)).map(Outcome::Counted));
    }
    stages.run("crash", || {
        count(&mut crash::client(&surroundings, KILLS[depth], 0)).map(Outcome::Counted)
    });
    Ok(())
}

/// The tests that a filter of nextest's names; plain `cargo test` knows no filter, so there
/// the first call runs all of them, and the scenarios' own call finds them done.
fn tests(surroundings: &Surroundings, filter: &str) -> Result<Outcome> {
    let cargo = |line: &str| surroundings.give(surroundings.workspace.cargo(line));
    if program("cargo-nextest").is_some() {
        let line = "nextest run --workspace --no-fail-fast --status-level slow -E";
        return count(cargo(line).arg(filter)).map(Outcome::Counted);
    }
    if filter == "package(scenarios)" {
        return Ok(Outcome::Skipped("ran with the tests".to_owned()));
    }
    count(&mut cargo("test --workspace --all-targets --no-fail-fast --quiet")).map(Outcome::Counted)
}

/// The stories of `scenarios`, where there are some.
fn scenarios(surroundings: &Surroundings) -> Result<Outcome> {
    if !surroundings.workspace.root.join("scenarios/tests").is_dir() {
        return Ok(Outcome::Skipped("it has no tests".to_owned()));
    }
    tests(surroundings, "package(scenarios)")
}

/// nextest does not run these.
fn examples(surroundings: &Surroundings) -> Result<Outcome> {
    succeed(&mut surroundings.give(surroundings.workspace.cargo("test --workspace --doc --quiet")))
}

/// The simulator notices each of its deliberate mutations.
fn mutations(surroundings: &Surroundings, seeds: u64) -> Result<Outcome> {
    let mut simulator = Command::new(surroundings.workspace.built("sim"));
    sim::range(&mut simulator, seeds, 0).arg("--mutations");
    count(&mut surroundings.give(simulator)).map(Outcome::Counted)
}

fn simulator(surroundings: &Surroundings, seeds: u64) -> Result<Outcome> {
    let mut simulator = Command::new(surroundings.workspace.built("sim"));
    sim::range(&mut simulator, seeds, 0);
    succeed(&mut surroundings.give(simulator))
}

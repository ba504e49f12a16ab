//! The whole test run: the cheapest way to fail first, real clients and a browser last.
//!
//! What the stages share stands in `Surroundings`; the tests read it from their environment.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::postgres::Postgres;
use crate::setup::{self, node, python};
use crate::sim;
use crate::stage::{Outcome, Stages, succeed};
use crate::tally::{Tally, count};
use crate::tidy;
use crate::workspace::{Workspace, program};

/// Scripts under `scenarios/clients/`, each a client that we did not write against the
/// built binary.
const CLIENTS: &[(&str, &str)] =
    &[("aws command", "aws_command.py"), ("boto3", "boto3_calls.py"), ("browser", "console.mjs")];

const SEEDS: u64 = 500;
const SEEDS_DEEP: u64 = 50_000;
const PROPERTY_CASES_DEEP: &str = "10000";

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
}

/// Licences, bans and sources, where the machine has cargo-deny; advisories only where
/// their database was fetched before, because a test run needs no network.
fn dependencies(workspace: &Workspace) -> Result<Outcome> {
    if program("cargo-deny").is_none() {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    succeed(&mut workspace.cargo("deny --offline check bans licenses sources"))
}

/// Everything that runs what was built.
fn behaviour(workspace: &Workspace, deep: bool, stages: &mut Stages) -> Result<()> {
    let mut surroundings = Surroundings::of(workspace, deep)?;
    let mut postgres = None;
    stages.need("PostgreSQL", || {
        postgres = Some(Postgres::start(workspace)?);
        Ok(Outcome::Passed)
    });
    surroundings.database = postgres.as_ref().map(Postgres::url);
    stages.run("tests", || surroundings.tests("not package(scenarios)"));
    stages.run("examples in the documentation", || surroundings.examples());
    stages.run("simulator", || surroundings.simulator());
    stages.run("scenarios", || surroundings.tests("package(scenarios)"));
    for (name, script) in CLIENTS {
        stages.run(name, || surroundings.client(script));
    }
    Ok(())
}

/// What every test may find in its environment.
struct Surroundings<'a> {
    workspace: &'a Workspace,
    deep: bool,
    models: PathBuf,
    database: Option<String>,
}

impl Surroundings<'_> {
    fn of(workspace: &Workspace, deep: bool) -> Result<Surroundings<'_>> {
        Ok(Surroundings { workspace, deep, models: python::models(workspace)?, database: None })
    }

    /// `TOWPATH_REFERENCE`, the folder of documented facts and payloads, is handed on from
    /// the caller: not every clone has it beside it.
    fn give<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("TOWPATH_BINARY", self.workspace.built("towpath"))
            .env("TOWPATH_BOTOCORE", &self.models)
            .env("TOWPATH_NPM", node::folder(self.workspace))
            .env("TOWPATH_PYTHON", python::interpreter(self.workspace))
            .env("TOWPATH_AWS", python::aws(self.workspace))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(url) = &self.database {
            command.env("TOWPATH_POSTGRES", url);
        }
        if self.deep {
            command.env("TOWPATH_DEEP", "1").env("PROPTEST_CASES", PROPERTY_CASES_DEEP);
        }
        command
    }

    /// The tests that a filter of nextest's names; plain `cargo test` knows no filter, so
    /// there the first call runs all of them, and the scenarios' own call finds them done.
    fn tests(&self, filter: &str) -> Result<Outcome> {
        if program("cargo-nextest").is_some() {
            let mut nextest = self
                .workspace
                .cargo("nextest run --workspace --no-fail-fast --status-level slow -E");
            return count(self.give(nextest.arg(filter))).map(Outcome::Counted);
        }
        if filter == "package(scenarios)" {
            return Ok(Outcome::Skipped("ran with the tests".to_owned()));
        }
        count(self.give(
            &mut self.workspace.cargo("test --workspace --all-targets --no-fail-fast --quiet"),
        ))
        .map(Outcome::Counted)
    }

    /// nextest does not run these.
    fn examples(&self) -> Result<Outcome> {
        succeed(self.give(&mut self.workspace.cargo("test --workspace --doc --quiet")))
    }

    fn simulator(&self) -> Result<Outcome> {
        let seeds = if self.deep { SEEDS_DEEP } else { SEEDS };
        let mut simulator = Command::new(self.workspace.built("sim"));
        succeed(self.give(sim::range(&mut simulator, seeds, 0)))
    }

    fn client(&self, script: &str) -> Result<Outcome> {
        let interpreter = match script.ends_with(".py") {
            true => python::interpreter(self.workspace),
            false => "node".into(),
        };
        let mut client = Command::new(interpreter);
        client
            .arg(self.workspace.root.join("scenarios/clients").join(script))
            .current_dir(&self.workspace.root);
        let tally: Tally = count(self.give(&mut client))?;
        Ok(Outcome::Counted(tally))
    }
}

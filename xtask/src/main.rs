#![doc = include_str!("../README.md")]
#![allow(clippy::disallowed_methods, reason = "a task measures how long things take")]

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use arguments::Arguments;
use workspace::Workspace;

mod arguments;
mod bench;
mod crash;
mod postgres;
mod setup;
mod sim;
mod stage;
mod surroundings;
mod tally;
mod test;
mod tidy;
mod workspace;

const USAGE: &str = "\
usage: cargo xtask TASK

  test [--deep] [--only S]      set up what the tests need, then run everything, or stage S
  tidy                          arrows between rooms, migrations, test data, names
  sim --seeds N [--from S]      the seeded simulator; --mutations: broken rules must be noticed
  crash [--kills N] [--from S]  kill the server at seeded moments and start it again
  bench [--data D] [--peer]     the release build's times beside the machine's floors; --accept: of webhooks only; --match: of matching only; --identity: of tokens only
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().context(USAGE)?;
    let workspace = Workspace::find()?;
    match task.as_str() {
        "test" => test::run(&workspace, &Arguments::read(arguments, &["--deep"], &["--only"])?),
        "tidy" => tidy::run(&workspace, &Arguments::read(arguments, &[], &[])?),
        "sim" => {
            let known = Arguments::read(arguments, &["--mutations"], &["--seeds", "--from"])?;
            sim::run(&workspace, &known)
        }
        "bench" => bench::run(
            &workspace,
            &Arguments::read(
                arguments,
                &["--peer", "--accept", "--match", "--identity"],
                &["--data"],
            )?,
        ),
        "crash" => {
            crash::run(&workspace, &Arguments::read(arguments, &[], &["--kills", "--from"])?)
        }
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => bail!("there is no task `{unknown}`\n{USAGE}"),
    }
}

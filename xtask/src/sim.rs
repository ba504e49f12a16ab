//! Hands a range of seeds to the simulator.

use std::process::Command;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::stage::succeed;
use crate::workspace::Workspace;

/// Seeds that a hurried person runs when none are named.
const SEEDS_DEFAULT: u64 = 1_000;

/// `cargo xtask sim --seeds N [--from S] [--mutations]`: optimised, because seeds are what finds
/// faults.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let seeds = arguments.number("--seeds", SEEDS_DEFAULT)?;
    let from = arguments.number("--from", 0)?;
    let mut command = workspace.cargo("run --quiet --release --package sim --");
    if arguments.has("--mutations") {
        command.arg("--mutations");
    }
    succeed(range(&mut command, seeds, from)).map(drop)
}

/// Adds the range to a command of the simulator.
pub fn range(command: &mut Command, seeds: u64, from: u64) -> &mut Command {
    command.args(["--seeds", &seeds.to_string(), "--from", &from.to_string()])
}

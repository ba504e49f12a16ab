//! Kills the real binary at seeded moments and starts it again on its data folder. The story
//! and the judgement are those of a separate client, `scenarios/clients/crash.py`.

use std::process::Command;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::setup;
use crate::stage::succeed;
use crate::surroundings::Surroundings;
use crate::workspace::Workspace;

/// Enough moments to fall into every part of the story.
const KILLS_DEFAULT: u64 = 50;

/// `cargo xtask crash [--kills N] [--from S]`.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let kills = arguments.number("--kills", KILLS_DEFAULT)?;
    let from = arguments.number("--from", 0)?;
    setup::run(workspace)?;
    succeed(&mut workspace.cargo("build --package towpath --quiet"))?;
    succeed(&mut client(&Surroundings::of(workspace, false)?, kills, from)).map(drop)
}

/// The client with its kills and the first of its seeds.
pub fn client(surroundings: &Surroundings, kills: u64, from: u64) -> Command {
    let mut client = surroundings.client("crash.py");
    client.args([kills, from].map(|number| number.to_string()));
    client
}

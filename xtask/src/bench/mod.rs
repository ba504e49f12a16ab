//! What the release build takes, beside what the machine takes at least.
//!
//! Medians throughout; every run prints the machine, its file system and its load.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::setup;
use crate::stage::succeed;
use crate::surroundings::Surroundings;
use crate::workspace::Workspace;
use figure::{Figure, milliseconds, print};
use load::Hook;
use world::World;

mod arrivals;
mod delivery;
mod figure;
mod floors;
mod http;
mod identity;
mod load;
mod machine;
mod matching;
mod peer;
mod relay;
mod startup;
mod world;

/// Deliveries of one client, and of each of sixteen.
const DELIVERIES: usize = 2_000;
const CLIENTS: usize = 16;
const EXECUTIONS: usize = 30;
const CROWD: usize = 1_000;

/// How often accepting alone is measured, so that a busy moment shows as one.
const ACCEPT_ROUNDS: usize = 3;

/// What accepting may take beside the one durable write that it cannot do without.
const ACCEPT_ABOVE_FLOOR: Duration = Duration::from_micros(600);

/// `cargo xtask bench [--data DIR] [--peer] [--accept] [--match] [--identity]`.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if arguments.has("--match") {
        return matching::run(workspace, folder(workspace, arguments)?.path());
    }
    setup::run(workspace)?;
    succeed(&mut workspace.cargo("build --release --package towpath"))?;
    let folder = folder(workspace, arguments)?;
    print("machine", &machine::describe(folder.path())?, "");
    if arguments.has("--accept") {
        return accepting(workspace, folder.path());
    }
    if arguments.has("--identity") {
        return identity::run(workspace, folder.path());
    }
    let floors = Floors::measure(folder.path())?;
    floors.print();
    ours(workspace, folder.path(), &floors)?;
    if arguments.has("--peer") {
        peer::run(workspace, folder.path())?;
    }
    print("machine", &machine::describe(folder.path())?, "");
    Ok(())
}

/// The release build, each figure with what was promised for it.
fn ours(workspace: &Workspace, folder: &Path, floors: &Floors) -> Result<()> {
    let binary = workspace.target.join("release/towpath");
    print("towpath", "start to first answer (≤ 100 ms)", startup::starts(&binary, folder)?);
    let idle = startup::idle_kibibytes(&binary, folder)? as f64 / 1_024.0;
    print("towpath", "idle memory (≤ 30 MiB)", format!("{idle:.1} MiB"));
    let mut world = World::open(&Surroundings::of(workspace, false)?, &binary, folder)?;
    print("machine", &machine::database(&world.database)?, "");
    first_commands(&world, floors, "")?;
    world.crowd(CROWD)?;
    first_commands(&world, floors, &format!(", {CROWD} more pipelines"))?;
    // Last: what is accepted here is still being decided for a while.
    accepts(&world.hook()?, &floors.append)
}

/// Accepting alone, with and without a crowd of other pipelines: a minute where the whole takes ten.
fn accepting(workspace: &Workspace, folder: &Path) -> Result<()> {
    let binary = workspace.target.join("release/towpath");
    let mut world = World::open(&Surroundings::of(workspace, false)?, &binary, folder)?;
    let hook = world.hook()?;
    for _ in 0..ACCEPT_ROUNDS {
        accepts(&hook, &floors::durable_append(folder, delivery::BYTES)?)?;
    }
    world.crowd(CROWD)?;
    print("machine", &machine::describe(folder)?, format!("{CROWD} more pipelines"));
    accepts(&hook, &floors::durable_append(folder, delivery::BYTES)?)
}

fn accepts(hook: &Hook, append: &Figure) -> Result<()> {
    let promised = milliseconds(append.median() + ACCEPT_ABOVE_FLOOR);
    let of = format!("accept of {} bytes, 1 client (≤ {promised} ms)", hook.body.len());
    print("towpath", &of, hook.load(1, DELIVERIES)?.latency);
    let rate = hook.load(CLIENTS, DELIVERIES)?.rate;
    print("towpath", &format!("accept, {CLIENTS} clients (≥ 5000/s)"), format!("{rate:.0}/s"));
    Ok(())
}

/// A connection always leads over HTTP, so a repository by path is a sum: all of a mirrored commit's way,
/// which reads the artifact and checks its digest, and what git and the disk take to bring it there.
fn first_commands(world: &World, floors: &Floors, beside: &str) -> Result<()> {
    let mirrored = world.first_command_mirrored(EXECUTIONS)?;
    let of = format!("POST to first command, mirrored (≤ 20 ms){beside}");
    print("towpath", &of, &mirrored);
    let sum = mirrored.median() + floors.fetch.median() + floors.export.median();
    let of = format!("mirrored + git fetch by path + git archive, a sum (≤ 60 ms){beside}");
    print("towpath", &of, format!("p50 {} ms", milliseconds(sum)));
    let of = format!("POST to first command, smart HTTP (≤ 90 ms){beside}");
    print("towpath", &of, world.first_command(EXECUTIONS)?);
    Ok(())
}

/// The machine's own times, measured in the same run as ours.
struct Floors {
    append: Figure,
    fetch: Figure,
    export: Figure,
    isolation: Figure,
}

impl Floors {
    fn measure(folder: &Path) -> Result<Floors> {
        Ok(Floors {
            append: floors::durable_append(folder, delivery::BYTES)?,
            fetch: floors::git_fetch(folder)?,
            export: floors::git_export(folder)?,
            isolation: floors::isolation_start()?,
        })
    }

    fn print(&self) {
        print("floor", &format!("append of {} bytes, fdatasync", delivery::BYTES), &self.append);
        print("floor", "git fetch of one commit, by path", &self.fetch);
        print("floor", "git archive of it, into a file made durable", &self.export);
        print("floor", "start of an isolated command", &self.isolation);
    }
}

fn folder(workspace: &Workspace, arguments: &Arguments) -> Result<tempfile::TempDir> {
    let parent = arguments.text("--data").map_or_else(|| workspace.target.clone(), PathBuf::from);
    ensure!(parent.is_dir(), "{} is not a folder", parent.display());
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(parent)?)
}

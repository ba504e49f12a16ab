//! What the release build takes, beside what the machine takes at least.
//!
//! Medians throughout; every run prints the machine, its file system and its load.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::arguments::Arguments;
use crate::workspace::Workspace;
use figure::{Figure, print};

mod arrivals;
mod delivery;
mod figure;
mod floors;
mod http;
mod load;
mod machine;
mod peer;

/// `cargo xtask bench [--data DIR] [--peer]`.
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let folder = folder(workspace, arguments)?;
    print("machine", &machine::describe(folder.path())?, "");
    let floors = Floors::measure(folder.path())?;
    floors.print();
    if arguments.has("--peer") {
        peer::run(workspace, folder.path())?;
    }
    Ok(())
}

/// The machine's own times, measured in the same run as ours.
struct Floors {
    append: Figure,
    fetch: Figure,
    isolation: Figure,
}

impl Floors {
    fn measure(folder: &std::path::Path) -> Result<Floors> {
        Ok(Floors {
            append: floors::durable_append(folder, delivery::BYTES)?,
            fetch: floors::git_fetch(folder)?,
            isolation: floors::isolation_start()?,
        })
    }

    fn print(&self) {
        print("floor", &format!("append of {} bytes, fdatasync", delivery::BYTES), &self.append);
        print("floor", "git fetch of one commit, by path", &self.fetch);
        print("floor", "start of an isolated command", &self.isolation);
    }
}

fn folder(workspace: &Workspace, arguments: &Arguments) -> Result<tempfile::TempDir> {
    let parent = arguments.text("--data").map_or_else(|| workspace.target.clone(), PathBuf::from);
    ensure!(parent.is_dir(), "{} is not a folder", parent.display());
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(parent)?)
}

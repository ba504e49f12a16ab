//! Where the repository and its target folder lie, and which rooms there are.
//!
//! Everything is asked of cargo and git once; what follows from it is left to the tasks.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The repository that `cargo xtask` was called in.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder, as environment and configuration have it.
    pub target: PathBuf,
    /// Every package of the workspace.
    pub rooms: Vec<Room>,
}

/// One package of the workspace.
pub struct Room {
    /// The package's name.
    pub name: String,
    /// The folder of its `Cargo.toml`.
    pub folder: PathBuf,
    /// What it uses, in every kind.
    pub uses: Vec<Use>,
}

/// One line of a room's dependency tables.
#[derive(Clone)]
pub struct Use {
    /// The package used.
    pub name: String,
    /// Whether only tests and benches use it.
    pub tests_only: bool,
    /// Whether it is a room of this workspace.
    pub room: bool,
}

impl Workspace {
    /// Asks `cargo metadata`.
    pub fn find() -> Result<Workspace> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cargo metadata")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        Ok(Workspace {
            root: path(&metadata["workspace_root"])?,
            target: path(&metadata["target_directory"])?,
            rooms: list(&metadata["packages"]).map(room).collect::<Result<_>>()?,
        })
    }

    /// Every file that is or would be committed, relative to the root.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()
            .context("git ls-files")?;
        ensure!(
            output.status.success(),
            "git ls-files: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let names = String::from_utf8(output.stdout)?;
        let files = names.split_terminator('\0').map(PathBuf::from);
        // A file that was deleted but not yet committed is still listed.
        Ok(files.filter(|file| self.root.join(file).is_file()).collect())
    }

    /// A program of the debug build.
    pub fn built(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A cargo command in the root.
    pub fn cargo(&self, line: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(line.split_whitespace()).current_dir(&self.root);
        command
    }
}

/// The program's place on the search path, or in the folders where Debian keeps servers.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn room(package: &Value) -> Result<Room> {
    let manifest = path(&package["manifest_path"])?;
    Ok(Room {
        name: text(&package["name"])?,
        folder: manifest.parent().unwrap_or(Path::new("/")).to_owned(),
        uses: list(&package["dependencies"]).map(used).collect::<Result<_>>()?,
    })
}

fn used(dependency: &Value) -> Result<Use> {
    Ok(Use {
        name: text(&dependency["name"])?,
        tests_only: dependency["kind"] == "dev",
        room: dependency["path"].is_string(),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn path(value: &Value) -> Result<PathBuf> {
    text(value).map(PathBuf::from)
}

fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).context("cargo metadata has another form than expected")
}

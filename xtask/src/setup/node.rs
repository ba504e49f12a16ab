//! The clients from npm: GitHub's published descriptions, its signer, and the driver of a
//! browser that is already there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::same;
use crate::stage::succeed;
use crate::workspace::Workspace;

const MANIFESTS: [&str; 2] = ["package.json", "package-lock.json"];

/// Installs what `scenarios/clients/package-lock.json` pins, unless that is there already.
pub fn install(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.root.join("scenarios/clients");
    let folder = folder(workspace);
    let done = folder.join("node_modules/installed");
    if same(&wanted.join(MANIFESTS[1]), &done) {
        return Ok(());
    }
    std::fs::create_dir_all(&folder)?;
    for manifest in MANIFESTS {
        std::fs::copy(wanted.join(manifest), folder.join(manifest)).context(manifest)?;
    }
    // No scripts: nothing here needs one, and a browser must not be downloaded.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder);
    succeed(&mut npm)?;
    std::fs::copy(wanted.join(MANIFESTS[1]), done)
        .context("marking the npm clients as installed")?;
    Ok(())
}

/// The folder whose `node_modules` holds the packages.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("clients/npm")
}

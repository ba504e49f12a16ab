//! The clients from PyPI, in an environment of their own: boto3, the `aws` command, and
//! botocore, whose models are the judge of our wire.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::same;
use crate::stage::succeed;
use crate::workspace::Workspace;

/// Installs `scenarios/clients/requirements.txt`.
pub fn install(workspace: &Workspace) -> Result<()> {
    environment(&folder(workspace), &workspace.root.join("scenarios/clients/requirements.txt"))
}

/// Makes an environment with what `wanted` pins, unless exactly that is there already.
pub fn environment(folder: &Path, wanted: &Path) -> Result<()> {
    let installed = folder.join("requirements.txt");
    if same(wanted, &installed) {
        return Ok(());
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(wanted);
    succeed(&mut pip)?;
    std::fs::copy(wanted, &installed).context("marking the Python packages as installed")?;
    Ok(())
}

/// The Python that sees the clients.
pub fn interpreter(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/python")
}

/// The `aws` command of the environment.
pub fn aws(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/aws")
}

/// The folder with botocore's service models.
pub fn models(workspace: &Workspace) -> Result<PathBuf> {
    let script =
        "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
    let output = Command::new(interpreter(workspace)).args(["-c", script]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim_end().into())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("clients/venv")
}

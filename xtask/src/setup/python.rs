//! The clients from PyPI, in an environment of their own: boto3, the `aws` command, and
//! botocore, whose models are the judge of our wire.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::same;
use crate::stage::succeed;
use crate::workspace::Workspace;

/// Installs `scenarios/clients/requirements.txt`, unless exactly that is there already.
pub fn install(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.root.join("scenarios/clients/requirements.txt");
    let environment = environment(workspace);
    let installed = environment.join("requirements.txt");
    if same(&wanted, &installed) {
        return Ok(());
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = Command::new(interpreter(workspace));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&wanted);
    succeed(&mut pip)?;
    std::fs::copy(&wanted, &installed).context("marking the Python clients as installed")?;
    Ok(())
}

/// The Python that sees the clients.
pub fn interpreter(workspace: &Workspace) -> PathBuf {
    environment(workspace).join("bin/python")
}

/// The `aws` command of the environment.
pub fn aws(workspace: &Workspace) -> PathBuf {
    environment(workspace).join("bin/aws")
}

/// The folder with botocore's service models.
pub fn models(workspace: &Workspace) -> Result<PathBuf> {
    let script =
        "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
    let output = Command::new(interpreter(workspace)).args(["-c", script]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim_end().into())
}

fn environment(workspace: &Workspace) -> PathBuf {
    workspace.target.join("clients/venv")
}

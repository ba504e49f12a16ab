//! What the tests need beside Rust and git: Debian's packages, clients from PyPI and npm.
//!
//! A second run finds everything in place and asks no registry.

use anyhow::Result;

use crate::stage::Outcome;
use crate::workspace::Workspace;

pub mod debian;
pub mod node;
pub mod python;

/// Brings everything into place.
pub fn run(workspace: &Workspace) -> Result<Outcome> {
    debian::install()?;
    python::install(workspace)?;
    node::install(workspace)?;
    Ok(Outcome::Passed)
}

/// Whether `copy` says the same as `original`: the mark that an installation is up to date.
fn same(original: &std::path::Path, copy: &std::path::Path) -> bool {
    match (std::fs::read(original), std::fs::read(copy)) {
        (Ok(original), Ok(copy)) => original == copy,
        _ => false,
    }
}

//! What a commit was exported as: one small file a commit in its mirror, so that a commit that was
//! an artifact before needs no git process to be one again.
//!
//! That the artifact is still stored, and whole, is left to who asks: a mirror knows no blobs.

use super::Mirror;
use domain::forge_event::CommitInfo;
use domain::{ArtifactRef, CommitSha};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// The folder of these files in a mirror. Its number is raised when an export writes other bytes.
const EXPORTS: &str = "towpath-exports-1";

/// A commit as an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its files, as [`Mirror::export`] wrote them.
    pub artifact: ArtifactRef,
    /// What it says about itself.
    pub info: CommitInfo,
}

impl Mirror {
    /// What the commit was exported as, if it was.
    pub fn exported(&self, commit: &CommitSha) -> Option<Export> {
        let bytes = std::fs::read(self.export_path(commit)?).ok()?;
        // One that a crash tore is no JSON: the commit is exported again.
        serde_json::from_slice(&bytes).ok()
    }

    /// Remembers what the commit was exported as.
    pub fn remember(&self, commit: &CommitSha, export: &Export) -> io::Result<()> {
        let Some(path) = self.export_path(commit) else { return Ok(()) };
        std::fs::create_dir_all(self.path.join(EXPORTS))?;
        std::fs::write(path, serde_json::to_vec(export)?)
    }

    /// The file of a commit; none for what is no commit's name.
    pub(super) fn export_path(&self, commit: &CommitSha) -> Option<PathBuf> {
        commit.is_valid().then(|| self.path.join(EXPORTS).join(commit.as_str()))
    }
}

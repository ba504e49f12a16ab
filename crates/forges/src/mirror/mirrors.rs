//! The mirrors of a process: which one is a repository's, and the sweep of those that nobody needs.

use super::{Lock, Mirror, changed};
use crate::git::GitError;
use crate::limits::FETCH_TIME_MAX;
use domain::{ConnectionArn, Timestamp, derived_uuid};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// How the folders begin in which something is made, beside the mirrors.
const SCRATCH: &str = "scratch-";

/// The mirrors of one process, in one folder. Cloning shares their locks.
#[derive(Clone, Debug)]
pub struct Mirrors {
    folder: PathBuf,
    locks: Arc<Mutex<HashMap<PathBuf, Lock>>>,
    fetch_time_max: Duration,
}

impl Mirrors {
    /// Mirrors in this folder, which is made when the first one is.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        // Some git commands work in a folder of their own.
        let folder = folder.into();
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        let fetch_time_max = FETCH_TIME_MAX;
        Self { folder, locks: Arc::default(), fetch_time_max }
    }

    /// With another limit for one fetch.
    pub fn fetch_time(self, fetch_time_max: Duration) -> Self {
        Self { fetch_time_max, ..self }
    }

    /// The mirror of a repository, by the forge's own id of it, as one connection sees it: what a
    /// connection may read is never served to another.
    pub fn of(&self, connection: &ConnectionArn, repository_id: &str) -> Mirror {
        let name = derived_uuid(&["mirror", connection.as_str(), repository_id]);
        self.at(self.folder.join(format!("{name}.git")))
    }

    /// The mirror of so many commits of a repository's history at a time; where no number is
    /// given, of all. Each depth has a mirror of its own: git would cut off what the others have.
    pub fn of_depth(
        &self,
        connection: &ConnectionArn,
        repository_id: &str,
        depth: Option<NonZeroU32>,
    ) -> Mirror {
        let Some(commits) = depth else { return self.of(connection, repository_id) };
        let place = [connection.as_str(), repository_id, &commits.to_string()];
        let name = derived_uuid(&[&["shallow-mirror"], &place[..]].concat());
        Mirror { depth, ..self.at(self.folder.join(format!("{name}.git"))) }
    }

    /// How long one fetch may take.
    pub fn fetch_time_max(&self) -> Duration {
        self.fetch_time_max
    }

    /// An empty folder on the mirrors' disk, which goes when it is dropped.
    pub fn scratch(&self) -> std::io::Result<TempDir> {
        std::fs::create_dir_all(&self.folder)?;
        tempfile::Builder::new().prefix(SCRATCH).tempdir_in(&self.folder)
    }

    fn at(&self, path: PathBuf) -> Mirror {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = Arc::clone(locks.entry(path.clone()).or_default());
        Mirror { path, lock, depth: None, fetch_time_max: self.fetch_time_max }
    }

    /// Removes every mirror that nobody fetched into since `before`, and gathers the packs of the
    /// others where there are many: each fetch leaves one. Gives how many were removed.
    pub async fn sweep(&self, before: Timestamp) -> Result<usize, GitError> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Ok(0) };
        let mut removed = 0;
        for entry in entries.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(SCRATCH.as_bytes()) {
                // Left by a process that was killed.
                if changed(&entry.path()).is_some_and(|at| at < before) {
                    std::fs::remove_dir_all(entry.path())?;
                }
                continue;
            }
            let mirror = self.at(entry.path());
            if mirror.last_fetch().is_some_and(|at| at < before) {
                mirror.remove().await?;
                removed += 1;
            } else {
                mirror.gather_packs().await?;
            }
        }
        Ok(removed)
    }
}

//! A bare mirror of each repository, so that the second fetch moves only what is new.
//!
//! A mirror remembers each commit that it holds whole by a ref `refs/towpath/<hash>`, which git
//! writes only after it has checked that everything reachable is there. So whether a commit must
//! be fetched is the look-up of one file: no process, no network.

use crate::git::{GitCommand, GitError, Remote};
use crate::lfs::Kept;
use crate::limits::{
    EXPORT_BYTES_MAX, EXPORT_TIME_MAX, FETCH_TIME_MAX, KEPT_COMMITS_MAX, MIRROR_BYTES_MAX,
    PACK_FILES_MAX,
};
use domain::forge_event::CommitInfo;
use domain::{CommitSha, Timestamp};
use std::io::Write;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

mod changes;
mod commit;
mod export;
mod file;
mod mirrors;
mod submodules;
mod working_copy;

pub use export::Export;
pub use file::NoFile;
pub use mirrors::Mirrors;
pub use submodules::{Home, NoSubmodules, Submodule};
pub use working_copy::{WorkingCopy, activate, leave_alone};

/// The refs that say what a mirror holds.
const HELD: &str = "refs/towpath";

type Lock = Arc<tokio::sync::Mutex<()>>;

/// One repository's mirror, which need not exist yet.
#[derive(Clone, Debug)]
pub struct Mirror {
    path: PathBuf,
    lock: Lock,
    /// Commits of history that are fetched; all where absent.
    depth: Option<NonZeroU32>,
    fetch_time_max: Duration,
}

/// Which tags a fetch brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tags {
    None,
    /// Those that lead to a commit that is fetched.
    InHistory,
}

/// What a fetch had to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing: the commit was there.
    AlreadyHeld,
    /// Objects were moved.
    Moved,
}

impl Mirror {
    /// Whether the mirror has the commit and everything that it needs.
    pub fn holds(&self, commit: &CommitSha) -> bool {
        commit.is_valid() && self.held(commit).is_file()
    }

    /// Brings the commit here, by its hash: what a branch points at by now does not matter.
    /// Moves only what is not here yet, and nothing where [`Mirror::holds`] says so.
    pub async fn fetch(&self, remote: &Remote, commit: &CommitSha) -> Result<Fetched, GitError> {
        let _only = self.lock.lock().await;
        match commit.is_valid() && self.holds(commit) {
            true => Ok(Fetched::AlreadyHeld),
            false => self.bring(remote, commit, Tags::None).await,
        }
    }

    /// Brings the commit here with the tags that are in its history now, for working copies.
    pub async fn fetch_with_tags(
        &self,
        remote: &Remote,
        commit: &CommitSha,
    ) -> Result<Fetched, GitError> {
        let _only = self.lock.lock().await;
        self.bring(remote, commit, Tags::InHistory).await
    }

    async fn bring(
        &self,
        remote: &Remote,
        commit: &CommitSha,
        tags: Tags,
    ) -> Result<Fetched, GitError> {
        if !commit.is_valid() {
            return Err(GitError::NotACommit(commit.to_string()));
        }
        if !self.path.is_dir() {
            self.make(commit)?;
        }
        let options = ["--quiet", "--no-write-fetch-head", "--no-auto-maintenance"];
        let mut command = GitCommand::at(&self.path, ["fetch"]).args(options);
        match tags {
            Tags::None => command = command.args(["--no-tags"]),
            // git follows tags that it does not know and changes none: those that moved since, or
            // went, would stay as they were.
            Tags::InHistory => remove_folder(&self.path.join("refs/tags"))?,
        }
        if let Some(depth) = self.depth {
            command = command.args([format!("--depth={depth}")]);
        }
        let command = command.args(["--end-of-options"]).remote(remote)?;
        let command = command.args([format!("+{commit}:{HELD}/{commit}")]);
        let packs = self.path.join("objects/pack");
        command.time(self.fetch_time_max).size(&packs, MIRROR_BYTES_MAX).run().await?;
        self.forget_oldest()?;
        Ok(Fetched::Moved)
    }

    /// Writes the commit's files as a ZIP archive into `into`, and gives it back: the same commit
    /// gives the same bytes with the same git.
    pub async fn export<W: Write + Send + 'static>(
        &self,
        commit: &CommitSha,
        into: W,
    ) -> Result<W, GitError> {
        self.must_hold(commit)?;
        // Compressing takes three times as long as all the rest, right before the first command. Into
        // a file git itself would write each entry's few bytes by themselves, which takes as long
        // again.
        let command = GitCommand::at(&self.path, ["archive", "--format=zip", "-0"]);
        let command = command.args(["--end-of-options", commit.as_str()]).time(EXPORT_TIME_MAX);
        self.mend(command.run_into(into, EXPORT_BYTES_MAX).await).await
    }

    /// The files of its LFS server that were brought; they go with the mirror.
    pub fn lfs(&self) -> Kept {
        Kept::new(self.path.join("towpath-lfs"))
    }

    /// The commit that an object leads to which is here: itself, or what an annotated tag is of.
    pub async fn commit_of(&self, object: &CommitSha) -> Result<CommitSha, GitError> {
        self.must_hold(object)?;
        let asked = ["rev-parse", "--verify", "--end-of-options"];
        let command = GitCommand::at(&self.path, asked).args([format!("{object}^{{commit}}")]);
        let said = self.mend(command.run().await).await?;
        Ok(CommitSha::new(String::from_utf8_lossy(&said).trim()))
    }

    /// What the commit says about itself.
    pub async fn commit_info(&self, commit: &CommitSha) -> Result<CommitInfo, GitError> {
        self.must_hold(commit)?;
        let command = GitCommand::at(&self.path, ["cat-file", "commit", commit.as_str()]);
        Ok(commit::read(&self.mend(command.run().await).await?))
    }

    /// Removes the mirror from the disk. What is fetched next makes a new one.
    pub async fn remove(&self) -> Result<(), GitError> {
        let _only = self.lock.lock().await;
        Ok(remove_folder(&self.path)?)
    }

    async fn gather_packs(&self) -> Result<(), GitError> {
        let _only = self.lock.lock().await;
        let packs = std::fs::read_dir(self.path.join("objects/pack"));
        if packs.map_or(0, |entries| entries.flatten().count()) <= PACK_FILES_MAX {
            return Ok(());
        }
        let command = GitCommand::at(&self.path, ["repack", "-a", "-d", "--quiet"]);
        command.time(FETCH_TIME_MAX).run().await.map(drop)
    }

    /// A mirror that cannot give what it says it holds is worth nothing.
    async fn mend<T>(&self, result: Result<T, GitError>) -> Result<T, GitError> {
        if matches!(result, Err(GitError::Damaged)) {
            self.remove().await?;
        }
        result
    }

    fn must_hold(&self, commit: &CommitSha) -> Result<(), GitError> {
        self.holds(commit).then_some(()).ok_or(GitError::CommitUnreachable)
    }

    fn held(&self, commit: &CommitSha) -> PathBuf {
        self.path.join(HELD).join(commit.as_str())
    }

    /// When something was last fetched, by the folder that git writes its refs to.
    fn last_fetch(&self) -> Option<Timestamp> {
        changed(&self.path.join(HELD))
    }

    /// What `git init --bare` would make, without a process. It appears whole or not at all.
    fn make(&self, commit: &CommitSha) -> Result<(), GitError> {
        let begun = self.path.with_extension("begun");
        let _ = std::fs::remove_dir_all(&begun);
        for folder in ["objects/info", "objects/pack", "refs/heads", HELD, "info"] {
            std::fs::create_dir_all(begun.join(folder))?;
        }
        let format = match commit.as_str().len() {
            64 => "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n[core]\n",
            _ => "\trepositoryformatversion = 0\n",
        };
        std::fs::write(begun.join("HEAD"), "ref: refs/heads/none\n")?;
        std::fs::write(begun.join("config"), format!("[core]\n{format}\tbare = true\n"))?;
        // An export holds every file as it is, whatever the repository says about archives.
        std::fs::write(begun.join("info/attributes"), "* -export-ignore -export-subst\n")?;
        Ok(std::fs::rename(begun, &self.path)?)
    }

    /// Keeps the number of refs, which every fetch reads, small.
    fn forget_oldest(&self) -> Result<(), GitError> {
        let entries = std::fs::read_dir(self.path.join(HELD))?.flatten();
        let age = |entry: std::fs::DirEntry| {
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        };
        let mut held: Vec<_> = entries.filter_map(age).collect();
        if held.len() > KEPT_COMMITS_MAX {
            held.sort_unstable();
            let surplus = held.len() - KEPT_COMMITS_MAX;
            held[..surplus].iter().try_for_each(|(_, path)| self.forget(path))?;
        }
        Ok(())
    }

    /// Forgets the commit of a ref, and what it was exported as.
    fn forget(&self, held: &Path) -> std::io::Result<()> {
        let commit = held.file_name().map(|name| CommitSha::new(name.to_string_lossy()));
        if let Some(exported) = commit.and_then(|commit| self.export_path(&commit)) {
            // Most were exported; for one that was not there is nothing to remove.
            let _ = std::fs::remove_file(exported);
        }
        std::fs::remove_file(held)
    }
}

/// When something was last put into a folder, or taken out of it.
fn changed(folder: &Path) -> Option<Timestamp> {
    let changed = std::fs::metadata(folder).and_then(|meta| meta.modified());
    let since = changed.ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp(since.as_millis().try_into().ok()?))
}

/// Removes a folder and all in it; one that is not there counts as removed.
fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

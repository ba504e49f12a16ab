//! What belongs to a commit beside its own files: submodules, and files that git LFS keeps.

use crate::{PracticeForge, git, lfs};
use domain::{CommitSha, Digest};
use url::Url;

impl PracticeForge {
    /// Puts another repository's commit at a path of a branch: a submodule, if `.gitmodules` names
    /// it. Nobody is told of it; gives the new head.
    pub async fn link(
        &self,
        full_name: &str,
        branch: &str,
        (path, commit): (&str, &CommitSha),
    ) -> anyhow::Result<CommitSha> {
        let folder = self.folder(full_name)?;
        let sha = git::write_link(&folder, branch, (path, commit.as_str()), self.now_seconds());
        Ok(CommitSha::new(sha.await?))
    }

    /// Keeps a file for git LFS; gives the pointer that stands for it in the repository.
    pub fn keep_large_file(&self, full_name: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let oid = Digest::of(bytes).0;
        lfs::keep(&self.folder(full_name)?, &oid, bytes)?;
        let version = "version https://git-lfs.github.com/spec/v1";
        Ok(format!("{version}\noid sha256:{oid}\nsize {}\n", bytes.len()))
    }

    /// Puts other bytes in the place of a file that LFS keeps, or takes it away.
    pub fn spoil_large_file(
        &self,
        full_name: &str,
        oid: &str,
        bytes: Option<&[u8]>,
    ) -> anyhow::Result<()> {
        let folder = self.folder(full_name)?;
        match bytes {
            Some(bytes) => lfs::keep(&folder, oid, bytes)?,
            None => std::fs::remove_file(folder.join(lfs::FOLDER).join(oid))?,
        }
        Ok(())
    }

    /// Says from now on that LFS files are had at another server.
    pub fn keep_large_files_at(&self, elsewhere: Option<Url>) {
        self.shared.world().lfs_elsewhere = elsewhere;
    }
}

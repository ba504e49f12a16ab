//! Which files a commit changed, as git says: no forge's list, and none that was cut short.

use super::Mirror;
use crate::git::{self, GitCommand, GitError, Remote};
use crate::limits::{CHANGED_FILES_BYTES_MAX, CHANGED_FILES_MAX};
use domain::CommitSha;
use domain::forge_event::{ChangedFiles, FilesUnknown, GitRef, Since};

/// What a commit is compared with.
enum Base {
    Commit(CommitSha),
    /// Every file is new.
    Nothing,
    Unknown(FilesUnknown),
}

impl Mirror {
    /// The files in which a commit differs from what `since` names. Commits that are not here yet
    /// are fetched.
    ///
    /// # Errors
    /// The remote does not give the commit, or git fails.
    pub async fn changed_files(
        &self,
        remote: &Remote,
        commit: &CommitSha,
        since: &Since,
    ) -> Result<ChangedFiles, GitError> {
        self.fetch(remote, commit).await?;
        let base = match since {
            Since::Commit(before) => self.before(remote, before).await?,
            Since::DefaultBranch { branch } => self.creation(remote, commit, branch).await?,
            Since::Target { branch } => self.target(remote, commit, branch).await?,
        };
        // Plumbing: no setting of a repository changes what it says. A renamed file is two.
        let command = match &base {
            Base::Commit(base) => ["diff-tree", "-r", "--no-renames", "--name-only", "-z"]
                .into_iter()
                .chain(["--end-of-options", base.as_str(), commit.as_str()])
                .collect::<Vec<_>>(),
            Base::Nothing => ["ls-tree", "-r", "--full-tree", "--name-only", "-z"]
                .into_iter()
                .chain(["--end-of-options", commit.as_str()])
                .collect(),
            Base::Unknown(why) => return Ok(ChangedFiles::Unknown(why.clone())),
        };
        let command = GitCommand::at(&self.path, command);
        let said = command.run_into(Vec::new(), CHANGED_FILES_BYTES_MAX).await;
        match self.mend(said).await {
            Ok(bytes) => Ok(names(&bytes)),
            Err(GitError::TooLarge { .. }) => Ok(too_many()),
            Err(cause) => Err(cause),
        }
    }

    /// The commit that was there before, if history was not rewritten and cleared since.
    async fn before(&self, remote: &Remote, before: &CommitSha) -> Result<Base, GitError> {
        match self.fetch(remote, before).await {
            Ok(_) => Ok(Base::Commit(before.clone())),
            Err(GitError::CommitUnreachable | GitError::NotACommit(_)) => {
                Ok(Base::Unknown(FilesUnknown::BeforeGone { before: before.clone() }))
            }
            Err(cause) => Err(cause),
        }
    }

    /// Where a new branch left the default branch; the default branch itself left nothing.
    async fn creation(
        &self,
        remote: &Remote,
        commit: &CommitSha,
        branch: &str,
    ) -> Result<Base, GitError> {
        let Some((default, head)) = git::default_branch(remote).await? else {
            return Ok(Base::Nothing);
        };
        if default == branch {
            return Ok(Base::Nothing);
        }
        self.fetch(remote, &head).await?;
        Ok(match self.merge_base(commit, &head).await? {
            Some(base) => Base::Commit(base),
            None => Base::Unknown(FilesUnknown::Unrelated { branch: default }),
        })
    }

    /// Where a pull request left its target; if that has it by now, where it had left it before
    /// the merge.
    async fn target(
        &self,
        remote: &Remote,
        commit: &CommitSha,
        branch: &str,
    ) -> Result<Base, GitError> {
        let branch = branch.to_owned();
        let Some(head) = git::resolve(remote, &GitRef::branch(&*branch)).await? else {
            return Ok(Base::Unknown(FilesUnknown::BranchGone { branch }));
        };
        self.fetch(remote, &head.commit).await?;
        let base = match self.merge_base(commit, &head.commit).await? {
            None => return Ok(Base::Unknown(FilesUnknown::Unrelated { branch })),
            Some(base) if base != *commit => return Ok(Base::Commit(base)),
            Some(_) => self.merged_into(commit, &head.commit).await?,
        };
        let base = match base {
            Some(target) => self.merge_base(commit, &target).await?,
            None => None,
        };
        Ok(base.map_or(Base::Unknown(FilesUnknown::AlreadyIn { branch }), Base::Commit))
    }

    /// What the merge of `commit` was made onto, where one on the way to `head` did it.
    async fn merged_into(
        &self,
        commit: &CommitSha,
        head: &CommitSha,
    ) -> Result<Option<CommitSha>, GitError> {
        let command = ["rev-list", "--merges", "--parents", "--end-of-options"];
        let range = format!("{commit}..{head}");
        let said = GitCommand::at(&self.path, command).args([range]).run().await?;
        let text = String::from_utf8_lossy(&said);
        let onto = text.lines().find_map(|line| {
            let mut parents = line.split(' ').skip(1);
            let onto = parents.next()?;
            parents.any(|parent| parent == commit.as_str()).then(|| CommitSha::new(onto))
        });
        Ok(onto)
    }

    async fn merge_base(
        &self,
        one: &CommitSha,
        other: &CommitSha,
    ) -> Result<Option<CommitSha>, GitError> {
        let arguments = ["merge-base", "--end-of-options", one.as_str(), other.as_str()];
        match self.mend(GitCommand::at(&self.path, arguments).run().await).await {
            Ok(said) => Ok(Some(CommitSha::new(String::from_utf8_lossy(&said).trim()))),
            // It ends with 1 and without a word where there is none.
            Err(GitError::Failed { .. }) => Ok(None),
            Err(cause) => Err(cause),
        }
    }
}

/// Names that end with a zero byte each: whatever else a file may be called, that it is not.
fn names(bytes: &[u8]) -> ChangedFiles {
    let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if names.len() > CHANGED_FILES_MAX { too_many() } else { ChangedFiles::Known(names) }
}

fn too_many() -> ChangedFiles {
    ChangedFiles::Unknown(FilesUnknown::TooMany { files_max: CHANGED_FILES_MAX })
}

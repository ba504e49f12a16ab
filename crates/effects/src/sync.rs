//! Reads the file that a resource is kept in step with, from the repository's mirror.

use domain::CommitSha;
use domain::forge_event::GitRef;
use engine::{ReadSyncFile, SyncFile, Unread};
use forges::git::{self, GitError};
use forges::github::Purpose;
use forges::mirror::NoFile;

use crate::access::{Access, NoAccess};
use crate::git::Unanswered;
use crate::limits::SYNC_FILE_BYTES_MAX;
use crate::perform::{Performed, Performer};

/// Why a file is not read.
enum Trouble {
    /// Nothing is to be had there, and why.
    Not(String),
    /// Git was refused.
    Unauthorised(String),
    /// Git found no such repository.
    NotFound(String),
    /// The world did not answer: trying again may help.
    Passes(anyhow::Error),
}

/// Reads a file at a commit, or at the one that its branch is at now.
///
/// # Errors
/// The store does not answer.
pub async fn read(performer: &Performer, asked: &ReadSyncFile) -> anyhow::Result<Performed> {
    let ReadSyncFile { account, connection, repository, .. } = asked;
    let told = |read| Performed::FileRead(Box::new((asked.clone(), read)));
    let mut commit = asked.commit.clone();
    let access = match performer.open(account, connection, repository, Purpose::Read).await {
        Ok(access) => access,
        Err(cause @ NoAccess::Credentials(_)) => {
            return Ok(told(Err(Unread { commit, reason: cause.to_string() })));
        }
        Err(cause) => return Err(cause.into()),
    };
    let read = file(performer, asked, &access, &mut commit).await;
    let unread = |reason| Err(Unread { commit, reason });
    match read {
        Ok(file) => Ok(told(Ok(file))),
        Err(Trouble::Unauthorised(_)) if access.is_lost().await => {
            Ok(access.lost(told(unread(access.lost_sentence()))))
        }
        Err(Trouble::NotFound(why)) => {
            let seen = access.sees().await;
            Ok(told(unread(seen.err().map_or(why, |cause| cause.to_string()))))
        }
        Err(Trouble::Not(why) | Trouble::Unauthorised(why)) => Ok(told(unread(why))),
        Err(Trouble::Passes(cause)) => Err(cause),
    }
}

/// The file; `commit` says of which commit, as soon as that is known.
async fn file(
    performer: &Performer,
    asked: &ReadSyncFile,
    access: &Access,
    commit: &mut Option<CommitSha>,
) -> Result<SyncFile, Trouble> {
    let ReadSyncFile { repository, path, .. } = asked;
    let known = match commit {
        Some(known) => &*known,
        None => commit.insert(head(asked, access).await?),
    };
    let mirror = &performer.mirrors.of(&access.connection.arn, repository.as_str());
    let fetch = |remote| async move { mirror.fetch(&remote, known).await };
    let fetched = access.by_git(repository, fetch).await;
    fetched.map_err(|why| unfetched(asked, access, why))?;
    let content = mirror.file(known, path, SYNC_FILE_BYTES_MAX).await;
    let content = content.map_err(|why| match why {
        NoFile::Git(cause @ GitError::Damaged) => Trouble::Passes(cause.into()),
        why => Trouble::Not(format!("{path} of {repository} at {}: {why}", known.short())),
    })?;
    Ok(SyncFile { path: path.clone(), commit: known.clone(), content })
}

/// The commit that the branch is at now.
async fn head(asked: &ReadSyncFile, access: &Access) -> Result<CommitSha, Trouble> {
    let ReadSyncFile { repository, branch, .. } = asked;
    let git_ref = &GitRef::branch(&**branch);
    let resolve = |remote| async move { git::resolve(&remote, git_ref).await };
    let head = access.by_git(repository, resolve).await;
    let head = head.map_err(|why| unfetched(asked, access, why))?.ok_or_else(|| {
        let fix = "push it, or name another in the sync configuration";
        Trouble::Not(format!("{repository} has no branch {branch}: {fix}"))
    })?;
    Ok(head.commit)
}

fn unfetched(asked: &ReadSyncFile, access: &Access, why: Unanswered) -> Trouble {
    let (repository, arn) = (&asked.repository, &access.connection.arn);
    let cause = match why {
        Unanswered::Nowhere(cause) => return Trouble::Not(format!("{cause:#}")),
        Unanswered::Git(cause) if !cause.passes() => cause,
        passes => {
            let what = format!("{repository} by {arn} could not be fetched");
            return Trouble::Passes(anyhow::Error::from(passes).context(what));
        }
    };
    let why = format!("{repository} by {arn} could not be fetched: {cause}");
    match cause {
        GitError::Unauthorised => Trouble::Unauthorised(why),
        GitError::NotFound => Trouble::NotFound(why),
        _ => Trouble::Not(why),
    }
}

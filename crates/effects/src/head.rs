//! Where a ref is now.

use anyhow::Context;
use domain::forge_event::{GitRef, RefTarget};
use domain::{AccountId, ConnectionArn, RepositoryName};
use forges::git::{self, GitError};
use forges::github::Purpose;

use crate::access::NoAccess;
use crate::git::Unanswered;
use crate::perform::{Performed, Performer};

/// Where a ref leads, `None` where it is not there, an error where nobody can say, and why.
pub type Head = Result<Option<RefTarget>, String>;

/// Asks the repository itself, by git, where a full ref is; `then` makes the outcome of it. A
/// connection that cannot be used is an answer: asking again would not change it.
///
/// # Errors
/// The store or the forge does not answer.
pub async fn ask(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    ref_name: &str,
    then: impl FnOnce(Head) -> Performed,
) -> anyhow::Result<Performed> {
    let access = match performer.open(account, connection, repository, Purpose::Read).await {
        Ok(access) => access,
        Err(cause @ NoAccess::Credentials(_)) => return Ok(then(Err(cause.to_string()))),
        Err(cause) => return Err(cause.into()),
    };
    let git_ref =
        &GitRef::parse_any(ref_name).with_context(|| format!("{ref_name} is no branch or tag"))?;
    access.show(repository, Some(git_ref)).await?;
    let resolve = |remote| async move { git::resolve(&remote, git_ref).await };
    match access.by_git(repository, resolve).await {
        Ok(head) => Ok(then(Ok(head.map(target)))),
        Err(Unanswered::Git(GitError::Unauthorised)) if access.is_lost().await => {
            Ok(access.lost(then(Err(access.lost_sentence()))))
        }
        Err(why @ Unanswered::Git(GitError::NotFound)) => match access.sees().await {
            Err(cause @ NoAccess::Credentials(_)) => Ok(then(Err(cause.to_string()))),
            _ => Err(why.into()),
        },
        Err(why) => Err(why.into()),
    }
}

/// What a remote said, in the words of events.
pub fn target(head: forges::Head) -> RefTarget {
    RefTarget { points_at: head.after, commit: head.commit }
}

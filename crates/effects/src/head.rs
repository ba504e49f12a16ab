//! Where a ref is now.

use anyhow::Context;
use domain::forge_event::{GitRef, RefTarget};
use domain::{AccountId, ConnectionArn, RepositoryName};
use forges::git::GitError;
use forges::github::Purpose;

use crate::access::NoAccess;
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
    let remote = access.remote(repository).await?;
    let git_ref =
        GitRef::parse(ref_name).with_context(|| format!("{ref_name} is no branch or tag"))?;
    let mut asked = forges::git::resolve(&remote, &git_ref).await;
    if let Err(GitError::Redirected) = asked {
        asked = forges::git::resolve(&access.moved(repository).await?, &git_ref).await;
    }
    match asked {
        Ok(head) => Ok(then(Ok(head.map(target)))),
        Err(GitError::Unauthorised) if access.is_lost().await => {
            Ok(access.lost(then(Err(access.lost_sentence()))))
        }
        Err(cause @ GitError::NotFound) => match access.sees().await {
            Err(cause @ NoAccess::Credentials(_)) => Ok(then(Err(cause.to_string()))),
            _ => Err(cause.into()),
        },
        Err(cause) => Err(cause.into()),
    }
}

/// What a remote said, in the words of events.
pub fn target(head: forges::Head) -> RefTarget {
    RefTarget { points_at: head.after, commit: head.commit }
}

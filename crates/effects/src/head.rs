//! Where a ref is now.

use anyhow::Context;
use domain::forge_event::GitRef;
use domain::{AccountId, CommitSha, ConnectionArn, RepositoryName};

use crate::access::Access;
use crate::perform::Performer;

/// Asks the repository itself, by git, where a full ref is.
///
/// # Errors
/// The connection cannot be used or the forge does not answer.
pub async fn ask(
    performer: &Performer,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
    ref_name: &str,
) -> anyhow::Result<Option<CommitSha>> {
    let (store, vault, client) = (&performer.store, &performer.vault, &performer.client);
    let access = Access::open(account, connection, store, vault, client).await?;
    let remote = access.remote(repository, client).await?;
    let git_ref =
        GitRef::parse(ref_name).with_context(|| format!("{ref_name} is no branch or tag"))?;
    let head = forges::git::resolve(&remote, &git_ref).await?;
    Ok(head.map(|head| head.after))
}

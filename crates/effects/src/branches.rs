//! Where the branches of a source's repository are, by git.

use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use domain::reason::FailureCode;
use domain::{CommitSha, RepositoryName};
use forges::Head;
use forges::git;

use crate::access::Access;
use crate::limits::HEADS_MAX;
use crate::trouble::Trouble;

/// The head of a branch.
pub async fn head(
    access: &Access,
    repository: &RepositoryName,
    git_ref: &GitRef,
) -> Result<CommitSha, Trouble> {
    let resolve = |remote| async move { git::resolve(&remote, git_ref).await };
    let head = access.by_git(repository, resolve).await;
    let head = head.map_err(Trouble::of_unanswered(repository.to_string()))?;
    let missing = || {
        let branch = &git_ref.name;
        let message = format!(
            "{repository} has no branch {branch}: push it, or name another in the source action"
        );
        Trouble::Fails(FailureCode::RevisionUnavailable, message)
    };
    Ok(head.ok_or_else(missing)?.commit)
}

/// The first branch of a pattern that is at a commit.
pub async fn at(
    access: &Access,
    repository: &RepositoryName,
    commit: &CommitSha,
    pattern: &str,
) -> Result<Option<GitRef>, Trouble> {
    let Ok(pattern) = Pattern::parse(pattern) else { return Ok(None) };
    let heads = |remote| async move { git::heads(&remote, HEADS_MAX).await };
    let heads = access.by_git(repository, heads).await;
    let heads = heads.map_err(Trouble::of_unanswered(repository.to_string()))?;
    let of_it = |(name, head): (String, Head)| {
        let git_ref = GitRef::parse(&name).filter(|it| it.kind == RefKind::Branch)?;
        (head.commit == *commit && pattern.matches(&git_ref.name)).then_some(git_ref)
    };
    Ok(heads.into_iter().find_map(of_it))
}

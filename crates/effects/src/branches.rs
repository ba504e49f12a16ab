//! Where the branches of a source's repository are, by git.

use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use domain::reason::FailureCode;
use domain::{CommitSha, RepositoryName};
use forges::Head;
use forges::git::{self, GitError, Remote};

use crate::access::Access;
use crate::limits::HEADS_MAX;
use crate::trouble::Trouble;

/// The head of a branch.
pub async fn head(
    access: &Access,
    repository: &RepositoryName,
    git_ref: &GitRef,
) -> Result<CommitSha, Trouble> {
    let resolved = |remote: Remote| {
        let git_ref = git_ref.clone();
        async move { git::resolve(&remote, &git_ref).await }
    };
    let head = asked(access, repository, resolved).await?;
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
    let heads = |remote: Remote| async move { git::heads(&remote, HEADS_MAX).await };
    let heads = asked(access, repository, heads).await?;
    let of_it = |(name, head): (String, Head)| {
        let git_ref = GitRef::parse(&name).filter(|it| it.kind == RefKind::Branch)?;
        (head.commit == *commit && pattern.matches(&git_ref.name)).then_some(git_ref)
    };
    Ok(heads.into_iter().find_map(of_it))
}

/// Asks a repository, under its new name where git is led on.
async fn asked<T, Answer: Future<Output = Result<T, GitError>>>(
    access: &Access,
    repository: &RepositoryName,
    ask: impl Fn(Remote) -> Answer,
) -> Result<T, Trouble> {
    let mut said = ask(access.remote(repository).await.map_err(Trouble::unusable)?).await;
    if let Err(GitError::Redirected) = said {
        said = ask(access.moved(repository).await.map_err(Trouble::unusable)?).await;
    }
    said.map_err(Trouble::of_git(repository.to_string()))
}

//! What becomes of pull requests: opened, moved by pushes, aimed elsewhere, closed, merged.

use crate::news::{self, News};
use crate::world::pull_request::{Change, NewPullRequest, PullRequest, State};
use crate::world::repository::Repository;
use crate::world::user::User;
use crate::{Kind, Shared, git, push};
use anyhow::{Context, bail};
use std::sync::Arc;

/// Opens one; gives its number.
pub(crate) async fn open(
    shared: &Arc<Shared>,
    user: &User,
    new: NewPullRequest<'_>,
) -> anyhow::Result<PullRequest> {
    let target = shared.present(new.repository)?;
    let source = shared.present(new.source_repository)?;
    let head = branch(shared, &source, new.source).await?;
    let base = branch(shared, &target, new.target).await?;
    let at = shared.now().rfc3339();
    let made = {
        let mut world = shared.world();
        let numbers = world.pull_requests.iter().filter(|it| it.repository == target.id);
        let number = numbers.map(|it| it.number).max().unwrap_or_default() + 1;
        let made = PullRequest {
            id: world.next_id(),
            number,
            repository: target.id,
            target: new.target.to_owned(),
            source_repository: source.id,
            source: new.source.to_owned(),
            head,
            base,
            title: new.title.to_owned(),
            author: user.login.clone(),
            state: State::Open,
            merge_commit: None,
            version: 0,
            created_at: at.clone(),
            updated_at: at,
        };
        world.pull_requests.push(made.clone());
        made
    };
    if !shared.kind.shows_pull_requests_late() {
        show(shared, &made).await?;
    }
    tell(shared, user, &made, Change::Opened);
    Ok(made)
}

/// Moves every open pull request that comes from this branch.
pub(crate) async fn follow(
    shared: &Arc<Shared>,
    source: &Repository,
    user: &User,
    branch: &str,
    head: &str,
) -> anyhow::Result<()> {
    let moved: Vec<_> = {
        let world = shared.world();
        let follows = |it: &&PullRequest| {
            it.source_repository == source.id
                && it.source == branch
                && it.state == State::Open
                && it.head != head
        };
        world.pull_requests.iter().filter(follows).map(|it| it.id).collect()
    };
    for id in moved {
        let change = |it: &mut PullRequest| {
            let before = std::mem::replace(&mut it.head, head.to_owned());
            Change::Updated { before }
        };
        let (changed, change) = alter(shared, id, change)?;
        if !shared.kind.shows_pull_requests_late() {
            show(shared, &changed).await?;
        }
        tell(shared, user, &changed, change);
    }
    Ok(())
}

/// Aims one at another branch.
pub(crate) async fn retarget(
    shared: &Arc<Shared>,
    user: &User,
    found: &PullRequest,
    target: &str,
) -> anyhow::Result<PullRequest> {
    let repository = shared.repository_by_id(found.repository)?;
    let base = branch(shared, &repository, target).await?;
    let (changed, change) = alter(shared, found.id, |it| Change::Retargeted {
        branch: std::mem::replace(&mut it.target, target.to_owned()),
        base: std::mem::replace(&mut it.base, base),
    })?;
    tell(shared, user, &changed, change);
    Ok(changed)
}

/// Gives one another title.
pub(crate) fn rename(
    shared: &Arc<Shared>,
    user: &User,
    found: &PullRequest,
    title: &str,
) -> anyhow::Result<PullRequest> {
    let (changed, change) = alter(shared, found.id, |it| Change::Edited {
        title: std::mem::replace(&mut it.title, title.to_owned()),
    })?;
    tell(shared, user, &changed, change);
    Ok(changed)
}

/// Closes one, or opens a closed one again.
pub(crate) fn set_open(
    shared: &Arc<Shared>,
    user: &User,
    found: &PullRequest,
    open: bool,
) -> anyhow::Result<PullRequest> {
    if open && shared.kind == Kind::Bitbucket {
        bail!("Bitbucket Cloud opens no declined pull request again");
    }
    let (from, to, change) = match open {
        true => (State::Closed, State::Open, Change::Reopened),
        false => (State::Open, State::Closed, Change::Closed),
    };
    if found.state != from {
        bail!("pull request {} is {:?}", found.number, found.state);
    }
    let (changed, change) = alter(shared, found.id, |it| {
        it.state = to;
        change
    })?;
    tell(shared, user, &changed, change);
    Ok(changed)
}

/// Merges one with a commit of its own, and tells of the push that this is.
pub(crate) async fn merge(
    shared: &Arc<Shared>,
    user: &User,
    found: &PullRequest,
) -> anyhow::Result<PullRequest> {
    if found.state != State::Open {
        bail!("pull request {} is {:?}", found.number, found.state);
    }
    let target = shared.repository_by_id(found.repository)?;
    let folder = shared.folder_of(&target);
    let _one_push_at_a_time = shared.pushing.lock().await;
    let before = git::refs(&folder).await?;
    bring(shared, found, None).await?;
    let message = format!("Merge pull request #{}\n\n{}", found.number, found.title);
    let at = shared.now().0 / 1000;
    let merged = git::merge(&folder, &found.target, &found.head, &message, at).await?;
    let (changed, change) = alter(shared, found.id, |it| {
        it.state = State::Merged;
        it.merge_commit = Some(merged);
        Change::Merged
    })?;
    tell(shared, user, &changed, change);
    push::announce(shared, &target, user, &before).await?;
    Ok(changed)
}

/// Makes the ref that shows its head.
pub(crate) async fn show(shared: &Shared, found: &PullRequest) -> anyhow::Result<()> {
    match shared.kind.pull_request_ref(found.number) {
        Some(name) => bring(shared, found, Some(&name)).await,
        None => Ok(()),
    }
}

/// Brings a fork's commits into the repository they are to be merged into.
async fn bring(shared: &Shared, found: &PullRequest, name: Option<&str>) -> anyhow::Result<()> {
    let target = shared.folder_of(&shared.repository_by_id(found.repository)?);
    let source = shared.folder_of(&shared.repository_by_id(found.source_repository)?);
    git::bring(&target, &source, &found.source, name).await
}

async fn branch(shared: &Shared, of: &Repository, name: &str) -> anyhow::Result<String> {
    let refs = git::refs(&shared.folder_of(of)).await?;
    let full = format!("refs/heads/{name}");
    let found = refs.into_iter().find(|it| it.name == full);
    Ok(found.with_context(|| format!("{} has no branch {name}", of.full_name()))?.sha)
}

fn alter(
    shared: &Shared,
    id: u64,
    change: impl FnOnce(&mut PullRequest) -> Change,
) -> anyhow::Result<(PullRequest, Change)> {
    let at = shared.now().rfc3339();
    let mut world = shared.world();
    let found = world.pull_requests.iter_mut().find(|it| it.id == id);
    let found = found.context("the pull request is gone")?;
    let change = change(found);
    found.version += 1;
    found.updated_at = at;
    Ok((found.clone(), change))
}

fn tell(shared: &Arc<Shared>, user: &User, of: &PullRequest, change: Change) {
    news::tell(shared, of.repository, user, &News::PullRequest(Box::new(of.clone()), change));
}

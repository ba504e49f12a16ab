//! What a push changed, and who is told of it: hooks, and the pull requests that it moves.

use crate::git::{self, RefLine};
use crate::news::{self, News, RefUpdate};
use crate::world::repository::Repository;
use crate::world::user::User;
use crate::{Shared, pull_requests};
use std::path::Path;
use std::sync::Arc;

/// Tells of everything that differs from `before`.
pub(crate) async fn announce(
    shared: &Arc<Shared>,
    repository: &Repository,
    user: &User,
    before: &[RefLine],
) -> anyhow::Result<()> {
    let folder = shared.folder_of(repository);
    let after = git::refs(&folder).await?;
    let updates = updates(&folder, before, &after).await?;
    if updates.is_empty() {
        return Ok(());
    }
    news::tell(shared, repository.id, user, &News::Push(updates.clone()));
    for update in updates.iter().filter(|it| !it.is_tag()) {
        if let Some(head) = &update.after {
            pull_requests::follow(shared, repository, user, update.short_name(), head).await?;
        }
    }
    Ok(())
}

/// The refs that differ, with what a payload says about each.
async fn updates(
    folder: &Path,
    before: &[RefLine],
    after: &[RefLine],
) -> anyhow::Result<Vec<RefUpdate>> {
    let sha = |refs: &[RefLine], name: &str| {
        refs.iter().find(|it| it.name == name).map(|it| it.sha.clone())
    };
    let known: Vec<String> = before.iter().map(|it| it.sha.clone()).collect();
    let mut names: Vec<&String> = before.iter().chain(after).map(|it| &it.name).collect();
    names.sort_unstable();
    names.dedup();
    let mut updates = Vec::new();
    for name in names {
        let (old, new) = (sha(before, name), sha(after, name));
        if old != new {
            updates.push(describe(folder, name, (old, new), &known).await?);
        }
    }
    Ok(updates)
}

/// What a payload says about one ref; `known` is what was reachable before the push.
async fn describe(
    folder: &Path,
    name: &str,
    (before, after): (Option<String>, Option<String>),
    known: &[String],
) -> anyhow::Result<RefUpdate> {
    let mut update = RefUpdate { name: name.to_owned(), ..RefUpdate::default() };
    if let Some(before) = &before {
        update.old_head = git::commits(folder, before, &[]).await?.pop();
    }
    if let Some(after) = &after {
        update.head = git::commits(folder, after, &[]).await?.pop();
        if !known.is_empty() && name.starts_with("refs/heads/") {
            update.commits = git::commits(folder, after, known).await?;
        }
        if let Some(before) = &before {
            update.forced = git::is_forced(folder, before, after).await;
        }
    }
    Ok(RefUpdate { before, after, ..update })
}

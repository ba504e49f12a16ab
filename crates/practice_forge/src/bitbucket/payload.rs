//! Bitbucket Cloud's payloads: one delivery a push, however many refs it changed.

use super::shape;
use crate::deliver::Telling;
use crate::git::Commit;
use crate::limits::BITBUCKET_COMMITS_MAX;
use crate::news::{News, RefUpdate, Scene};
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use serde_json::{Value, json};

pub(crate) fn tell(scene: Scene<'_>, hook: &Hook, news: &News) -> Vec<Telling> {
    match news {
        News::Push(updates) if hook.wants("repo:push") => {
            vec![Telling::new("repo:push", push(scene, updates))]
        }
        News::PullRequest(found, change) => {
            let event = event(change);
            let wanted = hook.wants(event);
            wanted.then(|| Telling::new(event, pull_request(scene, found))).into_iter().collect()
        }
        // There is no ping here, and no test in the API.
        News::Push(_) | News::Ping => Vec::new(),
    }
}

fn push(scene: Scene<'_>, updates: &[RefUpdate]) -> Value {
    let changes: Vec<_> = updates.iter().map(|update| change(scene, update)).collect();
    json!({
        "push": {"changes": changes},
        "repository": shape::repository(scene.base, scene.repository),
        "actor": shape::user(scene.base, scene.user),
    })
}

/// Newest commit first; of older ones only `truncated` tells.
fn change(scene: Scene<'_>, update: &RefUpdate) -> Value {
    let (base, full) = (scene.base, scene.repository.full_name());
    let side = |target: &Commit| {
        shape::reference(base, &full, update.is_tag(), update.short_name(), target)
    };
    let newest = update.newest(BITBUCKET_COMMITS_MAX);
    let commits: Vec<_> = newest.iter().rev().map(|it| shape::commit(base, &full, it)).collect();
    json!({
        "old": update.old_head.as_ref().map(side),
        "new": update.head.as_ref().map(side),
        "created": update.before.is_none(),
        "closed": update.after.is_none(),
        "forced": update.forced,
        "truncated": newest.len() < update.commits.len(),
        "commits": commits,
    })
}

fn pull_request(scene: Scene<'_>, found: &PullRequest) -> Value {
    json!({
        "pullrequest": shape::pull_request(scene.base, scene.world, found),
        "repository": shape::repository(scene.base, scene.repository),
        "actor": shape::user(scene.base, scene.user),
    })
}

/// `updated` is of the code, of the target and of the words alike: only the source's hash tells.
fn event(change: &Change) -> &'static str {
    match change {
        Change::Opened | Change::Reopened => "pullrequest:created",
        Change::Updated { .. } | Change::Retargeted { .. } | Change::Edited { .. } => {
            "pullrequest:updated"
        }
        Change::Closed => "pullrequest:rejected",
        Change::Merged => "pullrequest:fulfilled",
    }
}

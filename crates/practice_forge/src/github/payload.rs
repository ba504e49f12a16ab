//! GitHub's payloads: one delivery a ref, and every pull request's action by name.

use super::shape;
use crate::Shared;
use crate::deliver::Telling;
use crate::limits::{GITHUB_COMMITS_MAX, GITHUB_TAGS_MAX};
use crate::news::{News, RefUpdate, Scene};
use crate::world::World;
use crate::world::app::Installation;
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use crate::world::repository::Repository;
use serde_json::{Value, json};

pub(crate) fn tell(scene: Scene<'_>, hook: &Hook, news: &News) -> Vec<Telling> {
    match news {
        News::Push(updates) if hook.wants("push") => {
            let tags = updates.iter().filter(|it| it.is_tag()).count();
            let skipped = (tags > GITHUB_TAGS_MAX).then_some("more tags than hooks are told of");
            let told = |update: &RefUpdate| Telling {
                skipped: skipped.filter(|_| update.is_tag()),
                ..Telling::new("push", push(scene, update))
            };
            updates.iter().map(told).collect()
        }
        News::PullRequest(found, change) if hook.wants("pull_request") => {
            vec![Telling::new("pull_request", pull_request(scene, found, change))]
        }
        News::Ping => vec![Telling::new("ping", ping(scene, hook))],
        News::Push(_) | News::PullRequest(..) => Vec::new(),
    }
}

fn push(scene: Scene<'_>, update: &RefUpdate) -> Value {
    let Scene { base, repository, user, world } = scene;
    let listed = |commit| shape::pushed_commit(scene, commit);
    let (before, after) = (update.before(), update.after());
    let full = repository.full_name();
    json!({
        "ref": update.name,
        "before": before,
        "after": after,
        "repository": shape::repository(base, world, repository, user),
        "pusher": {"name": user.login, "email": user.email()},
        "sender": shape::user(base, user),
        "created": update.before.is_none(),
        "deleted": update.after.is_none(),
        "forced": update.forced,
        "base_ref": null,
        "compare": format!("{base}{full}/compare/{}...{}", &before[..12], &after[..12]),
        "commits": update.newest(GITHUB_COMMITS_MAX).iter().map(listed).collect::<Vec<_>>(),
        "head_commit": update.head.as_ref().map(listed),
    })
}

fn pull_request(scene: Scene<'_>, found: &PullRequest, change: &Change) -> Value {
    let Scene { base, repository, user, world } = scene;
    let mut payload = json!({
        "action": action(change),
        "number": found.number,
        "pull_request": shape::pull_request(base, world, found, user),
        "repository": shape::repository(base, world, repository, user),
        "sender": shape::user(base, user),
    });
    match change {
        Change::Updated { before } => {
            payload["before"] = json!(before);
            payload["after"] = json!(found.head);
        }
        Change::Retargeted { branch, base } => {
            payload["changes"] = json!({"base": {"ref": {"from": branch}, "sha": {"from": base}}});
        }
        Change::Edited { title } => payload["changes"] = json!({"title": {"from": title}}),
        Change::Opened | Change::Reopened | Change::Closed | Change::Merged => {}
    }
    payload
}

fn action(change: &Change) -> &'static str {
    match change {
        Change::Opened => "opened",
        Change::Reopened => "reopened",
        Change::Updated { .. } => "synchronize",
        Change::Retargeted { .. } | Change::Edited { .. } => "edited",
        Change::Closed | Change::Merged => "closed",
    }
}

fn ping(scene: Scene<'_>, hook: &Hook) -> Value {
    let Scene { base, repository, user, world } = scene;
    json!({
        "zen": "Practicality beats purity.",
        "hook_id": hook.id,
        "hook": shape::hook(base, repository, hook),
        "repository": shape::repository(base, world, repository, user),
        "sender": shape::user(base, user),
    })
}

/// What an App is told of one of its installations.
pub(crate) fn installation_news(
    shared: &Shared,
    world: &World,
    found: &Installation,
    action: &str,
    more: Value,
) -> Value {
    let base = shared.base.as_str();
    let seen = world.repositories.iter().filter(|it| found.covers(it));
    let listed = |it: &Repository| {
        json!({
            "id": it.id,
            "node_id": format!("R_{}", it.id),
            "name": it.name,
            "full_name": it.full_name(),
            "private": true,
        })
    };
    let mut payload = json!({
        "action": action,
        "installation": shape::installation(base, world, found),
        "repositories": seen.map(listed).collect::<Vec<_>>(),
        "requester": null,
        "sender": shape::owner(base, world, &world.signed_in),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        payload[name] = value.clone();
    }
    payload
}

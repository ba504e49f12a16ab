//! Bitbucket Server's payloads: one delivery a push, however many refs it changed.

use super::shape;
use crate::deliver::Telling;
use crate::limits::BITBUCKET_COMMITS_MAX;
use crate::news::{News, RefUpdate, Scene};
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use serde_json::{Value, json};

pub(crate) fn tell(scene: Scene<'_>, hook: &Hook, news: &News) -> Vec<Telling> {
    match news {
        News::Push(updates) if hook.wants("repo:refs_changed") => {
            vec![Telling::new("repo:refs_changed", push(scene, updates))]
        }
        News::PullRequest(found, change) => {
            let event = event(change);
            let told = || Telling::new(event, pull_request(scene, event, found, change));
            hook.wants(event).then(told).into_iter().collect()
        }
        News::Ping => vec![Telling::new("diagnostics:ping", json!({"test": true}))],
        News::Push(_) => Vec::new(),
    }
}

/// What every payload begins with; the date is Bitbucket Server 10's.
fn head(scene: Scene<'_>, event: &str, at: &str) -> Value {
    json!({
        "eventKey": event,
        "date": at,
        "actor": shape::user(scene.base, scene.user),
    })
}

fn push(scene: Scene<'_>, updates: &[RefUpdate]) -> Value {
    let newest = updates.iter().flat_map(|it| it.newest(BITBUCKET_COMMITS_MAX)).next_back();
    let at = newest.map(|it| it.timestamp.as_str()).unwrap_or("2026-01-01T00:00:00+0000");
    let mut payload = head(scene, "repo:refs_changed", at);
    let listed = updates.iter().flat_map(|it| it.newest(BITBUCKET_COMMITS_MAX).iter().rev());
    let listed: Vec<_> = listed.take(BITBUCKET_COMMITS_MAX).map(shape::commit).collect();
    payload["repository"] = shape::repository(scene.base, scene.world, scene.repository);
    payload["changes"] = updates.iter().map(change).collect();
    payload["commits"] = json!(listed);
    // Of a push of one ref, the commit it leads to.
    if let [RefUpdate { head: Some(head), .. }] = updates {
        payload["toCommit"] = shape::commit(head);
    }
    payload
}

/// `toHash` of an annotated tag is the tag's own object.
fn change(update: &RefUpdate) -> Value {
    let kind = match (&update.before, &update.after) {
        (None, _) => "ADD",
        (Some(_), None) => "DELETE",
        (Some(_), Some(_)) => "UPDATE",
    };
    json!({
        "ref": {
            "id": update.name,
            "displayId": update.short_name(),
            "type": if update.is_tag() { "TAG" } else { "BRANCH" },
        },
        "refId": update.name,
        "fromHash": update.before(),
        "toHash": update.after(),
        "type": kind,
    })
}

fn pull_request(scene: Scene<'_>, event: &str, found: &PullRequest, change: &Change) -> Value {
    let mut payload = head(scene, event, &found.updated_at);
    payload["pullRequest"] = shape::pull_request(scene.base, scene.world, found);
    let (mut title, mut target, mut base) = (&found.title, &found.target, &found.base);
    match change {
        Change::Updated { before } => {
            payload["previousFromHash"] = json!(before);
            return payload;
        }
        Change::Retargeted { branch, base: before } => (target, base) = (branch, before),
        Change::Edited { title: before } => title = before,
        Change::Opened | Change::Reopened | Change::Closed | Change::Merged => return payload,
    }
    payload["previousTitle"] = json!(title);
    payload["previousDescription"] = json!("");
    payload["previousTarget"] = json!({
        "id": format!("refs/heads/{target}"),
        "displayId": target,
        "type": "BRANCH",
        "latestCommit": base,
        "latestChangeset": base,
    });
    payload
}

fn event(change: &Change) -> &'static str {
    match change {
        Change::Opened => "pr:opened",
        Change::Reopened => "pr:reopened",
        Change::Updated { .. } => "pr:from_ref_updated",
        Change::Retargeted { .. } | Change::Edited { .. } => "pr:modified",
        Change::Closed => "pr:declined",
        Change::Merged => "pr:merged",
    }
}

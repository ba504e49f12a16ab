//! GitLab's payloads: one delivery a ref, and none at all for a push of too many.

use super::shape;
use crate::deliver::Telling;
use crate::limits::{GITLAB_COMMITS_MAX, GITLAB_REFS_MAX};
use crate::news::{News, RefUpdate, Scene};
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use serde_json::{Value, json};

pub(crate) fn tell(scene: Scene<'_>, hook: &Hook, news: &News) -> Vec<Telling> {
    match news {
        News::Push(updates) => {
            let (tags, branches): (Vec<_>, Vec<_>) = updates.iter().partition(|it| it.is_tag());
            let mut told = pushes(scene, &branches, hook.wants("push_events"), "Push Hook");
            told.extend(pushes(scene, &tags, hook.wants("tag_push_events"), "Tag Push Hook"));
            told
        }
        News::PullRequest(found, change) if hook.wants("merge_requests_events") => {
            vec![Telling::new("Merge Request Hook", merge_request(scene, found, change))]
        }
        // GitLab sends no ping: its tests are real events.
        News::PullRequest(..) | News::Ping => Vec::new(),
    }
}

fn pushes(scene: Scene<'_>, updates: &[&RefUpdate], wanted: bool, event: &str) -> Vec<Telling> {
    if !wanted || updates.is_empty() {
        return Vec::new();
    }
    if updates.len() > GITLAB_REFS_MAX {
        let skipped = Some("more branches or tags in one push than hooks are told of");
        return vec![Telling { skipped, ..Telling::new(event, Value::Null) }];
    }
    updates.iter().map(|update| Telling::new(event, push(scene, update))).collect()
}

/// `after` of an annotated tag is the tag's own object; `checkout_sha` is the commit.
pub(super) fn push(scene: Scene<'_>, update: &RefUpdate) -> Value {
    let Scene { base, repository, user, .. } = scene;
    let (path, kind) = (repository.full_name(), if update.is_tag() { "tag_push" } else { "push" });
    let mut listed: Vec<_> = update.newest(GITLAB_COMMITS_MAX).iter().collect();
    if update.is_tag() {
        listed.extend(&update.head);
    }
    let commits = listed.into_iter().map(|commit| shape::pushed_commit(base, &path, commit));
    let commits: Vec<_> = commits.collect();
    let total = update.commits.len().max(commits.len());
    json!({
        "object_kind": kind,
        "event_name": kind,
        "before": update.before(),
        "after": update.after(),
        "ref": update.name,
        "ref_protected": repository.protects(&update.name),
        "checkout_sha": update.head.as_ref().map(|commit| &commit.id),
        "message": null,
        "user_id": user.id,
        "user_name": user.login,
        "user_username": user.login,
        "user_email": user.email(),
        "project_id": repository.id,
        "project": shape::pushed_project(base, repository),
        "commits": commits,
        "total_commits_count": total,
        "push_options": {},
        "repository": shape::old_repository(scene),
    })
}

fn merge_request(scene: Scene<'_>, found: &PullRequest, change: &Change) -> Value {
    let Scene { base, repository, user, world } = scene;
    let source = world.repository_by_id(found.source_repository);
    let path = repository.full_name();
    let mut attributes = json!({
        "id": found.id,
        "iid": found.number,
        "author_id": world.user(&found.author).map(|it| it.id),
        "title": found.title,
        "description": "",
        "state": shape::state(found),
        "action": action(change),
        "draft": false,
        "work_in_progress": false,
        "source_branch": found.source,
        "source_project_id": found.source_repository,
        "target_branch": found.target,
        "target_project_id": found.repository,
        "source": source.map(|it| shape::pushed_project(base, it)),
        "target": shape::pushed_project(base, repository),
        "last_commit": {
            "id": found.head,
            "message": found.title,
            "timestamp": found.updated_at,
            "url": format!("{base}{path}/-/commit/{}", found.head),
            "author": {"name": found.author, "email": format!("{}@example.org", found.author)},
        },
        "merge_commit_sha": found.merge_commit,
        "merge_status": "can_be_merged",
        "url": format!("{base}{path}/-/merge_requests/{}", found.number),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    });
    if let Change::Updated { before } = change {
        attributes["oldrev"] = json!(before);
    }
    json!({
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": shape::user(base, user),
        "project": shape::pushed_project(base, repository),
        "object_attributes": attributes,
        "labels": [],
        "changes": changes(found, change),
        "repository": shape::old_repository(scene),
    })
}

fn action(change: &Change) -> &'static str {
    match change {
        Change::Opened => "open",
        Change::Reopened => "reopen",
        // Only with `oldrev` is an update one of the code.
        Change::Updated { .. } | Change::Retargeted { .. } | Change::Edited { .. } => "update",
        Change::Closed => "close",
        Change::Merged => "merge",
    }
}

fn changes(found: &PullRequest, change: &Change) -> Value {
    match change {
        Change::Retargeted { branch, .. } => {
            json!({"target_branch": {"previous": branch, "current": found.target}})
        }
        Change::Edited { title } => json!({"title": {"previous": title, "current": found.title}}),
        _ => json!({}),
    }
}

//! What a delivery says: GitHub's payloads, with the members that GitHub's own have.

use crate::repository::Commit;
use crate::world::{Hook, Repository, User};
use serde_json::{Value, json};

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A ref that a push changed; an absent side means that the ref was, or is, not there.
#[derive(Clone, Debug)]
pub(crate) struct RefUpdate {
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) forced: bool,
    /// Oldest first.
    pub(crate) commits: Vec<Commit>,
    pub(crate) head: Option<Commit>,
}

pub(crate) fn push(base: &str, repository: &Repository, user: &User, update: &RefUpdate) -> Value {
    let full = repository.full_name();
    let listed = |commit: &Commit| commit_json(base, &full, user, commit);
    let before = update.before.as_deref().unwrap_or(ZEROS);
    let after = update.after.as_deref().unwrap_or(ZEROS);
    json!({
        "ref": update.name,
        "before": before,
        "after": after,
        "repository": repository_json(base, repository, user),
        "pusher": {"name": user.login, "email": email(user)},
        "sender": user_json(base, user),
        "created": update.before.is_none(),
        "deleted": update.after.is_none(),
        "forced": update.forced,
        "base_ref": null,
        "compare": format!("{base}{full}/compare/{}...{}", &before[..12], &after[..12]),
        "commits": update.commits.iter().map(listed).collect::<Vec<_>>(),
        "head_commit": update.head.as_ref().map(listed),
    })
}

pub(crate) fn ping(base: &str, repository: &Repository, user: &User, hook: &Hook) -> Value {
    json!({
        "zen": "Practicality beats purity.",
        "hook_id": hook.id,
        "hook": hook.json(base, repository),
        "repository": repository_json(base, repository, user),
        "sender": user_json(base, user),
    })
}

fn commit_json(base: &str, full_name: &str, user: &User, commit: &Commit) -> Value {
    let person = json!({
        "name": commit.author_name,
        "email": commit.author_email,
        "username": user.login,
    });
    json!({
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message,
        "timestamp": commit.timestamp,
        "url": format!("{base}{full_name}/commit/{}", commit.id),
        "author": person,
        "committer": person,
        "added": commit.added,
        "removed": commit.removed,
        "modified": commit.modified,
    })
}

pub(crate) fn repository_json(base: &str, repository: &Repository, owner: &User) -> Value {
    let full = repository.full_name();
    let api = format!("{base}api/v3/repos/{full}");
    json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": full,
        "private": true,
        "owner": user_json(base, owner),
        "html_url": format!("{base}{full}"),
        "description": null,
        "fork": false,
        "url": api,
        "hooks_url": format!("{api}/hooks"),
        "statuses_url": format!("{api}/statuses/{{sha}}"),
        "git_refs_url": format!("{api}/git/refs{{/sha}}"),
        "commits_url": format!("{api}/commits{{/sha}}"),
        "clone_url": format!("{base}{full}.git"),
        "default_branch": repository.default_branch,
        "visibility": "private",
        "archived": false,
        "disabled": false,
        "permissions": {"admin": true, "maintain": true, "push": true, "triage": true, "pull": true},
    })
}

pub(crate) fn user_json(base: &str, user: &User) -> Value {
    json!({
        "login": user.login,
        "id": user.id,
        "node_id": format!("U_{}", user.id),
        "url": format!("{base}api/v3/users/{}", user.login),
        "html_url": format!("{base}{}", user.login),
        "type": "User",
        "site_admin": false,
        "name": user.login,
        "email": email(user),
    })
}

fn email(user: &User) -> String {
    format!("{}@example.org", user.login)
}

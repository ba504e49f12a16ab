//! GitHub's objects, as its API and its payloads alike show them.

use crate::git::Commit;
use crate::news::Scene;
use crate::world::app::{App, Installation};
use crate::world::hook::Hook;
use crate::world::pull_request::{PullRequest, State};
use crate::world::repository::{Access, Repository};
use crate::world::user::User;
use crate::world::{Status, World};
use serde_json::{Value, json};

/// When everything was made.
const LONG_AGO: &str = "2026-01-01T00:00:00Z";

pub(super) fn user(base: &str, user: &User) -> Value {
    json!({
        "login": user.login,
        "id": user.id,
        "node_id": format!("U_{}", user.id),
        "url": format!("{base}api/v3/users/{}", user.login),
        "html_url": format!("{base}{}", user.login),
        "type": "User",
        "site_admin": false,
        "name": user.login,
        "email": user.email(),
    })
}

/// A user of that name, or an organisation.
pub(super) fn owner(base: &str, world: &World, login: &str) -> Value {
    if let Some(found) = world.user(login) {
        return user(base, found);
    }
    json!({
        "login": login,
        "id": 0,
        "node_id": format!("O_{login}"),
        "url": format!("{base}api/v3/users/{login}"),
        "html_url": format!("{base}{login}"),
        "type": "Organization",
        "site_admin": false,
    })
}

/// As `viewer` sees it.
pub(super) fn repository(base: &str, world: &World, found: &Repository, viewer: &User) -> Value {
    let full = found.full_name();
    let api = format!("{base}api/v3/repos/{full}");
    let access = found.access_of(&viewer.login);
    let may = |need: Access| access >= need;
    json!({
        "id": found.id,
        "node_id": format!("R_{}", found.id),
        "name": found.name,
        "full_name": full,
        "private": true,
        "owner": owner(base, world, &found.owner),
        "html_url": format!("{base}{full}"),
        "description": null,
        "fork": found.fork_of.is_some(),
        "url": api,
        "hooks_url": format!("{api}/hooks"),
        "statuses_url": format!("{api}/statuses/{{sha}}"),
        "git_refs_url": format!("{api}/git/refs{{/sha}}"),
        "commits_url": format!("{api}/commits{{/sha}}"),
        "clone_url": format!("{base}{full}.git"),
        "default_branch": found.default_branch,
        "visibility": "private",
        "archived": false,
        "disabled": false,
        "permissions": {
            "admin": may(Access::Admin),
            "maintain": may(Access::Admin),
            "push": may(Access::Write),
            "triage": may(Access::Write),
            "pull": may(Access::Read),
        },
    })
}

/// As a push lists it.
pub(super) fn pushed_commit(scene: Scene<'_>, commit: &Commit) -> Value {
    let person = json!({
        "name": commit.author_name,
        "email": commit.author_email,
        "username": scene.user.login,
    });
    json!({
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message,
        "timestamp": commit.timestamp,
        "url": format!("{}{}/commit/{}", scene.base, scene.repository.full_name(), commit.id),
        "author": person,
        "committer": person,
        "added": commit.added,
        "removed": commit.removed,
        "modified": commit.modified,
    })
}

/// As the API shows it.
pub(super) fn commit(base: &str, full_name: &str, commit: &Commit) -> Value {
    let url = format!("{base}api/v3/repos/{full_name}/commits/{}", commit.id);
    let person = json!({
        "name": commit.author_name,
        "email": commit.author_email,
        "date": commit.timestamp,
    });
    let parent = |sha: &String| json!({"sha": sha});
    json!({
        "sha": commit.id,
        "url": url,
        "html_url": format!("{base}{full_name}/commit/{}", commit.id),
        "commit": {
            "message": commit.message,
            "author": person,
            "committer": person,
            "tree": {"sha": commit.tree},
        },
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
    })
}

pub(super) fn pull_request(base: &str, world: &World, found: &PullRequest, viewer: &User) -> Value {
    let side = |id: u64, branch: &str, sha: &str| {
        let of = world.repository_by_id(id);
        let owned = of.map(|it| it.owner.as_str()).unwrap_or_default();
        json!({
            "label": format!("{owned}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": owner(base, world, owned),
            // Null where the fork is gone.
            "repo": of.map(|it| repository(base, world, it, viewer)),
        })
    };
    let target = world.repository_by_id(found.repository).map(Repository::full_name);
    let target = target.unwrap_or_default();
    let ended = (found.state != State::Open).then_some(&found.updated_at);
    let merged = found.state == State::Merged;
    json!({
        "url": format!("{base}api/v3/repos/{target}/pulls/{}", found.number),
        "html_url": format!("{base}{target}/pull/{}", found.number),
        "id": found.id,
        "node_id": format!("PR_{}", found.id),
        "number": found.number,
        "state": if found.state == State::Open { "open" } else { "closed" },
        "locked": false,
        "draft": false,
        "title": found.title,
        "body": null,
        "user": owner(base, world, &found.author),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "closed_at": ended,
        "merged": merged,
        "merged_at": ended.filter(|_| merged),
        "merge_commit_sha": found.merge_commit,
        "head": side(found.source_repository, &found.source, &found.head),
        "base": side(found.repository, &found.target, &found.base),
    })
}

pub(super) fn hook(base: &str, repository: &Repository, found: &Hook) -> Value {
    let url = format!("{base}api/v3/repos/{}/hooks/{}", repository.full_name(), found.id);
    json!({
        "type": "Repository",
        "id": found.id,
        "name": "web",
        "active": found.active,
        "events": found.events,
        "config": {
            "content_type": "json",
            "insecure_ssl": if found.verifies_tls { "0" } else { "1" },
            "url": found.url,
            "secret": "********",
        },
        "updated_at": LONG_AGO,
        "created_at": LONG_AGO,
        "url": url,
        "test_url": format!("{url}/test"),
        "ping_url": format!("{url}/pings"),
        "deliveries_url": format!("{url}/deliveries"),
        "last_response": {"code": null, "status": "unused", "message": null},
    })
}

pub(super) fn status(base: &str, found: &Status) -> Value {
    json!({
        "url": format!("{base}api/v3/repos/{}/statuses/{}", found.repository, found.commit),
        "state": found.state,
        "context": found.context,
        "description": found.description,
        "target_url": found.target_url,
        "creator": {"login": found.creator},
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    })
}

pub(super) fn app(base: &str, world: &World, found: &App) -> Value {
    json!({
        "id": found.number,
        "slug": found.slug,
        "node_id": format!("A_{}", found.number),
        "client_id": found.client_id,
        "owner": owner(base, world, &found.owner),
        "name": found.name,
        "description": null,
        "external_url": base,
        "html_url": format!("{base}github-apps/{}", found.slug),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "permissions": found.permissions,
        "events": found.events,
    })
}

pub(super) fn installation(base: &str, world: &World, found: &Installation) -> Value {
    let app = world.apps.iter().find(|app| app.number == found.app);
    let account = owner(base, world, &found.owner);
    json!({
        "id": found.number,
        "target_id": account["id"],
        "target_type": account["type"],
        "account": account,
        "repository_selection": if found.repositories.is_some() { "selected" } else { "all" },
        "access_tokens_url": format!("{base}api/v3/app/installations/{}/access_tokens", found.number),
        "repositories_url": format!("{base}api/v3/installation/repositories"),
        "html_url": format!("{base}settings/installations/{}", found.number),
        "app_id": found.app,
        "app_slug": app.map(|app| &app.slug),
        "permissions": found.permissions,
        "events": app.map(|app| &app.events),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": found.suspended_at,
    })
}

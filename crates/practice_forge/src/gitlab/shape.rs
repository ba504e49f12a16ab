//! GitLab's objects, as its API and its payloads show them.

use crate::git::Commit;
use crate::news::Scene;
use crate::world::hook::Hook;
use crate::world::pull_request::{PullRequest, State};
use crate::world::repository::{Access, Repository};
use crate::world::user::User;
use crate::world::{Status, World};
use serde_json::{Value, json};

const LONG_AGO: &str = "2026-01-01T00:00:00.000Z";

pub(super) fn user(base: &str, user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.login,
        "name": user.login,
        "state": "active",
        "email": user.email(),
        "web_url": format!("{base}{}", user.login),
    })
}

/// As the API shows it to `viewer`.
pub(super) fn project(base: &str, found: &Repository, viewer: &User) -> Value {
    let path = found.full_name();
    let level = match found.access_of(&viewer.login) {
        Access::None => 0,
        Access::Read => 20,
        Access::Write => 30,
        Access::Admin => 40,
    };
    let mut project = json!({
        "id": found.id,
        "name": found.name,
        "path": found.name,
        "path_with_namespace": path,
        "name_with_namespace": path.replace('/', " / "),
        "namespace": {"name": found.owner, "path": found.owner, "full_path": found.owner},
        "default_branch": found.default_branch,
        "visibility": "private",
        "archived": false,
        "web_url": format!("{base}{path}"),
        "http_url_to_repo": format!("{base}{path}.git"),
        "permissions": {"project_access": {"access_level": level}, "group_access": null},
    });
    if let Some(id) = found.fork_of {
        project["forked_from_project"] = json!({"id": id});
    }
    project
}

/// As a payload shows it; `namespace` is a name to be read, not a path.
pub(super) fn pushed_project(base: &str, found: &Repository) -> Value {
    let path = found.full_name();
    let (web, http) = (format!("{base}{path}"), format!("{base}{path}.git"));
    let ssh = format!("git@localhost:{path}.git");
    json!({
        "id": found.id,
        "name": found.name,
        "description": "",
        "web_url": web,
        "avatar_url": null,
        "git_ssh_url": ssh,
        "git_http_url": http,
        "namespace": found.owner.rsplit('/').next(),
        "visibility_level": 0,
        "path_with_namespace": path,
        "default_branch": found.default_branch,
        "ci_config_path": null,
        "homepage": web,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": http,
    })
}

/// As a payload lists it.
pub(super) fn pushed_commit(base: &str, path: &str, commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "message": format!("{}\n", commit.message),
        "title": commit.message.lines().next(),
        "timestamp": commit.timestamp,
        "url": format!("{base}{path}/-/commit/{}", commit.id),
        "author": {"name": commit.author_name, "email": commit.author_email},
        "added": commit.added,
        "modified": commit.modified,
        "removed": commit.removed,
    })
}

/// As the API shows it.
pub(super) fn commit(base: &str, path: &str, commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "short_id": &commit.id[..8],
        "title": commit.message.lines().next(),
        "message": format!("{}\n", commit.message),
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "authored_date": commit.timestamp,
        "committer_name": commit.author_name,
        "committer_email": commit.author_email,
        "committed_date": commit.timestamp,
        "created_at": commit.timestamp,
        "parent_ids": commit.parents,
        "web_url": format!("{base}{path}/-/commit/{}", commit.id),
    })
}

pub(super) fn hook(found: &Hook) -> Value {
    let alert = match (found.health.disabled, found.health.resting_until) {
        (true, _) => "disabled",
        (false, Some(_)) => "temporarily_disabled",
        (false, None) => "executable",
    };
    let mut hook = json!({
        "id": found.id,
        "url": found.url,
        "name": found.name,
        "description": null,
        "project_id": found.repository,
        "enable_ssl_verification": found.verifies_tls,
        "push_events_branch_filter": "",
        "branch_filter_strategy": "wildcard",
        "alert_status": alert,
        "disabled_until": found.health.resting_until.map(|until| until.rfc3339()),
        "token_present": !found.secret.is_empty(),
        "signing_token_present": found.signing_token.is_some(),
        "custom_headers": [],
        "url_variables": [],
        "created_at": LONG_AGO,
    });
    super::hooks::EVENTS
        .iter()
        .for_each(|name| hook[*name] = found.events.iter().any(|it| it == name).into());
    hook
}

pub(super) fn status(base: &str, world: &World, found: &Status) -> Value {
    json!({
        "sha": found.commit,
        "status": found.state,
        "name": found.context,
        "description": found.description,
        "target_url": found.target_url,
        "author": world.user(&found.creator).map(|it| user(base, it)),
        "allow_failure": false,
        "created_at": LONG_AGO,
    })
}

/// GitLab's words for how a merge request stands.
pub(super) fn state(found: &PullRequest) -> &'static str {
    match found.state {
        State::Open => "opened",
        State::Closed => "closed",
        State::Merged => "merged",
    }
}

/// As the API shows it.
pub(super) fn merge_request(base: &str, world: &World, found: &PullRequest) -> Value {
    let path = world.repository_by_id(found.repository).map(Repository::full_name);
    json!({
        "id": found.id,
        "iid": found.number,
        "project_id": found.repository,
        "source_project_id": found.source_repository,
        "target_project_id": found.repository,
        "source_branch": found.source,
        "target_branch": found.target,
        "title": found.title,
        "description": null,
        "state": state(found),
        "draft": false,
        "sha": found.head,
        "diff_refs": {"base_sha": found.base, "start_sha": found.base, "head_sha": found.head},
        "merge_commit_sha": found.merge_commit,
        "author": world.user(&found.author).map(|it| user(base, it)),
        "web_url": format!("{base}{}/-/merge_requests/{}", path.unwrap_or_default(), found.number),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    })
}

/// The old, smaller shape of a project that payloads end with.
pub(super) fn old_repository(scene: Scene<'_>) -> Value {
    let project = pushed_project(scene.base, scene.repository);
    json!({
        "name": project["name"],
        "url": project["url"],
        "description": "",
        "homepage": project["homepage"],
        "git_http_url": project["git_http_url"],
        "git_ssh_url": project["git_ssh_url"],
        "visibility_level": 0,
    })
}

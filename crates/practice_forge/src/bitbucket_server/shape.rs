//! Bitbucket Server's objects, as its API and its payloads alike show them.

use crate::git::Commit;
use crate::world::World;
use crate::world::hook::Hook;
use crate::world::pull_request::{PullRequest, State};
use crate::world::repository::Repository;
use crate::world::user::User;
use serde_json::{Value, json};

pub(super) fn user(base: &str, user: &User) -> Value {
    json!({
        "name": user.login,
        "slug": user.login,
        "emailAddress": user.email(),
        "id": user.id,
        "displayName": user.login,
        "active": true,
        "type": "NORMAL",
        "links": {"self": [{"href": format!("{base}users/{}", user.login)}]},
    })
}

/// A project has the number of its first repository; `~user` is a person's own.
pub(super) fn repository(base: &str, world: &World, found: &Repository) -> Value {
    let (key, slug) = (&found.owner, &found.name);
    let first = world.repositories.iter().find(|it| it.owner == *key);
    let origin = found.fork_of.and_then(|id| world.repository_by_id(id));
    let mut shown = json!({
        "slug": slug,
        "id": found.id,
        "name": slug,
        "hierarchyId": found.uuid.replace('-', "").get(..20),
        "scmId": "git",
        "state": "AVAILABLE",
        "statusMessage": "Available",
        "forkable": true,
        "project": {
            "key": key,
            "id": first.map(|it| it.id),
            "name": key,
            "public": false,
            "type": if key.starts_with('~') { "PERSONAL" } else { "NORMAL" },
            "links": {"self": [{"href": format!("{base}projects/{key}")}]},
        },
        "public": false,
        "archived": false,
        "links": {
            "clone": [{"href": format!("{base}scm/{}/{slug}.git", key.to_lowercase()), "name": "http"}],
            "self": [{"href": format!("{base}projects/{key}/repos/{slug}/browse")}],
        },
    });
    if let Some(origin) = origin {
        shown["origin"] = repository(base, world, origin);
    }
    shown
}

/// Milliseconds since 1970, as the API has times.
pub(super) fn millis(time: &str) -> Option<i64> {
    domain::Timestamp::from_rfc3339(time).map(|at| at.0)
}

pub(super) fn commit(commit: &Commit) -> Value {
    let short = |sha: &str| sha.get(..11).unwrap_or(sha).to_owned();
    let person = json!({"name": commit.author_name, "emailAddress": commit.author_email});
    let parent = |sha: &String| json!({"id": sha, "displayId": short(sha)});
    json!({
        "id": commit.id,
        "displayId": short(&commit.id),
        "author": person,
        "authorTimestamp": millis(&commit.timestamp),
        "committer": person,
        "committerTimestamp": millis(&commit.timestamp),
        "message": commit.message,
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
    })
}

/// A hook shows its secret to whoever may see hooks.
pub(super) fn hook(found: &Hook) -> Value {
    let mut configuration = json!({});
    if !found.secret.is_empty() {
        configuration["secret"] = json!(found.secret);
    }
    json!({
        "id": found.id,
        "name": found.name,
        "createdDate": 1_767_225_600_000_i64,
        "updatedDate": 1_767_225_600_000_i64,
        "events": found.events,
        "configuration": configuration,
        "url": found.url,
        "active": found.active,
        "scopeType": "repository",
        "sslVerificationRequired": found.verifies_tls,
    })
}

/// One end of a pull request.
pub(super) fn end(base: &str, world: &World, id: u64, branch: &str, sha: &str) -> Value {
    json!({
        "id": format!("refs/heads/{branch}"),
        "displayId": branch,
        "latestCommit": sha,
        "type": "BRANCH",
        "repository": world.repository_by_id(id).map(|it| repository(base, world, it)),
    })
}

pub(super) fn pull_request(base: &str, world: &World, found: &PullRequest) -> Value {
    let target = world.repository_by_id(found.repository);
    let link = target.map(|it| {
        format!("{base}projects/{}/repos/{}/pull-requests/{}", it.owner, it.name, found.number)
    });
    let mut shown = json!({
        "id": found.number,
        "version": found.version,
        "title": found.title,
        "state": match found.state {
            State::Open => "OPEN",
            State::Closed => "DECLINED",
            State::Merged => "MERGED",
        },
        "open": found.state == State::Open,
        "closed": found.state != State::Open,
        "draft": false,
        "createdDate": millis(&found.created_at),
        "updatedDate": millis(&found.updated_at),
        "fromRef": end(base, world, found.source_repository, &found.source, &found.head),
        "toRef": end(base, world, found.repository, &found.target, &found.base),
        "locked": false,
        "author": {
            "user": world.user(&found.author).map(|it| user(base, it)),
            "role": "AUTHOR",
            "approved": false,
            "status": "UNAPPROVED",
        },
        "reviewers": [],
        "participants": [],
        "links": {"self": [{"href": link}]},
    });
    if let Some(sha) = &found.merge_commit {
        shown["properties"] = json!({"mergeCommit": {"id": sha, "displayId": sha.get(..11)}});
    }
    shown
}

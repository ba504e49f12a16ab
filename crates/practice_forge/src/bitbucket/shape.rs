//! Bitbucket Cloud's objects, as its API and its payloads alike show them.

use crate::git::Commit;
use crate::world::hook::Hook;
use crate::world::pull_request::{PullRequest, State};
use crate::world::repository::Repository;
use crate::world::user::User;
use crate::world::{Status, World};
use serde_json::{Value, json};

const LONG_AGO: &str = "2026-01-01T00:00:00.000000+00:00";

pub(super) fn user(base: &str, user: &User) -> Value {
    json!({
        "type": "user",
        "display_name": user.login,
        "nickname": user.login,
        "uuid": format!("{{{}}}", user.uuid),
        "account_id": format!("557058:{}", user.uuid),
        "links": {"self": {"href": format!("{base}2.0/users/%7B{}%7D", user.uuid)}},
    })
}

pub(super) fn repository(base: &str, found: &Repository) -> Value {
    let full = found.full_name();
    let api = format!("{base}2.0/repositories/{full}");
    json!({
        "type": "repository",
        "uuid": format!("{{{}}}", found.uuid),
        "full_name": full,
        "name": found.name,
        "slug": found.name,
        "scm": "git",
        "is_private": true,
        "workspace": workspace(&found.owner),
        "owner": {"type": "team", "username": found.owner, "display_name": found.owner},
        "mainbranch": {"type": "branch", "name": found.default_branch},
        "links": {
            "self": {"href": api},
            "html": {"href": format!("{base}{full}")},
            "hooks": {"href": format!("{api}/hooks")},
            "clone": [{"name": "https", "href": format!("{base}{full}.git")}],
        },
    })
}

pub(super) fn workspace(slug: &str) -> Value {
    json!({"type": "workspace", "slug": slug, "name": slug, "uuid": format!("{{{slug}}}")})
}

pub(super) fn commit(base: &str, full_name: &str, commit: &Commit) -> Value {
    let api = format!("{base}2.0/repositories/{full_name}/commit");
    let parent = |sha: &String| json!({"type": "commit", "hash": sha});
    json!({
        "type": "commit",
        "hash": commit.id,
        "date": commit.timestamp,
        "message": format!("{}\n", commit.message),
        "author": {
            "type": "author",
            "raw": format!("{} <{}>", commit.author_name, commit.author_email),
        },
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        "links": {
            "self": {"href": format!("{api}/{}", commit.id)},
            "html": {"href": format!("{base}{full_name}/commits/{}", commit.id)},
        },
    })
}

/// A branch or tag; `target` is the commit, of an annotated tag too.
pub(super) fn reference(
    base: &str,
    full_name: &str,
    tag: bool,
    name: &str,
    target: &Commit,
) -> Value {
    let (kind, plural) = if tag { ("tag", "tags") } else { ("branch", "branches") };
    let api = format!("{base}2.0/repositories/{full_name}");
    json!({
        "type": kind,
        "name": name,
        "target": commit(base, full_name, target),
        "links": {
            "self": {"href": format!("{api}/refs/{plural}/{name}")},
            "commits": {"href": format!("{api}/commits/{name}")},
        },
    })
}

pub(super) fn hook(found: &Hook) -> Value {
    json!({
        "type": "webhook_subscription",
        "uuid": format!("{{{}}}", found.uuid),
        "url": found.url,
        "description": found.name,
        "subject_type": "repository",
        "active": found.active,
        "events": found.events,
        "secret_set": !found.secret.is_empty(),
        "skip_cert_verification": !found.verifies_tls,
        "created_at": LONG_AGO,
    })
}

pub(super) fn status(found: &Status) -> Value {
    json!({
        "type": "build",
        "key": found.context,
        "state": found.state,
        "name": found.context,
        "url": found.target_url,
        "description": found.description,
        "commit": {"type": "commit", "hash": found.commit},
        "created_on": LONG_AGO,
        "updated_on": LONG_AGO,
    })
}

/// Hashes are short here.
pub(super) fn pull_request(base: &str, world: &World, found: &PullRequest) -> Value {
    let side = |id: u64, branch: &str, sha: &str| {
        let of = world.repository_by_id(id);
        json!({
            "commit": {"type": "commit", "hash": short(sha)},
            "branch": {"name": branch},
            // Null where the fork is gone.
            "repository": of.map(|it| repository(base, it)),
        })
    };
    let target = world.repository_by_id(found.repository).map(Repository::full_name);
    let target = target.unwrap_or_default();
    let api = format!("{base}2.0/repositories/{target}/pullrequests/{}", found.number);
    let merged = found.merge_commit.as_deref();
    json!({
        "type": "pullrequest",
        "id": found.number,
        "title": found.title,
        "description": "",
        "state": match found.state {
            State::Open => "OPEN",
            State::Closed => "DECLINED",
            State::Merged => "MERGED",
        },
        "draft": false,
        "source": side(found.source_repository, &found.source, &found.head),
        "destination": side(found.repository, &found.target, &found.base),
        "merge_commit": merged.map(|sha| json!({"type": "commit", "hash": short(sha)})),
        "author": world.user(&found.author).map(|it| user(base, it)),
        "reviewers": [],
        "participants": [],
        "close_source_branch": false,
        "reason": "",
        "created_on": found.created_at,
        "updated_on": found.updated_at,
        "links": {
            "self": {"href": api},
            "html": {"href": format!("{base}{target}/pull-requests/{}", found.number)},
        },
    })
}

fn short(sha: &str) -> &str {
    sha.get(..12).unwrap_or(sha)
}

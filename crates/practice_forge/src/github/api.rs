//! The REST API below `/api/v3`: who one is, repositories, refs, commits, statuses.

use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::git::{self, RefLine};
use crate::page::Page;
use crate::problem::Problem;
use crate::world::Status;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::CommitSha;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries on a page unless more are asked for.
pub(super) const PAGE: usize = 30;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let repo = "/api/v3/repos/{owner}/{name}";
    Router::new()
        .route("/api/v3/user", get(user))
        .route("/api/v3/user/repos", get(repositories))
        .route(repo, get(repository))
        .route(&format!("{repo}/branches"), get(branches))
        .route(&format!("{repo}/branches/{{branch}}"), get(branch))
        .route(&format!("{repo}/git/ref/{{*ref}}"), get(git_ref))
        .route(&format!("{repo}/git/tags/{{sha}}"), get(git_tag))
        .route(&format!("{repo}/commits/{{*ref}}"), get(commit))
        .route(&format!("{repo}/statuses/{{sha}}"), post(set_status))
}

async fn user(State(shared): State<Arc<Shared>>, caller: Caller) -> impl IntoResponse {
    let mut headers = HeaderMap::new();
    caller.scope.parse().into_iter().for_each(|scope| {
        headers.insert("x-oauth-scopes", scope);
    });
    (headers, Json(shape::user(shared.base.as_str(), &caller.user)))
}

async fn repositories(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    caller: Caller,
) -> impl IntoResponse {
    let part = page.of(shared.admitted(&caller, Access::Read), PAGE);
    let (base, world) = (shared.base.as_str(), shared.world());
    let shown = part.shown.iter().map(|it| shape::repository(base, &world, it, &caller.user));
    let shown: Vec<_> = shown.collect();
    (part.link(&format!("{base}api/v3/user/repos")), Json(shown))
}

async fn repository(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let world = shared.world();
    Ok(Json(shape::repository(shared.base.as_str(), &world, &found, &caller.user)))
}

async fn branches(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let refs = git::refs(&shared.folder_of(&found)).await?;
    let shown = refs.iter().filter_map(|line| branch_json(&found, line)).collect();
    let part = page.of(shown, PAGE);
    let link = part.link(&format!("{}api/v3/repos/{owner}/{name}/branches", shared.base));
    Ok((link, Json(json!(part.shown))))
}

async fn branch(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, branch)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let full = format!("refs/heads/{branch}");
    let refs = git::refs(&shared.folder_of(&found)).await?;
    let line = refs.iter().find(|line| line.name == full);
    Ok(Json(line.and_then(|line| branch_json(&found, line)).ok_or(Problem::NotFound)?))
}

/// `None` of what is no branch.
fn branch_json(of: &Repository, line: &RefLine) -> Option<Value> {
    let name = line.name.strip_prefix("refs/heads/")?;
    let protected = of.protects(&line.name);
    Some(json!({"name": name, "commit": {"sha": line.sha}, "protected": protected}))
}

async fn git_ref(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, wanted)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let full = format!("refs/{wanted}");
    let refs = git::refs(&shared.folder_of(&found)).await?;
    let found = refs.into_iter().find(|it| it.name == full);
    Ok(Json(ref_json(&found.ok_or(Problem::NotFound)?)))
}

async fn git_tag(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, sha)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let valid = CommitSha::new(&*sha).is_valid();
    let target = git::tag_target(&shared.folder_of(&found), &sha).await;
    Ok(Json(ref_json(&target.ok().filter(|_| valid).ok_or(Problem::NotFound)?)))
}

fn ref_json(line: &RefLine) -> Value {
    json!({"ref": line.name, "object": {"sha": line.sha, "type": line.kind}})
}

/// A commit by hash, branch or tag, or its statuses; just the hash for
/// `application/vnd.github.sha`. A branch may have slashes, so the path says the rest.
async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, wanted)): Path<(String, String, String)>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<Response, Problem> {
    let full_name = format!("{owner}/{name}");
    let found = shared.admit(&caller, &full_name, Access::Read)?;
    if let Some(sha) = wanted.strip_suffix("/statuses") {
        let (base, world) = (shared.base.as_str(), shared.world());
        let statuses = world.statuses_of(&full_name, sha);
        let statuses = statuses.into_iter().map(|it| shape::status(base, it));
        return Ok(Json(statuses.collect::<Vec<_>>()).into_response());
    }
    let found = git::commit(&shared.folder_of(&found), &wanted).await.ok_or(Problem::NotFound)?;
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    if accepts.is_some_and(|it| it.contains("vnd.github") && it.contains("sha")) {
        return Ok(found.id.into_response());
    }
    Ok(Json(shape::commit(shared.base.as_str(), &full_name, &found)).into_response())
}

async fn set_status(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, sha)): Path<(String, String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Write)?;
    if !git::has_commit(&shared.folder_of(&found), &sha).await {
        return Err(Problem::Invalid(format!("No commit found for SHA: {sha}")));
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let state = text("state").filter(|it| STATES.contains(&it.as_str()));
    let status = Status {
        repository: found.full_name(),
        commit: CommitSha::new(sha),
        state: state.ok_or_else(|| Problem::Invalid("State is not included in the list".into()))?,
        context: text("context").unwrap_or_else(|| "default".to_owned()),
        description: text("description"),
        target_url: text("target_url"),
        git_ref: None,
        creator: caller.user.login,
    };
    let answer = shape::status(shared.base.as_str(), &status);
    shared.world().statuses.push(status);
    Ok((StatusCode::CREATED, Json(answer)))
}

const STATES: [&str; 4] = ["pending", "success", "failure", "error"];

//! The REST API of pull requests. Their refs are made, and moved, when somebody looks at the
//! changes.

use super::api::{Page, Place, find};
use super::shape;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::world::pull_request::{NewPullRequest, PullRequest};
use crate::world::repository::Access;
use crate::{Shared, pull_requests};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let requests = "/rest/api/{version}/projects/{project}/repos/{slug}/pull-requests";
    Router::new()
        .route(requests, get(list).post(open))
        .route(&format!("{requests}/{{id}}"), get(show).put(change))
        .route(&format!("{requests}/{{id}}/changes"), get(changes))
        .route(&format!("{requests}/{{id}}/{{verb}}"), post(act))
}

type One = Path<(String, String, String, u64)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    let world = shared.world();
    let of = world.pull_requests.iter().rev().filter(|it| it.repository == found.id);
    Ok(page.of(of.map(|it| shape::pull_request(shared.base.as_str(), &world, it)).collect()))
}

async fn open(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let repository = find(&shared, &caller, (&project, &slug), Access::Read)?.full_name();
    let branch = |end: &str| {
        let id = body[end]["id"].as_str().unwrap_or_default();
        id.strip_prefix("refs/heads/").unwrap_or(id).to_owned()
    };
    let from = &body["fromRef"]["repository"];
    let source_repository = from["project"]["key"].as_str().zip(from["slug"].as_str());
    let source_repository = source_repository.map(|(key, slug)| format!("{key}/{slug}"));
    let (source, target) = (branch("fromRef"), branch("toRef"));
    let new = NewPullRequest {
        repository: &repository,
        target: &target,
        source_repository: source_repository.as_deref().unwrap_or(&repository),
        source: &source,
        title: body["title"].as_str().unwrap_or_default(),
    };
    let made = pull_requests::open(&shared, &caller.user, new).await;
    let made = made.map_err(Problem::invalid)?;
    Ok((StatusCode::CREATED, shown(&shared, &made)))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): One,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    Ok(shown(&shared, &one(&shared, &caller, (&project, &slug), id, Access::Read)?))
}

/// Looking makes the ref; which files changed is not said here.
async fn changes(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): One,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = one(&shared, &caller, (&project, &slug), id, Access::Read)?;
    pull_requests::show(&shared, &found).await?;
    Ok(page.of(Vec::new()))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): One,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut found = one(&shared, &caller, (&project, &slug), id, Access::Write)?;
    if body["version"].as_u64() != Some(found.version) {
        return Err(Problem::Conflict("the pull request has changed meanwhile".to_owned()));
    }
    let target = body["toRef"]["id"].as_str();
    let target = target.map(|id| id.strip_prefix("refs/heads/").unwrap_or(id));
    if let Some(target) = target.filter(|target| *target != found.target) {
        found = pull_requests::retarget(&shared, &caller.user, &found, target)
            .await
            .map_err(Problem::invalid)?;
    }
    if let Some(title) = body["title"].as_str().filter(|title| *title != found.title) {
        found = pull_requests::rename(&shared, &caller.user, &found, title)
            .map_err(Problem::invalid)?;
    }
    Ok(shown(&shared, &found))
}

async fn act(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id, verb)): Path<(String, String, String, u64, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = one(&shared, &caller, (&project, &slug), id, Access::Write)?;
    let user = &caller.user;
    let done = match verb.as_str() {
        "merge" => pull_requests::merge(&shared, user, &found).await,
        "decline" => pull_requests::set_open(&shared, user, &found, false),
        "reopen" => pull_requests::set_open(&shared, user, &found, true),
        _ => return Err(Problem::NotFound),
    };
    Ok(shown(&shared, &done.map_err(Problem::conflict)?))
}

fn one(
    shared: &Shared,
    caller: &Caller,
    place: (&str, &str),
    id: u64,
    need: Access,
) -> Result<PullRequest, Problem> {
    let found = find(shared, caller, place, need)?;
    shared.world().pull_request(found.id, id).cloned().ok_or(Problem::NotFound)
}

fn shown(shared: &Shared, found: &PullRequest) -> Json<Value> {
    Json(shape::pull_request(shared.base.as_str(), &shared.world(), found))
}

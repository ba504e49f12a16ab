//! The REST API of merge requests.

use super::api::{paged, project};
use super::shape;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::pull_request::{NewPullRequest, PullRequest};
use crate::world::repository::Access;
use crate::{Shared, pull_requests};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::Value;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let requests = "/api/v4/projects/{id}/merge_requests";
    Router::new()
        .route(requests, get(list).post(open))
        .route(&format!("{requests}/{{iid}}"), get(show).put(change))
        .route(&format!("{requests}/{{iid}}/merge"), put(merge))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let all: Vec<_> = {
        let (base, world) = (shared.base.as_str(), shared.world());
        let of = world.pull_requests.iter().rev().filter(|it| it.repository == found.id);
        of.map(|it| shape::merge_request(base, &world, it)).collect()
    };
    Ok(paged(&shared, page, all, &format!("projects/{}/merge_requests", found.id)))
}

/// Asked of the project it comes from; `target_project_id` is where it goes.
async fn open(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let source = project(&shared, &caller, &id, Access::Read)?;
    let target = match body["target_project_id"].as_u64() {
        Some(target) => project(&shared, &caller, &target.to_string(), Access::Read)?,
        None => source.clone(),
    };
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (repository, source_repository) = (target.full_name(), source.full_name());
    let new = NewPullRequest {
        repository: &repository,
        target: text("target_branch"),
        source_repository: &source_repository,
        source: text("source_branch"),
        title: text("title"),
    };
    let made = pull_requests::open(&shared, &caller.user, new).await;
    let made = made.map_err(Problem::invalid)?;
    Ok((StatusCode::CREATED, shown(&shared, &made)))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((id, iid)): Path<(String, u64)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    Ok(shown(&shared, &find(&shared, &caller, &id, iid, Access::Read)?))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path((id, iid)): Path<(String, u64)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut found = find(&shared, &caller, &id, iid, Access::Write)?;
    if let Some(target) = body["target_branch"].as_str() {
        found = pull_requests::retarget(&shared, &caller.user, &found, target)
            .await
            .map_err(Problem::invalid)?;
    }
    if let Some(title) = body["title"].as_str() {
        found = pull_requests::rename(&shared, &caller.user, &found, title)
            .map_err(Problem::invalid)?;
    }
    if let Some(event) = body["state_event"].as_str() {
        found = pull_requests::set_open(&shared, &caller.user, &found, event == "reopen")
            .map_err(Problem::invalid)?;
    }
    Ok(shown(&shared, &found))
}

async fn merge(
    State(shared): State<Arc<Shared>>,
    Path((id, iid)): Path<(String, u64)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, &id, iid, Access::Write)?;
    let merged = pull_requests::merge(&shared, &caller.user, &found).await;
    Ok(shown(&shared, &merged.map_err(Problem::conflict)?))
}

fn find(
    shared: &Shared,
    caller: &Caller,
    id: &str,
    iid: u64,
    need: Access,
) -> Result<PullRequest, Problem> {
    let found = project(shared, caller, id, need)?;
    shared.world().pull_request(found.id, iid).cloned().ok_or(Problem::NotFound)
}

fn shown(shared: &Shared, found: &PullRequest) -> Json<Value> {
    Json(shape::merge_request(shared.base.as_str(), &shared.world(), found))
}

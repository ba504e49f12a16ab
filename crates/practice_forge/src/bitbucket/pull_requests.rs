//! The REST API of pull requests. A declined one stays declined.

use super::api::{Place, find, paged};
use super::shape;
use crate::caller::Caller;
use crate::page::Page;
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
    let requests = "/2.0/repositories/{workspace}/{slug}/pullrequests";
    Router::new()
        .route(requests, get(list).post(open))
        .route(&format!("{requests}/{{id}}"), get(show).put(change))
        .route(&format!("{requests}/{{id}}/decline"), post(decline))
        .route(&format!("{requests}/{{id}}/merge"), post(merge))
}

type One = Path<(String, String, u64)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    let all: Vec<_> = {
        let (base, world) = (shared.base.as_str(), shared.world());
        let of = world.pull_requests.iter().rev().filter(|it| it.repository == found.id);
        of.map(|it| shape::pull_request(base, &world, it)).collect()
    };
    Ok(paged(&shared, page, all, &format!("repositories/{}/pullrequests", found.full_name())))
}

async fn open(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    let (repository, source) = (found.full_name(), &body["source"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let target = text(&body["destination"]["branch"]["name"]).unwrap_or(found.default_branch);
    let source_repository = text(&source["repository"]["full_name"]);
    let new = NewPullRequest {
        repository: &repository,
        target: &target,
        source_repository: source_repository.as_deref().unwrap_or(&repository),
        source: source["branch"]["name"].as_str().unwrap_or_default(),
        title: body["title"].as_str().unwrap_or_default(),
    };
    let made = pull_requests::open(&shared, &caller.user, new).await;
    let made = made.map_err(Problem::invalid)?;
    Ok((StatusCode::CREATED, shown(&shared, &made)))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, id)): One,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    Ok(shown(&shared, &one(&shared, &caller, (&workspace, &slug), id, Access::Read)?))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, id)): One,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut found = one(&shared, &caller, (&workspace, &slug), id, Access::Write)?;
    let target = body["destination"]["branch"]["name"].as_str();
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

async fn decline(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, id)): One,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = one(&shared, &caller, (&workspace, &slug), id, Access::Write)?;
    Ok(shown(
        &shared,
        &pull_requests::set_open(&shared, &caller.user, &found, false).map_err(Problem::invalid)?,
    ))
}

async fn merge(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, id)): One,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = one(&shared, &caller, (&workspace, &slug), id, Access::Write)?;
    let merged = pull_requests::merge(&shared, &caller.user, &found).await;
    Ok(shown(&shared, &merged.map_err(Problem::conflict)?))
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

//! The REST API of pull requests.

use super::api::PAGE;
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
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let pulls = "/api/v3/repos/{owner}/{name}/pulls";
    Router::new()
        .route(pulls, get(list).post(open))
        .route(&format!("{pulls}/{{number}}"), get(show).patch(change))
        .route(&format!("{pulls}/{{number}}/merge"), put(merge))
}

type Place = Path<(String, String, u64)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = shared.admit(&caller, &format!("{owner}/{name}"), Access::Read)?;
    let (base, world) = (shared.base.as_str(), shared.world());
    let all = world.pull_requests.iter().rev().filter(|it| it.repository == found.id);
    let all = all.map(|it| shape::pull_request(base, &world, it, &caller.user)).collect();
    let part = page.of(all, PAGE);
    let link = part.link(&format!("{base}api/v3/repos/{owner}/{name}/pulls"));
    Ok((link, Json(json!(part.shown))))
}

/// `head` is a branch, or `OWNER:BRANCH` of a fork.
async fn open(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let repository = format!("{owner}/{name}");
    let found = shared.admit(&caller, &repository, Access::Read)?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (from, source) = text("head").split_once(':').unwrap_or((&owner, text("head")));
    let fork = {
        let world = shared.world();
        let of = |it: &&crate::world::repository::Repository| {
            it.owner == from && (it.id == found.id || it.fork_of == Some(found.id))
        };
        world.repositories.iter().find(of).map(|it| it.full_name())
    };
    let source_repository = fork.ok_or_else(|| Problem::Invalid("head is not there".into()))?;
    let new = NewPullRequest {
        repository: &repository,
        target: text("base"),
        source_repository: &source_repository,
        source,
        title: text("title"),
    };
    let made = pull_requests::open(&shared, &caller.user, new).await;
    let made = made.map_err(Problem::invalid)?;
    Ok((StatusCode::CREATED, Json(shown(&shared, &caller, &made))))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, number)): Place,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, &owner, &name, number, Access::Read)?;
    Ok(Json(shown(&shared, &caller, &found)))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, number)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut found = find(&shared, &caller, &owner, &name, number, Access::Write)?;
    if let Some(target) = body["base"].as_str() {
        found = pull_requests::retarget(&shared, &caller.user, &found, target)
            .await
            .map_err(Problem::invalid)?;
    }
    if let Some(title) = body["title"].as_str() {
        found = pull_requests::rename(&shared, &caller.user, &found, title)
            .map_err(Problem::invalid)?;
    }
    if let Some(state) = body["state"].as_str() {
        found = pull_requests::set_open(&shared, &caller.user, &found, state == "open")
            .map_err(Problem::invalid)?;
    }
    Ok(Json(shown(&shared, &caller, &found)))
}

async fn merge(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, number)): Place,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, &owner, &name, number, Access::Write)?;
    let merged = pull_requests::merge(&shared, &caller.user, &found).await;
    let merged = merged.map_err(Problem::conflict)?;
    Ok(Json(json!({"sha": merged.merge_commit, "merged": true, "message": "merged"})))
}

fn find(
    shared: &Shared,
    caller: &Caller,
    owner: &str,
    name: &str,
    number: u64,
    need: Access,
) -> Result<PullRequest, Problem> {
    let repository = shared.admit(caller, &format!("{owner}/{name}"), need)?;
    let world = shared.world();
    world.pull_request(repository.id, number).cloned().ok_or(Problem::NotFound)
}

fn shown(shared: &Shared, caller: &Caller, found: &PullRequest) -> Value {
    shape::pull_request(shared.base.as_str(), &shared.world(), found, &caller.user)
}

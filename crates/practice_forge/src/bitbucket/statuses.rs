//! Build statuses: one a key, put again and again.

use super::api::{find, paged};
use super::shape;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::Status;
use crate::world::repository::Access;
use crate::{Shared, git};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::CommitSha;
use serde_json::Value;
use std::sync::Arc;

const STATES: [&str; 4] = ["SUCCESSFUL", "FAILED", "INPROGRESS", "STOPPED"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    let statuses = "/2.0/repositories/{workspace}/{slug}/commit/{sha}/statuses";
    Router::new()
        .route(statuses, get(list))
        .route(&format!("{statuses}/build"), post(set))
        .route(&format!("{statuses}/build/{{key}}"), get(show).put(change))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, sha)): Path<(String, String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let full_name = find(&shared, &caller, (&workspace, &slug), Access::Read)?.full_name();
    let all: Vec<_> = {
        let world = shared.world();
        world.statuses_of(&full_name, &sha).into_iter().map(shape::status).collect()
    };
    Ok(paged(&shared, page, all, &format!("repositories/{full_name}/commit/{sha}/statuses")))
}

async fn set(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, sha)): Path<(String, String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let key = body["key"].as_str().unwrap_or_default().to_owned();
    let shown = put(&shared, &caller, (&workspace, &slug), &sha, &key, &body).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn change(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, sha, key)): Path<(String, String, String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let full_name = find(&shared, &caller, (&workspace, &slug), Access::Read)?.full_name();
    existing(&shared, &full_name, &sha, &key)?;
    Ok(Json(put(&shared, &caller, (&workspace, &slug), &sha, &key, &body).await?))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, sha, key)): Path<(String, String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let full_name = find(&shared, &caller, (&workspace, &slug), Access::Read)?.full_name();
    Ok(Json(existing(&shared, &full_name, &sha, &key)?))
}

fn existing(shared: &Shared, full_name: &str, sha: &str, key: &str) -> Result<Value, Problem> {
    let world = shared.world();
    let found = world.statuses_of(full_name, sha).into_iter().find(|it| it.context == key);
    found.map(shape::status).ok_or(Problem::NotFound)
}

async fn put(
    shared: &Shared,
    caller: &Caller,
    place: (&str, &str),
    sha: &str,
    key: &str,
    body: &Value,
) -> Result<Value, Problem> {
    let found = find(shared, caller, place, Access::Read)?;
    if !git::has_commit(&shared.folder_of(&found), sha).await {
        return Err(Problem::NotFound);
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let state = text("state").filter(|it| STATES.contains(&it.as_str()));
    let required = |name: &str| Problem::Invalid(format!("{name} is required"));
    let status = Status {
        repository: found.full_name(),
        commit: CommitSha::new(sha),
        state: state.ok_or_else(|| required("state"))?,
        context: Some(key).filter(|key| !key.is_empty()).ok_or_else(|| required("key"))?.to_owned(),
        description: text("description"),
        target_url: Some(text("url").ok_or_else(|| required("url"))?),
        git_ref: text("refname"),
        creator: caller.user.login.clone(),
    };
    let answer = shape::status(&status);
    shared.world().put_status(status);
    Ok(answer)
}

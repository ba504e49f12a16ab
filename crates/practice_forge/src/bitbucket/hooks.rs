//! The REST API of hooks. A secret can be set and removed, and is never shown.

use super::api::{Place, find, paged};
use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::hook::Hook;
use crate::world::repository::Access;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use domain::Entropy;
use serde_json::Value;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let hooks = "/2.0/repositories/{workspace}/{slug}/hooks";
    Router::new()
        .route(hooks, get(list).post(create))
        .route(&format!("{hooks}/{{uuid}}"), get(show).put(update).delete(remove))
}

type HookPlace = Path<(String, String, String)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Admin)?;
    let all: Vec<_> = {
        let world = shared.world();
        let hooks = world.hooks.iter().filter(|hook| hook.repository == found.id);
        hooks.map(shape::hook).collect()
    };
    Ok(paged(&shared, page, all, &format!("repositories/{}/hooks", found.full_name())))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Admin)?;
    let uuid = shared.entropy.uuid();
    let mut hook = Hook { repository: found.id, uuid, verifies_tls: true, ..Hook::default() };
    change(&mut hook, &body)?;
    let mut world = shared.world();
    hook.id = world.next_id();
    world.hooks.push(hook.clone());
    Ok((StatusCode::CREATED, Json(shape::hook(&hook))))
}

/// Without `secret` it stays as it is; null takes it away.
fn change(hook: &mut Hook, body: &Value) -> Result<(), Problem> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    hook.url = text("url").unwrap_or_else(|| hook.url.clone());
    hook.name = text("description").unwrap_or_else(|| hook.name.clone());
    hook.active = body["active"].as_bool().unwrap_or(hook.active);
    hook.verifies_tls = !body["skip_cert_verification"].as_bool().unwrap_or(!hook.verifies_tls);
    if let Some(secret) = body.get("secret") {
        hook.secret = secret.as_str().unwrap_or_default().to_owned();
    }
    if let Some(events) = body["events"].as_array() {
        hook.events = events.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    }
    if url::Url::parse(&hook.url).is_err() || hook.events.is_empty() {
        return Err(Problem::Invalid("url and events are required".to_owned()));
    }
    Ok(())
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, uuid)): HookPlace,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shape::hook(&one(&shared, &caller, (&workspace, &slug), &uuid)?)))
}

async fn update(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, uuid)): HookPlace,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut hook = one(&shared, &caller, (&workspace, &slug), &uuid)?;
    change(&mut hook, &body)?;
    let mut world = shared.world();
    world.hooks.iter_mut().filter(|it| it.id == hook.id).for_each(|it| *it = hook.clone());
    Ok(Json(shape::hook(&hook)))
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, uuid)): HookPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let hook = one(&shared, &caller, (&workspace, &slug), &uuid)?;
    shared.world().hooks.retain(|it| it.id != hook.id);
    Ok(StatusCode::NO_CONTENT)
}

/// By its UUID, in braces or not.
fn one(shared: &Shared, caller: &Caller, place: (&str, &str), uuid: &str) -> Result<Hook, Problem> {
    let found = find(shared, caller, place, Access::Admin)?;
    let uuid = uuid.trim_start_matches('{').trim_end_matches('}');
    let world = shared.world();
    let hook = world.hooks.iter().find(|it| it.repository == found.id && it.uuid == uuid);
    hook.cloned().ok_or(Problem::NotFound)
}

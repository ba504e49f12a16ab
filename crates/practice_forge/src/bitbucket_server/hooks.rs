//! The REST API of hooks, their test and how they fared.

use super::api::{Page, Place, find};
use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::deliver::{self, Letter, Telling};
use crate::problem::Problem;
use crate::world::delivery::{Delivery, Fate};
use crate::world::hook::Hook;
use crate::world::repository::Access;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Entropy;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let hooks = "/rest/api/{version}/projects/{project}/repos/{slug}/webhooks";
    Router::new()
        .route(hooks, get(list).post(create))
        .route(&format!("{hooks}/test"), post(test))
        .route(&format!("{hooks}/{{id}}"), get(show).put(update).delete(remove))
        .route(&format!("{hooks}/{{id}}/latest"), get(latest))
        .route(&format!("{hooks}/{{id}}/statistics"), get(statistics))
}

type HookPlace = Path<(String, String, String, u64)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Admin)?;
    let world = shared.world();
    let hooks = world.hooks.iter().filter(|hook| hook.repository == found.id);
    Ok(page.of(hooks.map(shape::hook).collect()))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Admin)?;
    let uuid = shared.entropy.uuid();
    let mut hook =
        Hook { repository: found.id, uuid, active: true, verifies_tls: true, ..Hook::default() };
    change(&mut hook, &body)?;
    let mut world = shared.world();
    hook.id = world.next_id();
    world.hooks.push(hook.clone());
    Ok((StatusCode::CREATED, Json(shape::hook(&hook))))
}

/// An empty secret breaks the real one; no secret must be left out.
fn change(hook: &mut Hook, body: &Value) -> Result<(), Problem> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    if body["configuration"]["secret"] == "" {
        return Err(Problem::Broken("An error occurred while processing the request".to_owned()));
    }
    hook.url = text("url").unwrap_or_else(|| hook.url.clone());
    hook.name = text("name").unwrap_or_else(|| hook.name.clone());
    hook.active = body["active"].as_bool().unwrap_or(hook.active);
    hook.verifies_tls = body["sslVerificationRequired"].as_bool().unwrap_or(hook.verifies_tls);
    if let Some(configuration) = body["configuration"].as_object() {
        let secret = configuration.get("secret").and_then(Value::as_str);
        hook.secret = secret.unwrap_or_default().to_owned();
    }
    if let Some(events) = body["events"].as_array() {
        hook.events = events.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    }
    if url::Url::parse(&hook.url).is_err() || hook.name.is_empty() || hook.events.is_empty() {
        return Err(Problem::Invalid("name, url and events are required".to_owned()));
    }
    Ok(())
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): HookPlace,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shape::hook(&one(&shared, &caller, (&project, &slug), id)?)))
}

async fn update(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): HookPlace,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let mut hook = one(&shared, &caller, (&project, &slug), id)?;
    change(&mut hook, &body)?;
    let mut world = shared.world();
    world.hooks.iter_mut().filter(|it| it.id == id).for_each(|it| *it = hook.clone());
    Ok(Json(shape::hook(&hook)))
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): HookPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    one(&shared, &caller, (&project, &slug), id)?;
    shared.world().hooks.retain(|it| it.id != id);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    webhook_id: Option<u64>,
    url: Option<String>,
}

/// Sends a ping, to a hook that is there or to any URL.
async fn test(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(target): Query<Target>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Admin)?;
    let known = {
        let world = shared.world();
        let wanted = |it: &&Hook| {
            it.repository == found.id
                && target.webhook_id.map_or(Some(&it.url) == target.url.as_ref(), |id| it.id == id)
        };
        world.hooks.iter().find(wanted).cloned()
    };
    let stranger = || {
        let url = target.url.clone().ok_or_else(|| Problem::Invalid("url is required".into()))?;
        Ok::<_, Problem>(Hook { repository: found.id, url, ..Hook::default() })
    };
    let hook = known.map_or_else(stranger, Ok)?;
    let telling = Telling::new("diagnostics:ping", json!({"test": true}));
    let letter = Letter { redelivery: true, ..Letter::new(&shared, &hook, &telling) };
    let status = deliver::send(&shared, letter).await;
    Ok(Json(json!({
        "event": "diagnostics:ping",
        "request": {"method": "POST", "url": hook.url},
        "result": {"description": status.to_string(), "outcome": outcome(status)},
    })))
}

fn outcome(status: u16) -> &'static str {
    match status {
        200..300 => "SUCCESS",
        0 => "ERROR",
        _ => "FAILURE",
    }
}

async fn latest(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): HookPlace,
    caller: Caller,
) -> Result<Response, Problem> {
    one(&shared, &caller, (&project, &slug), id)?;
    let world = shared.world();
    let Some(last) = tried(&world.deliveries, id).next_back() else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let shown = json!({
        "id": last.id,
        "event": last.event,
        "start": shape::millis(&last.delivered_at),
        "duration": 0,
        "request": {"method": "POST", "url": last.url},
        "result": {
            "description": last.status_code.to_string(),
            "outcome": outcome(last.status_code),
        },
    });
    Ok(Json(shown).into_response())
}

async fn statistics(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, id)): HookPlace,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    one(&shared, &caller, (&project, &slug), id)?;
    let world = shared.world();
    let count = |wanted: &str| {
        tried(&world.deliveries, id).filter(|it| outcome(it.status_code) == wanted).count()
    };
    let counts = json!({"successes": count("SUCCESS"), "failures": count("FAILURE"), "errors": count("ERROR")});
    Ok(Json(json!({"counts": counts})))
}

fn tried(all: &[Delivery], hook: u64) -> impl DoubleEndedIterator<Item = &Delivery> {
    all.iter().filter(move |it| it.hook_id == hook && it.fate != Fate::Skipped)
}

fn one(shared: &Shared, caller: &Caller, place: (&str, &str), id: u64) -> Result<Hook, Problem> {
    let found = find(shared, caller, place, Access::Admin)?;
    shared.world().hook(found.id, id).cloned().ok_or(Problem::NotFound)
}

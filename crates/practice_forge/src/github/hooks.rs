//! The REST API of hooks and their deliveries.

use super::api::PAGE;
use super::shape;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::World;
use crate::world::delivery::{Delivery, Fate};
use crate::world::hook::Hook;
use crate::world::repository::{Access, Repository};
use crate::{Shared, news};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let hooks = "/api/v3/repos/{owner}/{name}/hooks";
    Router::new()
        .route(hooks, get(list).post(create))
        .route(&format!("{hooks}/{{id}}"), get(show).patch(update).delete(remove))
        .route(&format!("{hooks}/{{id}}/pings"), post(ping))
        .route(&format!("{hooks}/{{id}}/deliveries"), get(deliveries))
        .route(&format!("{hooks}/{{id}}/deliveries/{{delivery}}"), get(delivery))
        .route(&format!("{hooks}/{{id}}/deliveries/{{delivery}}/attempts"), post(redeliver))
}

type Place = Path<(String, String)>;
type HookPlace = Path<(String, String, u64)>;
type DeliveryPlace = Path<(String, String, u64, u64)>;

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let repository = administered(&shared, &caller, &owner, &name)?;
    let base = shared.base.as_str();
    let world = shared.world();
    let all = world.hooks.iter().filter(|hook| hook.repository == repository.id);
    let part = page.of(all.map(|hook| shape::hook(base, &repository, hook)).collect(), PAGE);
    let link = part.link(&format!("{base}api/v3/repos/{owner}/{name}/hooks"));
    Ok((link, Json(json!(part.shown))))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let repository = administered(&shared, &caller, &owner, &name)?;
    let mut hook = Hook {
        repository: repository.id,
        active: true,
        events: vec!["push".to_owned()],
        verifies_tls: true,
        ..Hook::default()
    };
    // A form is what GitHub sends unless it is told otherwise.
    if body["config"]["content_type"].is_null() {
        return Err(only_json());
    }
    change(&mut hook, &body)?;
    let mut world = shared.world();
    if world.hooks.iter().any(|it| it.repository == hook.repository && it.url == hook.url) {
        return Err(Problem::Invalid("Hook already exists on this repository".to_owned()));
    }
    hook.id = world.next_id();
    world.hooks.push(hook.clone());
    drop(world);
    news::ping(&shared, &caller.user, &hook);
    Ok((StatusCode::CREATED, Json(shape::hook(shared.base.as_str(), &repository, &hook))))
}

/// Applies what a request says about a hook.
fn change(hook: &mut Hook, body: &Value) -> Result<(), Problem> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let config = &body["config"];
    hook.active = body["active"].as_bool().unwrap_or(hook.active);
    if let Some(events) = body["events"].as_array() {
        hook.events = events.iter().filter_map(text).collect();
    }
    hook.url = text(&config["url"]).unwrap_or_else(|| hook.url.clone());
    hook.secret = text(&config["secret"]).unwrap_or_else(|| hook.secret.clone());
    if let Some(insecure) = text(&config["insecure_ssl"]) {
        hook.verifies_tls = insecure != "1";
    }
    if url::Url::parse(&hook.url).is_err() {
        return Err(Problem::Invalid("url is missing a scheme".to_owned()));
    }
    if config["content_type"].as_str().is_some_and(|it| it != "json") {
        return Err(only_json());
    }
    Ok(())
}

fn only_json() -> Problem {
    Problem::Invalid("this practice forge sends JSON only".to_owned())
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let (repository, hook) = find(&shared, &caller, &owner, &name, id)?;
    Ok(Json(shape::hook(shared.base.as_str(), &repository, &hook)))
}

async fn update(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let (repository, mut hook) = find(&shared, &caller, &owner, &name, id)?;
    change(&mut hook, &body)?;
    let answer = shape::hook(shared.base.as_str(), &repository, &hook);
    shared.world().hooks.iter_mut().filter(|it| it.id == id).for_each(|it| *it = hook.clone());
    Ok(Json(answer))
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    find(&shared, &caller, &owner, &name, id)?;
    shared.world().hooks.retain(|hook| hook.id != id);
    Ok(StatusCode::NO_CONTENT)
}

async fn ping(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let (_, hook) = find(&shared, &caller, &owner, &name, id)?;
    news::ping(&shared, &caller.user, &hook);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    status: Option<String>,
    per_page: Option<usize>,
    cursor: Option<u64>,
}

/// Newest first; the cursor is the last delivery that was shown.
async fn deliveries(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    Query(wanted): Query<Wanted>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    find(&shared, &caller, &owner, &name, id)?;
    let path = format!("{}api/v3/repos/{owner}/{name}/hooks/{id}/deliveries", shared.base);
    Ok(listed(&shared, &wanted, id, &path))
}

/// A page of a hook's deliveries.
pub(super) fn listed(
    shared: &Shared,
    wanted: &Wanted,
    hook: u64,
    path: &str,
) -> (HeaderMap, Json<Value>) {
    let world = shared.world();
    let listed = |it: &&Delivery| {
        let status = wanted.status.as_deref();
        it.hook_id == hook
            && it.fate != Fate::Skipped
            && wanted.cursor.is_none_or(|cursor| it.id < cursor)
            && status.is_none_or(|status| it.is_good() == (status == "success"))
    };
    let all: Vec<_> = world.deliveries.iter().rev().filter(listed).collect();
    let size = wanted.per_page.unwrap_or(PAGE).clamp(1, 100);
    let more = all.get(size).and_then(|_| all.get(size - 1));
    let link = more.and_then(|last| {
        format!(r#"<{path}?per_page={size}&cursor={}>; rel="next""#, last.id).parse().ok()
    });
    let headers = link.into_iter().map(|link| (axum::http::header::LINK, link)).collect();
    (headers, Json(all.into_iter().take(size).map(summary).collect()))
}

async fn delivery(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id, delivery)): DeliveryPlace,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    administered(&shared, &caller, &owner, &name)?;
    let world = shared.world();
    let found = find_delivery(&world, id, delivery)?;
    let mut answer = summary(found);
    let headers: Map<_, _> =
        found.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let payload: Value = serde_json::from_str(&found.body).unwrap_or_default();
    answer["request"] = json!({"headers": headers, "payload": payload});
    answer["response"] = json!({"headers": {}, "payload": found.status});
    Ok(Json(answer))
}

async fn redeliver(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id, delivery)): DeliveryPlace,
    caller: Caller,
) -> Result<(StatusCode, Json<Value>), Problem> {
    find(&shared, &caller, &owner, &name, id)?;
    find_delivery(&shared.world(), id, delivery)?;
    shared.redeliver(delivery).ok_or(Problem::NotFound)?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

/// Without the right to see hooks there are none: GitHub answers 404.
fn administered(
    shared: &Shared,
    caller: &Caller,
    owner: &str,
    name: &str,
) -> Result<Repository, Problem> {
    let admitted = shared.admit(caller, &format!("{owner}/{name}"), Access::Admin);
    admitted.map_err(|problem| match problem {
        Problem::Forbidden(why) if !why.contains("OAuth App access restrictions") => {
            Problem::NotFound
        }
        other => other,
    })
}

fn find(
    shared: &Shared,
    caller: &Caller,
    owner: &str,
    name: &str,
    id: u64,
) -> Result<(Repository, Hook), Problem> {
    let repository = administered(shared, caller, owner, name)?;
    let hook = shared.world().hook(repository.id, id).cloned().ok_or(Problem::NotFound)?;
    Ok((repository, hook))
}

pub(super) fn find_delivery(world: &World, hook: u64, id: u64) -> Result<&Delivery, Problem> {
    let found = world.deliveries.iter().find(|it| it.hook_id == hook && it.id == id);
    found.ok_or(Problem::NotFound)
}

fn summary(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": 0.0,
        "status": if delivery.is_good() { "OK" } else { "failed" },
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": null,
        "installation_id": null,
        "repository_id": null,
        "throttled_at": null,
    })
}

//! The REST API of hooks and their deliveries.

use crate::api::Caller;
use crate::deliver::{self, Letter};
use crate::problem::Problem;
use crate::world::{Delivery, Hook, Repository, World};
use crate::{Shared, payload};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
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

#[derive(Deserialize)]
struct Page {
    per_page: Option<usize>,
    page: Option<usize>,
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Place,
    Query(page): Query<Page>,
    _: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let repository = shared.find(&owner, &name)?;
    let (size, number) = (page.per_page.unwrap_or(30).clamp(1, 100), page.page.unwrap_or(1).max(1));
    let base = shared.base.as_str();
    let world = shared.world();
    let all: Vec<_> = world.hooks.iter().filter(|hook| hook.repository == repository.id).collect();
    let begin = (number - 1) * size;
    let shown: Vec<_> =
        all.iter().skip(begin).take(size).map(|hook| hook.json(base, &repository)).collect();
    let mut headers = HeaderMap::new();
    if all.len() > begin + size {
        let path = format!("{base}api/v3/repos/{owner}/{name}/hooks");
        let next = format!(r#"<{path}?per_page={size}&page={}>; rel="next""#, number + 1);
        next.parse().into_iter().for_each(|link| {
            headers.insert(header::LINK, link);
        });
    }
    Ok((headers, Json(json!(shown))))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Place,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let repository = shared.find(&owner, &name)?;
    let mut hook = Hook {
        id: 0,
        repository: repository.id,
        active: true,
        events: vec!["push".to_owned()],
        url: String::new(),
        secret: String::new(),
        // A form is what GitHub sends unless it is told otherwise.
        content_type: "form".to_owned(),
        insecure_ssl: "0".to_owned(),
    };
    change(&mut hook, &body)?;
    let mut world = shared.world();
    if world.hooks.iter().any(|it| it.repository == hook.repository && it.url == hook.url) {
        return Err(Problem::Invalid("Hook already exists on this repository".to_owned()));
    }
    hook.id = world.next_id();
    world.hooks.push(hook.clone());
    drop(world);
    send_ping(&shared, &repository, &caller, &hook);
    Ok((StatusCode::CREATED, Json(hook.json(shared.base.as_str(), &repository))))
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
    hook.content_type = text(&config["content_type"]).unwrap_or_else(|| hook.content_type.clone());
    hook.insecure_ssl = text(&config["insecure_ssl"]).unwrap_or_else(|| hook.insecure_ssl.clone());
    if url::Url::parse(&hook.url).is_err() {
        return Err(Problem::Invalid("url is missing a scheme".to_owned()));
    }
    if hook.content_type != "json" {
        return Err(Problem::Invalid("this practice forge sends JSON only".to_owned()));
    }
    Ok(())
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let (repository, hook) = find(&shared, &owner, &name, id)?;
    Ok(Json(hook.json(shared.base.as_str(), &repository)))
}

async fn update(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    _: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let (repository, mut hook) = find(&shared, &owner, &name, id)?;
    change(&mut hook, &body)?;
    let answer = hook.json(shared.base.as_str(), &repository);
    shared.world().hooks.iter_mut().filter(|it| it.id == id).for_each(|it| *it = hook.clone());
    Ok(Json(answer))
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    _: Caller,
) -> Result<StatusCode, Problem> {
    find(&shared, &owner, &name, id)?;
    shared.world().hooks.retain(|hook| hook.id != id);
    Ok(StatusCode::NO_CONTENT)
}

async fn ping(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let (repository, hook) = find(&shared, &owner, &name, id)?;
    send_ping(&shared, &repository, &caller, &hook);
    Ok(StatusCode::NO_CONTENT)
}

fn send_ping(shared: &Arc<Shared>, repository: &Repository, caller: &Caller, hook: &Hook) {
    let payload = payload::ping(shared.base.as_str(), repository, &caller.user, hook);
    deliver::send_all(shared, vec![Letter::new(shared, hook, "ping", &payload)]);
}

async fn deliveries(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id)): HookPlace,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    find(&shared, &owner, &name, id)?;
    let world = shared.world();
    let newest = world.deliveries.iter().rev().filter(|it| it.hook_id == id).take(100);
    Ok(Json(newest.map(summary).collect()))
}

async fn delivery(
    State(shared): State<Arc<Shared>>,
    Path((_, _, id, delivery)): DeliveryPlace,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let world = shared.world();
    let found = find_delivery(&world, id, delivery)?;
    let mut answer = summary(found);
    let headers: serde_json::Map<_, _> =
        found.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let payload: Value = serde_json::from_str(&found.body).unwrap_or_default();
    answer["request"] = json!({"headers": headers, "payload": payload});
    answer["response"] = json!({"headers": {}, "payload": found.status});
    Ok(Json(answer))
}

async fn redeliver(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, id, delivery)): DeliveryPlace,
    _: Caller,
) -> Result<(StatusCode, Json<Value>), Problem> {
    find(&shared, &owner, &name, id)?;
    shared.redeliver(delivery)?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

impl Shared {
    /// Sends a delivery again, under the same id and to where the hook points now.
    pub(crate) fn redeliver(self: &Arc<Self>, id: u64) -> Result<(), Problem> {
        let world = self.world();
        let old = world.deliveries.iter().find(|it| it.id == id).ok_or(Problem::NotFound)?;
        let hook = world.hooks.iter().find(|hook| hook.id == old.hook_id);
        let letter = Letter {
            hook: hook.ok_or(Problem::NotFound)?.clone(),
            event: old.event.clone(),
            guid: old.guid.clone(),
            body: old.body.clone(),
            redelivery: true,
        };
        drop(world);
        deliver::send_all(self, vec![letter]);
        Ok(())
    }
}

fn find(shared: &Shared, owner: &str, name: &str, id: u64) -> Result<(Repository, Hook), Problem> {
    let repository = shared.find(owner, name)?;
    let hook = shared.world().hook(repository.id, id).cloned().ok_or(Problem::NotFound)?;
    Ok((repository, hook))
}

fn find_delivery(world: &World, hook: u64, id: u64) -> Result<&Delivery, Problem> {
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
        "status": if delivery.status_code / 100 == 2 { "OK" } else { "failed" },
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": null,
        "installation_id": null,
        "repository_id": null,
        "throttled_at": null,
    })
}

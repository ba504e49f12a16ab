//! The REST API of project hooks, their tests and their recent events.

use super::api::{paged, project};
use super::{payload, shape, sign};
use crate::caller::Caller;
use crate::deliver::{self, Letter, Telling};
use crate::news::{RefUpdate, Scene};
use crate::page::Page;
use crate::problem::Problem;
use crate::world::delivery::{Delivery, Fate};
use crate::world::hook::{Health, Hook};
use crate::world::repository::{Access, Repository};
use crate::{Shared, git};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Entropy;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The kinds of events that this forge has.
pub(super) const EVENTS: [&str; 3] = ["push_events", "tag_push_events", "merge_requests_events"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    let hooks = "/api/v4/projects/{id}/hooks";
    Router::new()
        .route(hooks, get(list).post(create))
        .route(&format!("{hooks}/{{hook}}"), get(show).put(update).delete(remove))
        .route(&format!("{hooks}/{{hook}}/test/{{trigger}}"), post(test))
        .route(&format!("{hooks}/{{hook}}/events"), get(events))
        .route(&format!("{hooks}/{{hook}}/events/{{event}}/resend"), post(resend))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Admin)?;
    let all: Vec<_> = {
        let world = shared.world();
        let hooks = world.hooks.iter().filter(|hook| hook.repository == found.id);
        hooks.map(shape::hook).collect()
    };
    Ok(paged(&shared, page, all, &format!("projects/{}/hooks", found.id)))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Admin)?;
    let mut hook = Hook {
        repository: found.id,
        uuid: shared.entropy.uuid(),
        active: true,
        events: vec!["push_events".to_owned()],
        verifies_tls: true,
        ..Hook::default()
    };
    change(&shared, &mut hook, &body)?;
    let mut world = shared.world();
    hook.id = world.next_id();
    world.hooks.push(hook.clone());
    Ok((StatusCode::CREATED, Json(shape::hook(&hook))))
}

/// Another URL takes the tokens away, so that nobody learns them by pointing a hook at themselves.
fn change(shared: &Shared, hook: &mut Hook, body: &Value) -> Result<(), Problem> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let url = text("url").ok_or_else(|| Problem::Invalid("url is missing".to_owned()))?;
    if url::Url::parse(&url).is_err() {
        return Err(Problem::Invalid("Invalid url given".to_owned()));
    }
    if url != hook.url {
        (hook.secret, hook.signing_token, hook.health) = (String::new(), None, Health::default());
    }
    hook.url = url;
    hook.name = text("name").unwrap_or_else(|| hook.name.clone());
    hook.secret = text("token").unwrap_or_else(|| hook.secret.clone());
    hook.verifies_tls = body["enable_ssl_verification"].as_bool().unwrap_or(hook.verifies_tls);
    for event in EVENTS {
        let Some(wanted) = body[event].as_bool() else { continue };
        hook.events.retain(|it| it != event);
        hook.events.extend(wanted.then(|| event.to_owned()));
    }
    // With the flag off the token is ignored, and nobody is told.
    match text("signing_token").filter(|_| !shared.world().hooks_unsigned) {
        Some(token) if sign::key(&token).is_none() => {
            Err(Problem::Invalid("signing_token must be whsec_ and 32 bytes in base64".to_owned()))
        }
        Some(token) => {
            hook.signing_token = Some(token);
            Ok(())
        }
        None => Ok(()),
    }
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((id, hook)): Path<(String, u64)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let (_, hook) = find(&shared, &caller, &id, hook)?;
    Ok(Json(shape::hook(&hook)))
}

async fn update(
    State(shared): State<Arc<Shared>>,
    Path((id, hook)): Path<(String, u64)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    let (_, mut hook) = find(&shared, &caller, &id, hook)?;
    change(&shared, &mut hook, &body)?;
    let mut world = shared.world();
    world.hooks.iter_mut().filter(|it| it.id == hook.id).for_each(|it| *it = hook.clone());
    Ok(Json(shape::hook(&hook)))
}

/// One that is not there counts as removed.
async fn remove(
    State(shared): State<Arc<Shared>>,
    Path((id, hook)): Path<(String, u64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let found = project(&shared, &caller, &id, Access::Admin)?;
    shared.world().hooks.retain(|it| it.id != hook || it.repository != found.id);
    Ok(StatusCode::NO_CONTENT)
}

/// A test is a push of the default branch's last commit, whatever the trigger, and it mends a hook
/// that was left alone.
async fn test(
    State(shared): State<Arc<Shared>>,
    Path((id, hook, trigger)): Path<(String, u64, String)>,
    caller: Caller,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (found, hook) = find(&shared, &caller, &id, hook)?;
    if !EVENTS.contains(&trigger.as_str()) {
        return Err(Problem::Invalid("trigger does not have a valid value".to_owned()));
    }
    let head = git::commit(&shared.folder_of(&found), &found.default_branch).await;
    let head = head.ok_or_else(|| Problem::Invalid("Ensure the project has commits".into()))?;
    let update = RefUpdate {
        name: format!("refs/heads/{}", found.default_branch),
        before: head.parents.first().cloned(),
        after: Some(head.id.clone()),
        commits: vec![head.clone()],
        head: Some(head),
        ..RefUpdate::default()
    };
    let letter = {
        let world = shared.world();
        let base = shared.base.as_str();
        let scene = Scene { base, repository: &found, user: &caller.user, world: &world };
        let telling = Telling::new("Push Hook", payload::push(scene, &update));
        Letter { redelivery: true, ..Letter::new(&shared, &hook, &telling) }
    };
    match deliver::send(&shared, letter).await {
        200..300 => Ok((StatusCode::CREATED, Json(json!({"message": "201 Created"})))),
        _ => {
            let message = json!({"message": "the receiver did not take the test"});
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(message)))
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    status: Option<String>,
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Path((id, hook)): Path<(String, u64)>,
    Query(page): Query<Page>,
    Query(wanted): Query<Wanted>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let (found, hook) = find(&shared, &caller, &id, hook)?;
    let all: Vec<_> = {
        let world = shared.world();
        let listed = |it: &&Delivery| {
            let fits = wanted.status.as_deref().is_none_or(|status| is_of(it.status_code, status));
            it.hook_id == hook.id && it.fate != Fate::Skipped && fits
        };
        world.deliveries.iter().rev().filter(listed).map(event).collect()
    };
    Ok(paged(&shared, page, all, &format!("projects/{}/hooks/{}/events", found.id, hook.id)))
}

/// No answer counts as a failure of the receiver's server.
fn is_of(code: u16, status: &str) -> bool {
    match status {
        "successful" => code / 100 == 2,
        "client_failure" => code / 100 == 4,
        "server_failure" => code / 100 == 5 || code == 0,
        number => number.parse() == Ok(code),
    }
}

fn event(delivery: &Delivery) -> Value {
    let response = match delivery.status_code {
        0 => "internal error".to_owned(),
        code => code.to_string(),
    };
    let headers: serde_json::Map<_, _> =
        delivery.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let trigger = match delivery.event.as_str() {
        "Push Hook" => "push_hooks",
        "Tag Push Hook" => "tag_push_hooks",
        _ => "merge_request_hooks",
    };
    json!({
        "id": delivery.id,
        "url": delivery.url,
        "trigger": trigger,
        "request_headers": headers,
        "request_data": serde_json::from_str::<Value>(&delivery.body).unwrap_or_default(),
        "response_headers": {},
        "response_body": delivery.status,
        "execution_duration": 0.0,
        "response_status": response,
        "created_at": delivery.delivered_at,
    })
}

async fn resend(
    State(shared): State<Arc<Shared>>,
    Path((id, hook, event)): Path<(String, u64, u64)>,
    caller: Caller,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (_, hook) = find(&shared, &caller, &id, hook)?;
    let known = shared.world().deliveries.iter().any(|it| it.id == event && it.hook_id == hook.id);
    known.then(|| shared.redeliver(event)).flatten().ok_or(Problem::NotFound)?;
    Ok((StatusCode::CREATED, Json(json!({"response_status": 200}))))
}

fn find(
    shared: &Shared,
    caller: &Caller,
    id: &str,
    hook: u64,
) -> Result<(Repository, Hook), Problem> {
    let found = project(shared, caller, id, Access::Admin)?;
    let hook = shared.world().hook(found.id, hook).cloned().ok_or(Problem::NotFound)?;
    Ok((found, hook))
}

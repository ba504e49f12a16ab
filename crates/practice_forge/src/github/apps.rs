//! The REST API of GitHub Apps: what an App asks for itself, what its users ask, and what one of its
//! installations asks.

use super::api::PAGE;
use super::app_pages::permissions;
use super::{hooks, shape};
use crate::Shared;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::app::{App, Installation, Installed, verify};
use crate::world::grant::Token;
use crate::world::repository::{Access, Repository};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

/// Seconds that a manifest's code, and a token of an installation, are good for.
const HOUR_SECONDS: i64 = 3600;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let app = "/api/v3/app";
    Router::new()
        .route("/api/v3/app-manifests/{code}/conversions", post(convert))
        .route(app, get(show))
        .route(&format!("{app}/installations"), get(installations))
        .route(&format!("{app}/installations/{{number}}"), get(installation))
        .route(&format!("{app}/installations/{{number}}/access_tokens"), post(token))
        .route(&format!("{app}/hook/deliveries"), get(deliveries))
        .route(&format!("{app}/hook/deliveries/{{id}}/attempts"), post(redeliver))
        .route("/api/v3/user/installations", get(of_user))
        .route("/api/v3/installation/repositories", get(repositories))
}

/// An App that speaks for itself.
struct Speaker(App);

impl FromRequestParts<Arc<Shared>> for Speaker {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = sent.and_then(|it| it.split_once(' ')).map(|(_, token)| token);
        let token = token.ok_or(Problem::BadCredentials)?;
        let world = shared.world();
        let app = verify(&world.apps, token, shared.now());
        app.cloned().map(Self).map_err(|why| Problem::Unauthorised(why.words().to_owned()))
    }
}

/// Gives an App's secrets, once.
async fn convert(
    State(shared): State<Arc<Shared>>,
    Path(code): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (base, at) = (shared.base.as_str(), shared.now());
    let mut world = shared.world();
    let made = world.unconverted.remove(&code).ok_or(Problem::NotFound)?;
    if at.millis_since(made.made_at) > HOUR_SECONDS * 1000 {
        return Err(Problem::NotFound);
    }
    let app = world.apps.iter().find(|app| app.number == made.app).ok_or(Problem::NotFound)?;
    let mut answer = shape::app(base, &world, app);
    answer["client_secret"] = json!(made.client_secret);
    answer["webhook_secret"] = json!(made.webhook_secret);
    answer["pem"] = json!(made.pem);
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn show(State(shared): State<Arc<Shared>>, Speaker(app): Speaker) -> Json<Value> {
    Json(shape::app(shared.base.as_str(), &shared.world(), &app))
}

async fn installations(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    Speaker(app): Speaker,
) -> (HeaderMap, Json<Value>) {
    let (base, world) = (shared.base.as_str(), shared.world());
    let own = world.installations.iter().filter(|it| it.app == app.number);
    let part = page.of(own.map(|it| shape::installation(base, &world, it)).collect(), PAGE);
    (part.link(&format!("{base}api/v3/app/installations")), Json(json!(part.shown)))
}

fn find(shared: &Shared, app: &App, number: u64) -> Result<Installation, Problem> {
    let world = shared.world();
    let own = |it: &&Installation| it.app == app.number && it.number == number;
    world.installations.iter().find(own).cloned().ok_or(Problem::NotFound)
}

async fn installation(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<u64>,
    Speaker(app): Speaker,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &app, number)?;
    Ok(Json(shape::installation(shared.base.as_str(), &shared.world(), &found)))
}

/// A token of an installation, for what is asked or for all that it has.
async fn token(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<u64>,
    Speaker(app): Speaker,
    body: String,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = find(&shared, &app, number)?;
    if found.suspended_at.is_some() {
        return Err(Problem::Forbidden("This installation has been suspended".to_owned()));
    }
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let repositories = chosen(&shared, &found, &asked)?;
    let granted = match asked["permissions"].is_object() {
        true => permissions(&asked["permissions"]),
        false => found.permissions.clone(),
    };
    let all =
        Installed { installation: number, repositories: None, permissions: found.permissions };
    if granted.iter().any(|(name, right)| !all.permits(name, right == "write")) {
        let why = "The permissions requested are not granted to this installation.";
        return Err(Problem::Invalid(why.to_owned()));
    }
    let (text, expires) = (
        format!("ghs_{}_{}", app.number, shared.random_hex(40)),
        shared.now().plus_seconds(HOUR_SECONDS),
    );
    let selection = if repositories.is_some() { "selected" } else { "all" };
    let answer = json!({
        "token": text,
        "expires_at": expires.rfc3339(),
        "permissions": granted,
        "repository_selection": selection,
    });
    let installed = Installed { installation: number, repositories, permissions: granted };
    let made = Token {
        login: format!("{}[bot]", app.slug),
        scope: String::new(),
        family: None,
        expires_at: Some(expires),
        client_id: Some(app.client_id),
        installed: Some(installed),
    };
    shared.world().grants.tokens.insert(text, made);
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Repositories that are named must be the installation's.
fn chosen(
    shared: &Shared,
    installation: &Installation,
    asked: &Value,
) -> Result<Option<Vec<u64>>, Problem> {
    let listed = |member: &str| asked[member].as_array().cloned().unwrap_or_default();
    let named: Vec<_> =
        [listed("repositories"), listed("repository_ids")].into_iter().flatten().collect();
    if named.is_empty() {
        return Ok(None);
    }
    let world = shared.world();
    let number = |named: &Value| {
        let is_meant = |it: &&Repository| *named == it.name.as_str() || *named == it.id;
        let mut own = world.repositories.iter().filter(|it| installation.covers(it));
        own.find(is_meant).map(|it| it.id)
    };
    let numbers: Option<Vec<_>> = named.iter().map(number).collect();
    let why = "There is at least one repository that does not exist or is not accessible to the \
               parent installation.";
    numbers.map(Some).ok_or_else(|| Problem::Invalid(why.to_owned()))
}

async fn deliveries(
    State(shared): State<Arc<Shared>>,
    Query(wanted): Query<hooks::Wanted>,
    Speaker(app): Speaker,
) -> (HeaderMap, Json<Value>) {
    let path = format!("{}api/v3/app/hook/deliveries", shared.base);
    hooks::listed(&shared, &wanted, app.hook, &path)
}

async fn redeliver(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
    Speaker(app): Speaker,
) -> Result<(StatusCode, Json<Value>), Problem> {
    hooks::find_delivery(&shared.world(), app.hook, id)?;
    shared.redeliver(id).ok_or(Problem::NotFound)?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

/// The installations of the App that the caller authorised, in accounts that they have a part in:
/// their own, and those with a repository that they may read.
async fn of_user(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let (base, world) = (shared.base.as_str(), shared.world());
    let app = world.apps.iter().find(|app| caller.client_id.as_ref() == Some(&app.client_id));
    let why = || "You must authenticate with an access token authorized to a GitHub App".to_owned();
    let app = app.ok_or_else(|| Problem::Forbidden(why()))?;
    let sees = |it: &&Installation| {
        let login = &caller.user.login;
        let read =
            |found: &Repository| found.owner == it.owner && found.access_of(login) >= Access::Read;
        it.app == app.number && (it.owner == *login || world.repositories.iter().any(read))
    };
    let own = world.installations.iter().filter(sees);
    let part = page.of(own.map(|it| shape::installation(base, &world, it)).collect(), PAGE);
    let answer = json!({"total_count": part.total, "installations": part.shown});
    Ok((part.link(&format!("{base}api/v3/user/installations")), Json(answer)))
}

/// The repositories that a token of an installation sees.
async fn repositories(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    if caller.installed.is_none() {
        return Err(Problem::Forbidden("Resource not accessible by personal token".to_owned()));
    }
    let found = shared.admitted(&caller, Access::Read);
    let (base, world) = (shared.base.as_str(), shared.world());
    let shown = found.iter().map(|it| shape::repository(base, &world, it, &caller.user));
    let part = page.of(shown.collect(), PAGE);
    let answer = json!({"total_count": part.total, "repositories": part.shown});
    Ok((part.link(&format!("{base}api/v3/installation/repositories")), Json(answer)))
}

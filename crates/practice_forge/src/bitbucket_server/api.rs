//! The REST API below `/rest/api/VERSION`: who one is, projects' repositories.

use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries on a page unless more are asked for.
const PAGE: usize = 25;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let api = "/rest/api/{version}";
    Router::new()
        .route("/plugins/servlet/applinks/whoami", get(who_am_i))
        .route(&format!("{api}/application-properties"), get(properties))
        .route(&format!("{api}/users"), get(users))
        .route(&format!("{api}/users/{{slug}}"), get(user))
        .route(&format!("{api}/repos"), get(repositories))
        .route(&format!("{api}/projects/{{project}}/repos"), get(of_project))
        .route(&format!("{api}/projects/{{project}}/repos/{{slug}}"), get(show))
}

/// The API's version, a project's key and a repository's slug.
pub(super) type Place = Path<(String, String, String)>;

pub(super) fn find(
    shared: &Shared,
    caller: &Caller,
    (project, slug): (&str, &str),
    need: Access,
) -> Result<Repository, Problem> {
    shared.admit(caller, &format!("{project}/{slug}"), need)
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Page {
    start: Option<usize>,
    limit: Option<usize>,
}

impl Page {
    pub(super) fn start(self) -> usize {
        self.start.unwrap_or_default()
    }

    pub(super) fn limit(self) -> usize {
        self.limit.unwrap_or(PAGE).clamp(1, 1000)
    }

    /// The part of a list that was asked for.
    pub(super) fn of(self, all: Vec<Value>) -> Json<Value> {
        let more = all.len() > self.start() + self.limit();
        let shown: Vec<_> = all.into_iter().skip(self.start()).take(self.limit()).collect();
        self.answer(shown, more)
    }

    /// A part that was made already.
    pub(super) fn answer(self, shown: Vec<Value>, more: bool) -> Json<Value> {
        Json(json!({
            "size": shown.len(),
            "limit": self.limit(),
            "start": self.start(),
            "isLastPage": !more,
            "nextPageStart": more.then(|| self.start() + self.limit()),
            "values": shown,
        }))
    }
}

/// The name in plain text.
async fn who_am_i(caller: Caller) -> String {
    caller.user.login
}

async fn properties() -> Json<Value> {
    Json(json!({"version": "9.0.0", "buildNumber": "9000000", "displayName": "Bitbucket"}))
}

#[derive(Deserialize)]
struct Filter {
    filter: Option<String>,
}

async fn users(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    Query(wanted): Query<Filter>,
    _: Caller,
) -> Json<Value> {
    let world = shared.world();
    let wanted = wanted.filter.unwrap_or_default();
    let found = world.users.iter().filter(|it| it.login.contains(&wanted));
    page.of(found.map(|it| shape::user(shared.base.as_str(), it)).collect())
}

async fn user(
    State(shared): State<Arc<Shared>>,
    Path((_, slug)): Path<(String, String)>,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let world = shared.world();
    let found = world.user(&slug).ok_or(Problem::NotFound)?;
    Ok(Json(shape::user(shared.base.as_str(), found)))
}

#[derive(Deserialize)]
struct Permission {
    permission: Option<String>,
    name: Option<String>,
    projectkey: Option<String>,
}

async fn repositories(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    Query(wanted): Query<Permission>,
    caller: Caller,
) -> Json<Value> {
    let need = match wanted.permission.as_deref() {
        Some("REPO_ADMIN") => Access::Admin,
        Some("REPO_WRITE") => Access::Write,
        _ => Access::Read,
    };
    let named = |it: &&Repository| {
        wanted.name.as_ref().is_none_or(|name| it.name.starts_with(name))
            && wanted.projectkey.as_ref().is_none_or(|key| it.owner == *key)
    };
    let all = shared.admitted(&caller, need);
    let world = shared.world();
    let shown = all.iter().filter(named);
    page.of(shown.map(|it| shape::repository(shared.base.as_str(), &world, it)).collect())
}

async fn of_project(
    State(shared): State<Arc<Shared>>,
    Path((_, project)): Path<(String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Json<Value> {
    let all = shared.admitted(&caller, Access::Read);
    let world = shared.world();
    let shown = all.iter().filter(|it| it.owner == project);
    page.of(shown.map(|it| shape::repository(shared.base.as_str(), &world, it)).collect())
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    Ok(Json(shape::repository(shared.base.as_str(), &shared.world(), &found)))
}

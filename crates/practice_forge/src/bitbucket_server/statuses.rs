//! Build statuses, below the repository and in the older place below the commit alone. One who may
//! read may set them.

use super::api::{Page, find};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::world::Status;
use crate::world::repository::{Access, Repository};
use crate::{Shared, git};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use domain::CommitSha;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const STATES: [&str; 5] = ["SUCCESSFUL", "FAILED", "INPROGRESS", "CANCELLED", "UNKNOWN"];
/// Characters of a URL, and of every other text.
const URL_CHARS_MAX: usize = 450;
const TEXT_CHARS_MAX: usize = 255;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let commit = "/rest/api/{version}/projects/{project}/repos/{slug}/commits/{sha}";
    Router::new().route(&format!("{commit}/builds"), get(show).post(set)).route(
        "/rest/build-status/{version}/commits/{sha}",
        get(list_of_commit).post(set_of_commit),
    )
}

type CommitPlace = Path<(String, String, String, String)>;

async fn set(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, sha)): CommitPlace,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<StatusCode, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    put(&shared, &caller, &found, &sha, &body).await
}

#[derive(Deserialize)]
struct Wanted {
    key: Option<String>,
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, sha)): CommitPlace,
    Query(wanted): Query<Wanted>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?.full_name();
    let world = shared.world();
    let mut statuses = world.statuses_of(&found, &sha).into_iter();
    let status = statuses.find(|it| Some(&it.context) == wanted.key.as_ref());
    Ok(Json(status.map(status_json).ok_or(Problem::NotFound)?))
}

/// The repository is whichever of the caller's has the commit.
async fn set_of_commit(
    State(shared): State<Arc<Shared>>,
    Path((_, sha)): Path<(String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<StatusCode, Problem> {
    for found in shared.admitted(&caller, Access::Read) {
        if git::has_commit(&shared.folder_of(&found), &sha).await {
            return put(&shared, &caller, &found, &sha, &body).await;
        }
    }
    Err(Problem::NotFound)
}

async fn list_of_commit(
    State(shared): State<Arc<Shared>>,
    Path((_, sha)): Path<(String, String)>,
    Query(page): Query<Page>,
    _: Caller,
) -> Json<Value> {
    let world = shared.world();
    let all = world.statuses.iter().rev().filter(|it| it.commit.as_str() == sha);
    page.of(all.map(status_json).collect())
}

async fn put(
    shared: &Shared,
    caller: &Caller,
    found: &Repository,
    sha: &str,
    body: &Value,
) -> Result<StatusCode, Problem> {
    if !git::has_commit(&shared.folder_of(found), sha).await {
        return Err(Problem::NotFound);
    }
    let text = |name: &str, most: usize| -> Result<Option<String>, Problem> {
        let text = body[name].as_str().map(str::to_owned);
        let long = text.as_ref().is_some_and(|it| it.chars().count() > most);
        if long { Err(Problem::Invalid(format!("{name} is too long"))) } else { Ok(text) }
    };
    let required = |name: &str| Problem::Invalid(format!("{name} is required"));
    let state = text("state", TEXT_CHARS_MAX)?.filter(|it| STATES.contains(&it.as_str()));
    let url = text("url", URL_CHARS_MAX)?;
    let status = Status {
        repository: found.full_name(),
        commit: CommitSha::new(sha),
        state: state.ok_or_else(|| required("state"))?,
        context: text("key", TEXT_CHARS_MAX)?.ok_or_else(|| required("key"))?,
        description: text("description", TEXT_CHARS_MAX)?,
        target_url: Some(url.ok_or_else(|| required("url"))?),
        git_ref: text("ref", TEXT_CHARS_MAX)?,
        creator: caller.user.login.clone(),
    };
    shared.world().put_status(status);
    Ok(StatusCode::NO_CONTENT)
}

fn status_json(found: &Status) -> Value {
    json!({
        "key": found.context,
        "state": found.state,
        "name": found.context,
        "url": found.target_url,
        "description": found.description,
        "createdDate": 1_767_225_600_000_i64,
        "updatedDate": 1_767_225_600_000_i64,
    })
}

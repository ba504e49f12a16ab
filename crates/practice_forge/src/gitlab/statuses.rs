//! Commit statuses, which at GitLab are states of a machine: the same one twice is refused. Each is of a
//! ref; where none is named it is the first branch with the commit, and one that no branch has is refused.

use super::api::{paged, project};
use super::shape;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::Status;
use crate::world::repository::Access;
use crate::{Shared, git};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::CommitSha;
use serde_json::{Map, Value};
use std::sync::Arc;
use url::form_urlencoded;

const STATES: [&str; 6] = ["pending", "running", "success", "failed", "canceled", "skipped"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    let project = "/api/v4/projects/{id}";
    Router::new()
        .route(&format!("{project}/statuses/{{sha}}"), post(set))
        .route(&format!("{project}/repository/commits/{{sha}}/statuses"), get(list))
}

/// The members of a body, JSON or a form.
pub(super) fn members(headers: &HeaderMap, query: Option<&str>, body: &str) -> Map<String, Value> {
    let kind = headers.get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let form = |text: &str| -> Map<String, Value> {
        let pairs = form_urlencoded::parse(text.as_bytes());
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect()
    };
    let mut found = form(query.unwrap_or_default());
    found.extend(match kind.starts_with("application/json") {
        true => serde_json::from_str(body).unwrap_or_default(),
        false => form(body),
    });
    found
}

async fn set(
    State(shared): State<Arc<Shared>>,
    Path((id, sha)): Path<(String, String)>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    headers: HeaderMap,
    caller: Caller,
    body: String,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Write)?;
    let folder = shared.folder_of(&found);
    if !git::has_commit(&folder, &sha).await {
        return Err(Problem::NotFound);
    }
    let body = members(&headers, query.as_deref(), &body);
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let git_ref = match text("ref") {
        Some(git_ref) => Some(git_ref),
        None => git::branch_with(&folder, &sha).await,
    };
    let git_ref = git_ref.ok_or(Problem::NotFound)?;
    let state = text("state").filter(|it| STATES.contains(&it.as_str()));
    let context = text("name").or_else(|| text("context"));
    let status = Status {
        repository: found.full_name(),
        commit: CommitSha::new(sha),
        state: state.ok_or_else(|| Problem::Invalid("state does not have a valid value".into()))?,
        context: context.unwrap_or_else(|| "default".to_owned()),
        description: text("description"),
        target_url: text("target_url"),
        git_ref: Some(git_ref),
        creator: caller.user.login,
    };
    let mut world = shared.world();
    let before = world.statuses_of(&status.repository, status.commit.as_str());
    let before = before.into_iter().find(|it| it.context == status.context);
    if let Some(before) = before {
        transition(&before.state, &status.state)?;
    }
    let answer = shape::status(shared.base.as_str(), &world, &status);
    world.put_status(status);
    Ok((StatusCode::CREATED, Json(answer)))
}

/// What has ended may begin again; what goes on cannot be told to go on.
fn transition(from: &str, to: &str) -> Result<(), Problem> {
    let event = match (from, to) {
        ("pending" | "running", "pending") => "enqueue",
        ("running", "running") => "run",
        _ => return Ok(()),
    };
    Err(Problem::Invalid(format!(
        "Cannot transition status via :{event} from :{from} (Reason(s): Status cannot transition via \"{event}\")"
    )))
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((id, sha)): Path<(String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let (base, name) = (shared.base.as_str(), found.full_name());
    let world = shared.world();
    let all = world.statuses_of(&name, &sha);
    let all = all.into_iter().map(|it| shape::status(base, &world, it)).collect();
    let path = format!("projects/{}/repository/commits/{sha}/statuses", found.id);
    drop(world);
    Ok(paged(&shared, page, all, &path))
}

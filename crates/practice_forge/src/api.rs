//! The REST API below `/api/v3`: who one is, repositories, refs, statuses.

use crate::problem::Problem;
use crate::repository::{self, RefLine};
use crate::world::{Repository, Status, User};
use crate::{Shared, payload};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::CommitSha;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v3/user", get(user))
        .route("/api/v3/repos/{owner}/{name}", get(repository_))
        .route("/api/v3/repos/{owner}/{name}/git/ref/{*ref}", get(git_ref))
        .route("/api/v3/repos/{owner}/{name}/git/tags/{sha}", get(git_tag))
        .route("/api/v3/repos/{owner}/{name}/statuses/{sha}", post(set_status))
        .route("/api/v3/repos/{owner}/{name}/commits/{sha}/statuses", get(statuses))
}

/// Whoever the request's token speaks for.
pub(crate) struct Caller {
    pub(crate) user: User,
    scope: String,
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        shared: &Arc<Shared>,
    ) -> Result<Self, Self::Rejection> {
        let sent = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let words = sent.and_then(|text| text.split_once(' '));
        let token = words.filter(|(scheme, _)| matches!(*scheme, "Bearer" | "token"));
        let token = token.map(|(_, token)| token).unwrap_or_default();
        let world = shared.world();
        let found = world.tokens.get(token).ok_or(Problem::BadCredentials)?;
        let user = world.user(&found.login).ok_or(Problem::BadCredentials)?;
        Ok(Self { user: user.clone(), scope: found.scope.clone() })
    }
}

impl Shared {
    pub(crate) fn find(&self, owner: &str, name: &str) -> Result<Repository, Problem> {
        self.world().repository(owner, name).cloned().ok_or(Problem::NotFound)
    }
}

async fn user(State(shared): State<Arc<Shared>>, caller: Caller) -> impl IntoResponse {
    let mut headers = HeaderMap::new();
    caller.scope.parse().into_iter().for_each(|scope| {
        headers.insert("x-oauth-scopes", scope);
    });
    (headers, Json(payload::user_json(shared.base.as_str(), &caller.user)))
}

async fn repository_(
    State(shared): State<Arc<Shared>>,
    Path((owner, name)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = shared.find(&owner, &name)?;
    Ok(Json(payload::repository_json(shared.base.as_str(), &found, &caller.user)))
}

async fn git_ref(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, wanted)): Path<(String, String, String)>,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let folder = shared.folder_of(&shared.find(&owner, &name)?);
    let full = format!("refs/{wanted}");
    let found = repository::refs(&folder).await?.into_iter().find(|it| it.name == full);
    Ok(Json(ref_json(&found.ok_or(Problem::NotFound)?)))
}

async fn git_tag(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, sha)): Path<(String, String, String)>,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let folder = shared.folder_of(&shared.find(&owner, &name)?);
    let valid = CommitSha::new(&*sha).is_valid();
    let found = if valid { repository::tag_target(&folder, &sha).await.ok() } else { None };
    Ok(Json(ref_json(&found.ok_or(Problem::NotFound)?)))
}

fn ref_json(line: &RefLine) -> Value {
    json!({"ref": line.name, "object": {"sha": line.sha, "type": line.kind}})
}

async fn set_status(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, sha)): Path<(String, String, String)>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let found = shared.find(&owner, &name)?;
    if !repository::has_commit(&shared.folder_of(&found), &sha).await {
        return Err(Problem::Invalid(format!("No commit found for SHA: {sha}")));
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let state = text("state").filter(|it| STATES.contains(&it.as_str()));
    let status = Status {
        repository: found.full_name(),
        commit: CommitSha::new(sha),
        state: state.ok_or_else(|| Problem::Invalid("State is not included in the list".into()))?,
        context: text("context").unwrap_or_else(|| "default".to_owned()),
        description: text("description"),
        target_url: text("target_url"),
        creator: caller.user.login,
    };
    let answer = json!(status);
    shared.world().statuses.push(status);
    Ok((StatusCode::CREATED, Json(answer)))
}

const STATES: [&str; 4] = ["pending", "success", "failure", "error"];

async fn statuses(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, sha)): Path<(String, String, String)>,
    _: Caller,
) -> Result<Json<Value>, Problem> {
    let full_name = shared.find(&owner, &name)?.full_name();
    let world = shared.world();
    let of_commit = |it: &&Status| it.repository == full_name && it.commit.as_str() == sha;
    // Newest first, as GitHub lists them.
    Ok(Json(json!(world.statuses.iter().rev().filter(of_commit).collect::<Vec<_>>())))
}

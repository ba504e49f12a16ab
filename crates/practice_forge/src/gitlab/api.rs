//! The REST API below `/api/v4`: who one is, projects, branches, tags, commits. A project is named
//! by its number or by its path with its slashes encoded.

use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::git::{self, RefLine};
use crate::page::{Page, Part};
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries on a page unless more are asked for.
const PAGE: usize = 20;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let project = "/api/v4/projects/{id}";
    Router::new()
        .route("/api/v4/user", get(user))
        .route("/api/v4/projects", get(projects))
        .route(project, get(show))
        .route(&format!("{project}/repository/branches"), get(branches))
        .route(&format!("{project}/repository/branches/{{branch}}"), get(branch))
        .route(&format!("{project}/repository/tags"), get(tags))
        .route(&format!("{project}/repository/tags/{{tag}}"), get(tag))
        .route(&format!("{project}/repository/commits/{{sha}}"), get(commit))
}

/// The project, if the caller may do that much there.
pub(super) fn project(
    shared: &Shared,
    caller: &Caller,
    id: &str,
    need: Access,
) -> Result<Repository, Problem> {
    let number: Option<u64> = id.parse().ok();
    let by_number = number.and_then(|id| shared.repository_by_id(id).ok());
    let name = by_number.map_or_else(|| id.to_owned(), |found| found.full_name());
    shared.admit(caller, &name, need)
}

/// A page with GitLab's headers; `path` is below the API's root.
pub(super) fn paged(
    shared: &Shared,
    page: Page,
    all: Vec<Value>,
    path: &str,
) -> (HeaderMap, Json<Value>) {
    let part = page.of(all, PAGE);
    let mut headers = part.link(&format!("{}api/v4/{path}", shared.base));
    number_headers(&part).into_iter().for_each(|(name, value)| {
        headers.insert(name, value.into());
    });
    // Empty on the last page.
    if part.next.is_none() {
        headers.insert("x-next-page", axum::http::HeaderValue::from_static(""));
    }
    (headers, Json(json!(part.shown)))
}

fn number_headers(part: &Part<Value>) -> Vec<(&'static str, usize)> {
    let mut headers = vec![
        ("x-page", part.number),
        ("x-per-page", part.size),
        ("x-total", part.total),
        ("x-total-pages", part.total.div_ceil(part.size)),
    ];
    headers.extend(part.next.map(|next| ("x-next-page", next)));
    headers
}

async fn user(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Value> {
    Json(shape::user(shared.base.as_str(), &caller.user))
}

#[derive(Deserialize)]
struct Membership {
    min_access_level: Option<u32>,
}

async fn projects(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    Query(wanted): Query<Membership>,
    caller: Caller,
) -> (HeaderMap, Json<Value>) {
    let need = match wanted.min_access_level.unwrap_or_default() {
        40.. => Access::Admin,
        30.. => Access::Write,
        _ => Access::Read,
    };
    let base = shared.base.as_str();
    let all = shared.admitted(&caller, need);
    let all = all.iter().map(|it| shape::project(base, it, &caller.user)).collect();
    paged(&shared, page, all, "projects")
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    Ok(Json(shape::project(shared.base.as_str(), &found, &caller.user)))
}

/// The refs under a prefix, as the API shows them.
async fn refs(shared: &Shared, of: &Repository, prefix: &str) -> Result<Vec<Value>, Problem> {
    let folder = shared.folder_of(of);
    let (base, path) = (shared.base.as_str(), of.full_name());
    let mut shown = Vec::new();
    for RefLine { name, sha, kind } in git::refs(&folder).await? {
        let Some(short) = name.strip_prefix(prefix) else { continue };
        let commit = git::commit(&folder, &sha).await.ok_or(Problem::NotFound)?;
        shown.push(json!({
            "name": short,
            "commit": shape::commit(base, &path, &commit),
            // Of an annotated tag its own object.
            "target": sha,
            "message": (kind == "tag").then_some(""),
            "protected": of.protects(&name),
            "default": short == of.default_branch,
        }));
    }
    Ok(shown)
}

async fn branches(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let all = refs(&shared, &found, "refs/heads/").await?;
    Ok(paged(&shared, page, all, &format!("projects/{}/repository/branches", found.id)))
}

async fn tags(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let all = refs(&shared, &found, "refs/tags/").await?;
    Ok(paged(&shared, page, all, &format!("projects/{}/repository/tags", found.id)))
}

async fn branch(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let all = refs(&shared, &found, "refs/heads/").await?;
    Ok(Json(all.into_iter().find(|it| it["name"] == *name).ok_or(Problem::NotFound)?))
}

async fn tag(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let all = refs(&shared, &found, "refs/tags/").await?;
    Ok(Json(all.into_iter().find(|it| it["name"] == *name).ok_or(Problem::NotFound)?))
}

async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((id, sha)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = project(&shared, &caller, &id, Access::Read)?;
    let commit = git::commit(&shared.folder_of(&found), &sha).await.ok_or(Problem::NotFound)?;
    Ok(Json(shape::commit(shared.base.as_str(), &found.full_name(), &commit)))
}

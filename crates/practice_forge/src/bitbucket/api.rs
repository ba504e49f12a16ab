//! The REST API below `/2.0`: who one is, workspaces, repositories. What lists across workspaces
//! was withdrawn (Atlassian's CHANGE-2770) and answers 410.

use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries on a page unless more are asked for.
const PAGE: usize = 10;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/2.0/user", get(user))
        .route("/2.0/user/workspaces", get(workspaces))
        .route("/2.0/user/workspaces/{workspace}/permissions/repositories", get(permissions))
        .route("/2.0/repositories/{workspace}", get(repositories))
        .route("/2.0/repositories/{workspace}/{slug}", get(show))
        .route("/2.0/repositories", any(withdrawn))
        .route("/2.0/workspaces", any(withdrawn))
        .route("/2.0/user/permissions/{what}", any(withdrawn))
}

/// A workspace and a repository's slug, or its UUID in braces.
pub(super) type Place = Path<(String, String)>;

pub(super) fn find(
    shared: &Shared,
    caller: &Caller,
    (workspace, slug): (&str, &str),
    need: Access,
) -> Result<Repository, Problem> {
    let uuid = slug.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let name = uuid.and_then(|uuid| {
        let world = shared.world();
        world.repositories.iter().find(|it| it.uuid == uuid).map(Repository::full_name)
    });
    shared.admit(caller, &name.unwrap_or_else(|| format!("{workspace}/{slug}")), need)
}

/// A page; `path` is below the API's root, and the next page is a whole URL.
pub(super) fn paged(shared: &Shared, page: Page, all: Vec<Value>, path: &str) -> Json<Value> {
    let part = page.of(all, PAGE);
    let mut answer = json!({
        "pagelen": part.size,
        "page": part.number,
        "size": part.total,
        "values": part.shown,
    });
    if let Some(next) = part.next {
        let url = format!("{}2.0/{path}?pagelen={}&page={next}", shared.base, part.size);
        answer["next"] = json!(url);
    }
    Json(answer)
}

async fn user(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Value> {
    Json(shape::user(shared.base.as_str(), &caller.user))
}

async fn workspaces(
    State(shared): State<Arc<Shared>>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Json<Value> {
    let mut slugs: Vec<_> =
        shared.admitted(&caller, Access::Read).into_iter().map(|it| it.owner).collect();
    slugs.sort_unstable();
    slugs.dedup();
    let member =
        |slug: String| json!({"type": "workspace_access", "workspace": shape::workspace(&slug)});
    paged(&shared, page, slugs.into_iter().map(member).collect(), "user/workspaces")
}

#[derive(Deserialize)]
struct Role {
    role: Option<String>,
    q: Option<String>,
}

/// Whether a search's text names it: `uuid="{…}"`, `full_name="a/b"`, or by a member's name before
/// those; there are no other searches here.
fn is_meant(found: &Repository, search: Option<&str>) -> bool {
    let names =
        [format!("uuid=\"{{{}}}\"", found.uuid), format!("full_name=\"{}\"", found.full_name())];
    search.is_none_or(|search| names.iter().any(|name| search.ends_with(name)))
}

async fn repositories(
    State(shared): State<Arc<Shared>>,
    Path(workspace): Path<String>,
    Query(page): Query<Page>,
    Query(wanted): Query<Role>,
    caller: Caller,
) -> Json<Value> {
    let need = match wanted.role.as_deref() {
        Some("admin") => Access::Admin,
        Some("contributor") => Access::Write,
        _ => Access::Read,
    };
    let all = shared.admitted(&caller, need);
    let all = all.iter().filter(|it| it.owner == workspace && is_meant(it, wanted.q.as_deref()));
    let all = all.map(|it| shape::repository(shared.base.as_str(), it)).collect();
    paged(&shared, page, all, &format!("repositories/{workspace}"))
}

#[derive(Deserialize)]
struct Search {
    q: Option<String>,
}

/// What the caller may do; `q=repository.full_name="a/b"` names one repository.
async fn permissions(
    State(shared): State<Arc<Shared>>,
    Path(workspace): Path<String>,
    Query(page): Query<Page>,
    Query(search): Query<Search>,
    caller: Caller,
) -> Json<Value> {
    let named = |it: &&Repository| it.owner == workspace && is_meant(it, search.q.as_deref());
    let permission = |it: &Repository| {
        let word = match it.access_of(&caller.user.login) {
            Access::Admin => "admin",
            Access::Write => "write",
            Access::Read | Access::None => "read",
        };
        let repository = shape::repository(shared.base.as_str(), it);
        json!({"type": "repository_permission", "permission": word, "repository": repository})
    };
    let all = shared.admitted(&caller, Access::Read);
    let all = all.iter().filter(named).map(permission).collect();
    let path = format!("user/workspaces/{workspace}/permissions/repositories");
    paged(&shared, page, all, &path)
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    Ok(Json(shape::repository(shared.base.as_str(), &found)))
}

async fn withdrawn() -> Problem {
    Problem::Gone("CHANGE-2770: Functionality has been deprecated".to_owned())
}

//! The REST API of branches, tags and commits.

use super::api::{Place, find, paged};
use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::git::{self, RefLine};
use crate::page::Page;
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let repository = "/2.0/repositories/{workspace}/{slug}";
    Router::new()
        .route(&format!("{repository}/refs/{{plural}}"), get(list))
        .route(&format!("{repository}/refs/{{plural}}/{{*name}}"), get(show))
        .route(&format!("{repository}/commit/{{sha}}"), get(commit))
        .route(&format!("{repository}/branch-restrictions"), get(restrictions))
}

/// `branches` or `tags`.
async fn all(shared: &Shared, of: &Repository, plural: &str) -> Result<Vec<Value>, Problem> {
    let (prefix, tag) = match plural {
        "branches" => ("refs/heads/", false),
        "tags" => ("refs/tags/", true),
        _ => return Err(Problem::NotFound),
    };
    let (folder, full) = (shared.folder_of(of), of.full_name());
    let mut shown = Vec::new();
    for RefLine { name, sha, .. } in git::refs(&folder).await? {
        let Some(short) = name.strip_prefix(prefix) else { continue };
        let target = git::commit(&folder, &sha).await.ok_or(Problem::NotFound)?;
        shown.push(shape::reference(shared.base.as_str(), &full, tag, short, &target));
    }
    Ok(shown)
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, plural)): Path<(String, String, String)>,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    let path = format!("repositories/{}/refs/{plural}", found.full_name());
    let all = all(&shared, &found, &plural).await?;
    Ok(paged(&shared, page, all, &path))
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, plural, name)): Path<(String, String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    let all = all(&shared, &found, &plural).await?;
    Ok(Json(all.into_iter().find(|it| it["name"] == *name).ok_or(Problem::NotFound)?))
}

async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug, sha)): Path<(String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Read)?;
    let commit = git::commit(&shared.folder_of(&found), &sha).await.ok_or(Problem::NotFound)?;
    Ok(Json(shape::commit(shared.base.as_str(), &found.full_name(), &commit)))
}

/// What keeps a branch to some. An app reads it with a scope that nothing else takes.
async fn restrictions(
    State(shared): State<Arc<Shared>>,
    Path((workspace, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&workspace, &slug), Access::Admin)?;
    let needed = "repository:admin";
    if caller.by_app && !caller.scope.split([' ', ',']).any(|it| it == needed) {
        return Err(Problem::Scope { needed, granted: caller.scope });
    }
    let branches = found.protected.iter().filter_map(|full| full.strip_prefix("refs/heads/"));
    let shown = branches.map(|branch| {
        json!({
            "type": "branchrestriction",
            "kind": "push",
            "branch_match_kind": "glob",
            "pattern": branch,
            "users": [],
            "groups": [],
        })
    });
    let path = format!("repositories/{}/branch-restrictions", found.full_name());
    Ok(paged(&shared, page, shown.collect(), &path))
}

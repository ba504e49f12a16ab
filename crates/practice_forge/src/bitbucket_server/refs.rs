//! The REST API of branches, tags and commits.

use super::api::{Page, Place, find};
use super::shape;
use crate::Shared;
use crate::caller::Caller;
use crate::git::{self, RefLine};
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let repository = "/rest/api/{version}/projects/{project}/repos/{slug}";
    let permissions = "/rest/branch-permissions/{version}/projects/{project}/repos/{slug}";
    Router::new()
        .route(&format!("{repository}/default-branch"), get(default_branch))
        .route(&format!("{repository}/branches"), get(branches))
        .route(&format!("{repository}/branches/default"), get(default_branch))
        .route(&format!("{repository}/tags"), get(tags))
        .route(&format!("{repository}/tags/{{*name}}"), get(tag))
        .route(&format!("{repository}/commits"), get(commits))
        .route(&format!("{repository}/commits/{{sha}}"), get(commit))
        .route(&format!("{permissions}/restrictions"), get(restrictions))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter_text: Option<String>,
}

/// The refs under a prefix whose name holds the text.
async fn refs(
    shared: &Shared,
    of: &Repository,
    prefix: &str,
    filter: &Filter,
) -> Result<Vec<Value>, Problem> {
    let folder = shared.folder_of(of);
    let text = filter.filter_text.as_deref().unwrap_or_default();
    let mut shown = Vec::new();
    for line in git::refs(&folder).await? {
        let Some(short) = line.name.strip_prefix(prefix).filter(|it| it.contains(text)) else {
            continue;
        };
        let commit = git::commit(&folder, &line.sha).await.ok_or(Problem::NotFound)?;
        shown.push(ref_json(of, &line, short, &commit.id));
    }
    Ok(shown)
}

/// `hash` is an annotated tag's own object, `latestCommit` what it leads to.
fn ref_json(of: &Repository, line: &RefLine, short: &str, commit: &str) -> Value {
    let mut shown = json!({
        "id": line.name,
        "displayId": short,
        "type": if line.name.starts_with("refs/tags/") { "TAG" } else { "BRANCH" },
        "latestCommit": commit,
        "latestChangeset": commit,
    });
    match shown["type"] == "TAG" {
        true => shown["hash"] = json!((line.kind == "tag").then_some(&line.sha)),
        false => shown["isDefault"] = json!(short == of.default_branch),
    }
    shown
}

async fn branches(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    Query(filter): Query<Filter>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    Ok(page.of(refs(&shared, &found, "refs/heads/", &filter).await?))
}

async fn tags(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    Query(filter): Query<Filter>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    Ok(page.of(refs(&shared, &found, "refs/tags/", &filter).await?))
}

async fn tag(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, name)): Path<(String, String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    let filter = Filter { filter_text: Some(name.clone()) };
    let all = refs(&shared, &found, "refs/tags/", &filter).await?;
    Ok(Json(all.into_iter().find(|it| it["displayId"] == *name).ok_or(Problem::NotFound)?))
}

async fn default_branch(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    let all = refs(&shared, &found, "refs/heads/", &Filter { filter_text: None }).await?;
    Ok(Json(all.into_iter().find(|it| it["isDefault"] == true).ok_or(Problem::NotFound)?))
}

#[derive(Deserialize)]
struct Wanted {
    until: Option<String>,
}

async fn commits(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    Query(wanted): Query<Wanted>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    let folder = shared.folder_of(&found);
    let until = wanted.until.unwrap_or(found.default_branch);
    let until = git::commit(&folder, &until).await.ok_or(Problem::NotFound)?;
    let some = git::history(&folder, &until.id, page.start(), page.limit() + 1).await?;
    let shown = some.iter().take(page.limit()).map(shape::commit).collect();
    Ok(page.answer(shown, some.len() > page.limit()))
}

async fn commit(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug, sha)): Path<(String, String, String, String)>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Read)?;
    let commit = git::commit(&shared.folder_of(&found), &sha).await.ok_or(Problem::NotFound)?;
    Ok(Json(shape::commit(&commit)))
}

/// Who may change a ref, which has an API of its own.
async fn restrictions(
    State(shared): State<Arc<Shared>>,
    Path((_, project, slug)): Place,
    Query(page): Query<Page>,
    caller: Caller,
) -> Result<Json<Value>, Problem> {
    let found = find(&shared, &caller, (&project, &slug), Access::Admin)?;
    let shown = found.protected.iter().zip(1..).map(|(full, id)| {
        let short = full.rsplit('/').next().unwrap_or(full);
        let kind = json!({"id": "BRANCH", "name": "Branch"});
        let matcher = json!({"id": full, "displayId": short, "type": kind, "active": true});
        json!({"id": id, "type": "read-only", "matcher": matcher, "users": [], "groups": []})
    });
    Ok(page.of(shown.collect()))
}

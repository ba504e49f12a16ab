//! Renamed repositories: each old address leads to the new one.

use crate::{Kind, Shared};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// Sends whoever uses an old name on; runs before the routes are matched.
pub(crate) async fn redirect(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(by_name) = by_number(&shared, request.uri()) {
        *request.uri_mut() = by_name;
    }
    let Some(to) = new_address(&shared, request.uri()) else { return next.run(request).await };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && shared.kind == Kind::GitLab && to.contains("/api/v4/") {
        let message = "Non GET methods are not allowed for moved projects";
        return (StatusCode::METHOD_NOT_ALLOWED, Json(json!({"message": message}))).into_response();
    }
    // What is to be sent again as it was needs a status of its own.
    let status = if reads { StatusCode::MOVED_PERMANENTLY } else { StatusCode::TEMPORARY_REDIRECT };
    (status, [(header::LOCATION, to)], "Moved").into_response()
}

/// GitHub's `/repositories/ID/…` is `/repos/OWNER/NAME/…` under another name.
fn by_number(shared: &Shared, uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix("/api/v3/repositories/")?;
    let end = rest.find('/').unwrap_or(rest.len());
    let id: u64 = rest[..end].parse().ok()?;
    let name = shared.world().repository_by_id(id)?.full_name();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/api/v3/repos/{name}{}{query}", &rest[end..]).parse().ok()
}

fn new_address(shared: &Shared, uri: &Uri) -> Option<String> {
    let world = shared.world();
    let moves = world.repositories.iter().flat_map(|repository| {
        let name = repository.full_name();
        let of_old = |old: &String| places(shared.kind, old, &name, repository.id);
        repository.old_names.iter().flat_map(of_old).collect::<Vec<_>>()
    });
    let rest = |old: &str| {
        let rest = uri.path().strip_prefix('/')?.strip_prefix(old)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    };
    let (to, rest) = moves.into_iter().find_map(|(old, new)| Some((new, rest(&old)?)))?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{to}{rest}{query}", shared.base))
}

/// Where a repository was and where it is: in the API, and for git.
fn places(kind: Kind, old: &str, new: &str, id: u64) -> Vec<(String, String)> {
    let mut places = vec![(kind.clone_path(old), kind.clone_path(new))];
    match kind {
        Kind::GitHub => {
            places.push((format!("api/v3/repos/{old}"), format!("api/v3/repositories/{id}")));
        }
        Kind::GitLab => {
            let old = old.replace('/', "%2F");
            places.push((format!("api/v4/projects/{old}"), format!("api/v4/projects/{id}")));
        }
        Kind::Bitbucket => {
            places.push((format!("2.0/repositories/{old}"), format!("2.0/repositories/{new}")));
        }
        Kind::BitbucketServer => {
            let path = |version: &str, name: &str| {
                let (project, slug) = name.split_once('/').unwrap_or((name, ""));
                format!("rest/api/{version}/projects/{project}/repos/{slug}")
            };
            places.extend(["latest", "1.0"].map(|it| (path(it, old), path(it, new))));
        }
    }
    places
}

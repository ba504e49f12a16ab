//! git LFS: the batch API of version 1, and the files themselves, which are given to and taken from
//! whoever shows the ticket of the answer.

use crate::problem::Problem;
use crate::world::repository::Access;
use crate::{Kind, Shared, smart_http};
use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::Digest;
use serde_json::{Value, json};
use std::path::Path;
use url::Url;

/// The folder of a repository's files, in its own.
pub(crate) const FOLDER: &str = "practice-lfs";

/// Characters of a file's hash that are its ticket.
const TICKET_CHARS: usize = 16;

/// The repository's name, and what of its files is asked for: `batch`, or a hash.
pub(crate) fn place(kind: Kind, path: &str) -> Option<(String, &str)> {
    let path = path.strip_prefix('/')?;
    let path = if kind == Kind::BitbucketServer { path.strip_prefix("scm/")? } else { path };
    let (name, asked) = path.split_once("/info/lfs/objects/")?;
    Some((name.strip_suffix(".git").unwrap_or(name).to_owned(), asked))
}

/// What git LFS asks: with the token where files are, and with a ticket for each file.
pub(crate) fn serve(
    shared: &Shared,
    (name, asked): (&str, &str),
    (method, uri): (&Method, &Uri),
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let name = smart_http::present_name(shared, name);
    if asked != "batch" {
        return match shared.present(&name) {
            Ok(repository) => file(&shared.folder_of(&repository), asked, method, headers, body),
            Err(_) => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        };
    }
    let Some(caller) = smart_http::caller(shared, headers) else {
        let ask = [(header::WWW_AUTHENTICATE, r#"Basic realm="Practice forge""#)];
        return (StatusCode::UNAUTHORIZED, ask, "Bad credentials").into_response();
    };
    let Ok(asked) = serde_json::from_slice::<Value>(body) else {
        return (StatusCode::UNPROCESSABLE_ENTITY, "not JSON").into_response();
    };
    let uploads = asked["operation"] == "upload";
    let contents = caller.installed.as_ref().is_none_or(|it| it.permits("contents", uploads));
    let admitted = match contents {
        true => shared.admit(&caller, &name, if uploads { Access::Write } else { Access::Read }),
        false => Err(Problem::Forbidden("Resource not accessible by integration".to_owned())),
    };
    match admitted {
        Ok(repository) => {
            let elsewhere = shared.world().lfs_elsewhere.clone();
            let url = elsewhere.as_ref().unwrap_or(&shared.base).join(uri.path());
            let url = url.unwrap_or_else(|_| shared.base.clone());
            batch(&shared.folder_of(&repository), &url, &asked, uploads)
        }
        Err(problem) => smart_http::refuse(&problem),
    }
}

/// Says where each file is had, or put; `url` is that of this question.
fn batch(folder: &Path, url: &Url, asked: &Value, uploads: bool) -> Response {
    let objects = asked["objects"].as_array().into_iter().flatten();
    let object = |it: &Value| {
        let (oid, size) = (it["oid"].as_str().unwrap_or_default(), &it["size"]);
        let there = is_oid(oid) && folder.join(FOLDER).join(oid).is_file();
        let action = || {
            let href = url.join(oid).map(String::from).unwrap_or_default();
            json!({ "href": href, "header": { "X-Ticket": ticket(oid) } })
        };
        match (uploads, there) {
            (true, true) => json!({ "oid": oid, "size": size }),
            (true, false) if is_oid(oid) => {
                json!({ "oid": oid, "size": size, "actions": { "upload": action() } })
            }
            (false, true) => json!({
                "oid": oid, "size": size, "authenticated": true,
                "actions": { "download": action() },
            }),
            _ => json!({
                "oid": oid, "size": size,
                "error": { "code": 404, "message": "Object does not exist" },
            }),
        }
    };
    let objects: Vec<_> = objects.map(object).collect();
    let said = json!({ "transfer": "basic", "objects": objects, "hash_algo": "sha256" });
    let kind = [(header::CONTENT_TYPE, "application/vnd.git-lfs+json")];
    (kind, Json(said).into_response().into_body()).into_response()
}

/// Gives a file or takes it, for its ticket.
fn file(folder: &Path, oid: &str, method: &Method, headers: &HeaderMap, body: &Bytes) -> Response {
    let shown = headers.get("x-ticket").and_then(|value| value.to_str().ok());
    if !is_oid(oid) || shown != Some(ticket(oid)) {
        return (StatusCode::FORBIDDEN, "no ticket").into_response();
    }
    if *method == Method::PUT {
        let kept = Digest::of(body).0 == oid && keep(folder, oid, body).is_ok();
        let status = if kept { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return status.into_response();
    }
    match std::fs::read(folder.join(FOLDER).join(oid)) {
        Ok(bytes) => bytes.into_response(),
        Err(_) => (StatusCode::NOT_FOUND, "no such file").into_response(),
    }
}

/// Keeps bytes under a hash, be it theirs or not.
pub(crate) fn keep(folder: &Path, oid: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(oid), bytes)
}

fn ticket(oid: &str) -> &str {
    &oid[..TICKET_CHARS]
}

fn is_oid(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

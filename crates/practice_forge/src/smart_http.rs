//! git over HTTP, by git's own `http-backend` as a CGI program; after a push, its deliveries.

use crate::Shared;
use crate::deliver::{self, Letter};
use crate::payload::{self, RefUpdate};
use crate::repository::{self, RefLine};
use crate::world::{Repository, User};
use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use std::sync::Arc;

/// Bytes of one push.
const PUSH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What smart clients ask for; nothing else of a repository is served.
const SERVICES: [&str; 3] = ["info/refs", "git-upload-pack", "git-receive-pack"];

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let limit = DefaultBodyLimit::max(PUSH_BYTES_MAX);
    Router::new().route("/{owner}/{repository}/{*service}", get(serve).post(serve).layer(limit))
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    Path((owner, folder, service)): Path<(String, String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(user) = caller(&shared, &headers) else {
        let ask = [(header::WWW_AUTHENTICATE, r#"Basic realm="Practice forge""#)];
        return (StatusCode::UNAUTHORIZED, ask, "Bad credentials").into_response();
    };
    let name = folder.strip_suffix(".git").unwrap_or(&folder);
    let found = shared.world().repository(&owner, name).cloned();
    let Some(repository) = found.filter(|_| SERVICES.contains(&&*service)) else {
        return (StatusCode::NOT_FOUND, "Not Found").into_response();
    };
    let request = Request { repository, user, service, method, uri, headers, body };
    let answer = match &*request.service {
        "git-receive-pack" => receive(&shared, &request).await,
        _ => backend(&shared, &request).await,
    };
    answer.unwrap_or_else(|error| {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response()
    })
}

struct Request {
    repository: Repository,
    user: User,
    service: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The token is the password of HTTP Basic; the user name may be anything.
fn caller(shared: &Shared, headers: &HeaderMap) -> Option<User> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = sent.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (_, token) = decoded.split_once(':')?;
    let world = shared.world();
    let login = &world.tokens.get(token)?.login;
    world.user(login).cloned()
}

/// Takes a push, then tells the hooks of every ref that it changed.
async fn receive(shared: &Arc<Shared>, request: &Request) -> anyhow::Result<Response> {
    let folder = shared.folder_of(&request.repository);
    let _one_push_at_a_time = shared.pushing.lock().await;
    let before = repository::refs(&folder).await?;
    let answer = backend(shared, request).await?;
    let after = repository::refs(&folder).await?;
    announce(shared, request, &before, &after).await?;
    Ok(answer)
}

async fn announce(
    shared: &Arc<Shared>,
    request: &Request,
    before: &[RefLine],
    after: &[RefLine],
) -> anyhow::Result<()> {
    let hooks: Vec<_> = {
        let world = shared.world();
        let wants = |hook: &&crate::world::Hook| {
            hook.repository == request.repository.id
                && hook.active
                && hook.events.iter().any(|it| it == "push")
        };
        world.hooks.iter().filter(wants).cloned().collect()
    };
    let mut letters = Vec::new();
    for update in updates(shared, request, before, after).await? {
        let base = shared.base.as_str();
        let payload = payload::push(base, &request.repository, &request.user, &update);
        letters.extend(hooks.iter().map(|hook| Letter::new(shared, hook, "push", &payload)));
    }
    deliver::send_all(shared, letters);
    Ok(())
}

/// The refs that differ, with what a payload says about each.
async fn updates(
    shared: &Shared,
    request: &Request,
    before: &[RefLine],
    after: &[RefLine],
) -> anyhow::Result<Vec<RefUpdate>> {
    let folder = shared.folder_of(&request.repository);
    let sha = |refs: &[RefLine], name: &str| {
        refs.iter().find(|it| it.name == name).map(|it| it.sha.clone())
    };
    let known: Vec<String> = before.iter().map(|it| it.sha.clone()).collect();
    let mut names: Vec<&String> = before.iter().chain(after).map(|it| &it.name).collect();
    names.sort_unstable();
    names.dedup();
    let mut updates = Vec::new();
    for name in names {
        let (old, new) = (sha(before, name), sha(after, name));
        if old != new {
            updates.push(describe(&folder, name, (old, new), &known).await?);
        }
    }
    Ok(updates)
}

/// What a payload says about one ref; `known` is what was reachable before the push.
async fn describe(
    folder: &std::path::Path,
    name: &str,
    (before, after): (Option<String>, Option<String>),
    known: &[String],
) -> anyhow::Result<RefUpdate> {
    let (mut forced, mut head, mut commits) = (false, None, Vec::new());
    if let Some(after) = &after {
        head = repository::commits(folder, after, &[]).await?.pop();
        if !known.is_empty() && name.starts_with("refs/heads/") {
            commits = repository::commits(folder, after, known).await?;
        }
        if let Some(before) = &before {
            forced = repository::is_forced(folder, before, after).await;
        }
    }
    Ok(RefUpdate { name: name.to_owned(), before, after, forced, commits, head })
}

/// Runs the CGI program (RFC 3875) and gives its answer.
async fn backend(shared: &Shared, request: &Request) -> anyhow::Result<Response> {
    let path = format!("/{}/{}", request.repository.folder(), request.service);
    let mut command = repository::git(&shared.folder);
    command.env("GIT_PROJECT_ROOT", &shared.folder).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", path).env("REQUEST_METHOD", request.method.as_str());
    command.env("QUERY_STRING", request.uri.query().unwrap_or_default());
    command.env("CONTENT_TYPE", request.header("content-type"));
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    command.env("HTTP_CONTENT_ENCODING", request.header("content-encoding"));
    command.env("GIT_PROTOCOL", request.header("git-protocol"));
    command.env("REMOTE_USER", &request.user.login).env("REMOTE_ADDR", "127.0.0.1");
    // What git refuses is in its answer, for the client to read; the exit status is the server's
    // own affair.
    let output = repository::finish(command.arg("http-backend"), &request.body).await?;
    answer(output.stdout)
}

/// Takes a CGI answer apart: headers, an empty line, the body.
fn answer(output: Vec<u8>) -> anyhow::Result<Response> {
    let end = output.windows(4).position(|it| it == b"\r\n\r\n").context("no CGI headers")?;
    let head = std::str::from_utf8(&output[..end])?;
    let mut answer = Response::new(Bytes::copy_from_slice(&output[end + 4..]).into());
    for (name, value) in head.split("\r\n").filter_map(|line| line.split_once(": ")) {
        if name == "Status" {
            let code = value.split(' ').next().unwrap_or_default();
            *answer.status_mut() = code.parse()?;
        } else {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            answer.headers_mut().insert(name, HeaderValue::from_str(value)?);
        }
    }
    Ok(answer)
}

//! git over HTTP, by git's own `http-backend` as a CGI program. Repositories lie where each forge
//! has them: GitLab's groups nest, Bitbucket Server's lie below `/scm/`.

use crate::caller::Caller;
use crate::problem::Problem;
use crate::world::repository::{Access, Repository};
use crate::{Kind, Shared, git, lfs, oauth, push};
use anyhow::Context;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What smart clients ask for; nothing else of a repository is served.
const SERVICES: [&str; 3] = ["info/refs", "git-upload-pack", "git-receive-pack"];

/// Whatever is no route of the API is git's, or nothing.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some((name, asked)) = lfs::place(shared.kind, uri.path()) {
        return lfs::serve(&shared, (&name, asked), (&method, &uri), &headers, &body);
    }
    let Some((name, service)) = place(shared.kind, uri.path()) else {
        return (StatusCode::NOT_FOUND, "Not Found").into_response();
    };
    let Some(caller) = caller(&shared, &headers) else {
        let ask = [(header::WWW_AUTHENTICATE, r#"Basic realm="Practice forge""#)];
        return (StatusCode::UNAUTHORIZED, ask, "Bad credentials").into_response();
    };
    let pushes = service == "git-receive-pack"
        || uri.query().is_some_and(|query| query.contains("git-receive-pack"));
    let need = if pushes { Access::Write } else { Access::Read };
    let contents = caller.installed.as_ref().is_none_or(|it| it.permits("contents", pushes));
    if !contents {
        let why = "Resource not accessible by integration".to_owned();
        return refuse(&Problem::Forbidden(why));
    }
    let repository = match shared.admit(&caller, &present_name(&shared, &name), need) {
        Ok(repository) => repository,
        Err(problem) => return refuse(&problem),
    };
    let request = Request { repository, caller, service, method, uri, headers, body };
    let answer = match request.service {
        "git-receive-pack" => receive(&shared, &request).await,
        _ => backend(&shared, &request).await,
    };
    answer.unwrap_or_else(|error| {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response()
    })
}

struct Request {
    repository: Repository,
    caller: Caller,
    service: &'static str,
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

/// git shows plain text to its user.
pub(crate) fn refuse(problem: &Problem) -> Response {
    (problem.status(), problem.message()).into_response()
}

/// The repository's name and the service in a path.
fn place(kind: Kind, path: &str) -> Option<(String, &'static str)> {
    let path = path.strip_prefix('/')?;
    let path = if kind == Kind::BitbucketServer { path.strip_prefix("scm/")? } else { path };
    let split = |service: &&'static str| Some((path.strip_suffix(service)?, *service));
    let (folder, service) = SERVICES.iter().find_map(split)?;
    let folder = folder.strip_suffix('/')?;
    Some((folder.strip_suffix(".git").unwrap_or(folder).to_owned(), service))
}

/// Bitbucket Server's addresses have the project's key in either case.
pub(crate) fn present_name(shared: &Shared, name: &str) -> String {
    let world = shared.world();
    let same = |full: &String| full.eq_ignore_ascii_case(name);
    let names = world.repositories.iter().map(Repository::full_name);
    let found = names.into_iter().find(|it| shared.kind == Kind::BitbucketServer && same(it));
    found.unwrap_or_else(|| name.to_owned())
}

/// The token is the password of HTTP Basic (at GitHub it may be the user), or a bearer's. Some
/// forges want a certain user name with an OAuth app's token.
pub(crate) fn caller(shared: &Shared, headers: &HeaderMap) -> Option<Caller> {
    if let Some((user, password)) = oauth::basic(headers) {
        let by_user = shared.kind == Kind::GitHub && password == "x-oauth-basic";
        let caller = shared.caller(if by_user { &user } else { &password })?;
        let wanted = shared.kind.git_user().filter(|_| caller.by_app);
        let good = wanted.is_none_or(|wanted| wanted == user) && !user.is_empty();
        return good.then_some(caller);
    }
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    shared.caller(sent.strip_prefix("Bearer ")?)
}

/// Takes a push, then tells of every ref that it changed.
async fn receive(shared: &Arc<Shared>, request: &Request) -> anyhow::Result<Response> {
    let folder = shared.folder_of(&request.repository);
    let _one_push_at_a_time = shared.pushing.lock().await;
    let before = git::refs(&folder).await?;
    let answer = backend(shared, request).await?;
    push::announce(shared, &request.repository, &request.caller.user, &before).await?;
    Ok(answer)
}

/// Runs the CGI program (RFC 3875) and gives its answer.
async fn backend(shared: &Shared, request: &Request) -> anyhow::Result<Response> {
    let path = format!("/{}/{}", request.repository.folder(), request.service);
    let mut command = git::git(&shared.folder);
    command.env("GIT_PROJECT_ROOT", &shared.folder).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", path).env("REQUEST_METHOD", request.method.as_str());
    command.env("QUERY_STRING", request.uri.query().unwrap_or_default());
    command.env("CONTENT_TYPE", request.header("content-type"));
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    command.env("HTTP_CONTENT_ENCODING", request.header("content-encoding"));
    command.env("GIT_PROTOCOL", request.header("git-protocol"));
    command.env("REMOTE_USER", &request.caller.user.login).env("REMOTE_ADDR", "127.0.0.1");
    // What git refuses is in its answer, for the client to read; the exit status is the server's
    // own affair.
    let output = git::finish(command.arg("http-backend"), &request.body).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, path: &str, expect: Option<(&str, &str)>) {
        let found = place(kind, path);
        assert_eq!(found.as_ref().map(|(name, service)| (&**name, *service)), expect, "{path}");
    }

    #[test]
    fn repositories_lie_where_each_forge_has_them() {
        check(Kind::GitHub, "/a/b.git/info/refs", Some(("a/b", "info/refs")));
        check(Kind::GitHub, "/a/b/git-upload-pack", Some(("a/b", "git-upload-pack")));
        check(Kind::GitLab, "/g/s/p.git/git-receive-pack", Some(("g/s/p", "git-receive-pack")));
        check(Kind::BitbucketServer, "/scm/prj/r.git/info/refs", Some(("prj/r", "info/refs")));
        check(Kind::BitbucketServer, "/prj/r.git/info/refs", None);
        check(Kind::GitHub, "/a/b.git/HEAD", None);
    }
}

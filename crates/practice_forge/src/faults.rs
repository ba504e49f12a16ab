//! What the forge does wrong, until it is told otherwise: with its answers, and with deliveries.

use crate::limits::SLOW_MAX;
use crate::{Kind, Shared};
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What the forge does wrong with deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Nothing is sent, and the delivery is listed with status 0.
    Drop,
    /// Everything is sent twice, the second time under another delivery id.
    Duplicate,
    /// Every delivery waits until the next one came, and is sent after it.
    Reorder,
    /// Everything is signed with a secret that nobody knows.
    WrongSecret,
}

/// What the forge does wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It comes late, by at most [`crate::limits::SLOW_MAX`].
    Slow(Duration),
    /// It does not come until the forge is calm again.
    Hang,
    /// Nothing but this status.
    Status(u16),
    /// A page of HTML with status 200, as a proxy's sign-in page is.
    Html,
    /// Half of it.
    Truncated,
    /// A redirect to another origin.
    Redirect(Url),
    /// Too many requests: wait for these seconds.
    RateLimited(u64),
    /// GitHub's secondary limit: wait for these seconds. Other kinds answer as for a rate limit.
    SecondaryLimit(u64),
}

/// A fault, where it happens and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What goes wrong.
    pub fault: Fault,
    /// A part of the path, empty for every path; git's requests have paths too.
    pub path: String,
    /// For so many answers; `None` for all.
    pub times: Option<u32>,
}

impl From<Fault> for Trouble {
    /// Everywhere and for good.
    fn from(fault: Fault) -> Self {
        Self { fault, path: String::new(), times: None }
    }
}

/// The trouble that was told of first wins.
pub(crate) async fn trouble(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    // Before the look at what is wrong: a calm between the two is heard.
    let calm = shared.calmed.notified();
    let Some(fault) = take(&shared, request.uri().path()) else { return next.run(request).await };
    match fault {
        Fault::Hang => {
            shared.hung.send_modify(|count| *count += 1);
            calm.await;
            next.run(request).await
        }
        Fault::Slow(by) => {
            tokio::time::sleep(by.min(SLOW_MAX)).await;
            next.run(request).await
        }
        Fault::Truncated => halve(next.run(request).await).await,
        Fault::Status(code) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, "The practice forge was told to fail.").into_response()
        }
        Fault::Html => {
            Html("<!doctype html>\n<title>Sign in</title>\n<h1>Sign in</h1>\n").into_response()
        }
        Fault::Redirect(to) => {
            (StatusCode::FOUND, [(header::LOCATION, to.to_string())]).into_response()
        }
        Fault::RateLimited(seconds) => limited(&shared, seconds, false),
        Fault::SecondaryLimit(seconds) => limited(&shared, seconds, true),
    }
}

/// The first trouble that lies on this path, counted down.
fn take(shared: &Shared, path: &str) -> Option<Fault> {
    let mut world = shared.world();
    let at = world.troubles.iter().position(|trouble| path.contains(&trouble.path))?;
    let trouble = &mut world.troubles[at];
    let fault = trouble.fault.clone();
    if let Some(left) = &mut trouble.times {
        *left = left.saturating_sub(1);
        if *left == 0 {
            world.troubles.remove(at);
        }
    }
    Some(fault)
}

async fn halve(whole: Response) -> Response {
    let (mut parts, body) = whole.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// As each forge says it: GitHub with 403, and the secondary limit by `Retry-After` alone.
fn limited(shared: &Shared, seconds: u64, secondary: bool) -> Response {
    let reset = shared.now().plus_seconds(seconds as i64).0 / 1000;
    let number = |value: i64| HeaderValue::from(value);
    let (status, message, headers) = match shared.kind {
        Kind::GitHub if secondary => {
            let words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            (StatusCode::FORBIDDEN, words, vec![("retry-after", number(seconds as i64))])
        }
        Kind::GitHub => {
            let headers = vec![
                ("x-ratelimit-limit", number(5000)),
                ("x-ratelimit-remaining", number(0)),
                ("x-ratelimit-used", number(5000)),
                ("x-ratelimit-reset", number(reset)),
                ("x-ratelimit-resource", HeaderValue::from_static("core")),
            ];
            (StatusCode::FORBIDDEN, "API rate limit exceeded for user ID 1.", headers)
        }
        Kind::GitLab => {
            let headers = vec![
                ("retry-after", number(seconds as i64)),
                ("ratelimit-limit", number(2000)),
                ("ratelimit-remaining", number(0)),
                ("ratelimit-reset", number(reset)),
            ];
            (StatusCode::TOO_MANY_REQUESTS, "Retry later", headers)
        }
        Kind::Bitbucket | Kind::BitbucketServer => {
            let words = "Rate limit for this resource has been exceeded";
            let headers = vec![("retry-after", number(seconds as i64))];
            (StatusCode::TOO_MANY_REQUESTS, words, headers)
        }
    };
    let mut answer = (status, Json(json!({"message": message}))).into_response();
    headers.into_iter().for_each(|(name, value)| {
        answer.headers_mut().insert(name, value);
    });
    answer
}

/// Not the text of a trouble.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no trouble; it is slow:MILLISECONDS (at most {most}), hang, status:CODE, html, truncated, redirect:URL, limited:SECONDS or secondary:SECONDS, then *TIMES and @PATH where wanted",
    most = SLOW_MAX.as_millis()
)]
pub struct UnknownTrouble(String);

/// `status:503*3@/api/v4/user`: the fault, how often, and a part of the path.
impl FromStr for Trouble {
    type Err = UnknownTrouble;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownTrouble(text.to_owned());
        let (rest, path) = text.split_once('@').unwrap_or((text, ""));
        let (word, times) = match rest.rsplit_once('*') {
            Some((word, times)) => (word, Some(times.parse().map_err(|_| unknown())?)),
            None => (rest, None),
        };
        let fault = fault(word).ok_or_else(unknown)?;
        Ok(Self { fault, path: path.to_owned(), times })
    }
}

fn fault(text: &str) -> Option<Fault> {
    let (word, value) = text.split_once(':').unwrap_or((text, ""));
    match word {
        "slow" => {
            let by = Duration::from_millis(value.parse().ok()?);
            (by <= SLOW_MAX).then_some(Fault::Slow(by))
        }
        "status" => {
            Some(Fault::Status(value.parse().ok().filter(|code| (100..600).contains(code))?))
        }
        "hang" => Some(Fault::Hang),
        "html" => Some(Fault::Html),
        "truncated" => Some(Fault::Truncated),
        "redirect" => Some(Fault::Redirect(value.parse().ok()?)),
        "limited" => Some(Fault::RateLimited(value.parse().ok()?)),
        "secondary" => Some(Fault::SecondaryLimit(value.parse().ok()?)),
        _ => None,
    }
}

impl FromStr for Misbehaviour {
    type Err = UnknownTrouble;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "drop" => Ok(Self::Drop),
            "duplicate" => Ok(Self::Duplicate),
            "reorder" => Ok(Self::Reorder),
            "wrong-secret" => Ok(Self::WrongSecret),
            other => Err(UnknownTrouble(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(Fault, Option<u32>, &str)>) {
        let read = text.parse::<Trouble>().ok();
        let expect = expect.map(|(fault, times, path)| Trouble { fault, times, path: path.into() });
        assert_eq!(read, expect, "{text}");
    }

    #[test]
    fn troubles_are_read_as_they_are_written() {
        check("html", Some((Fault::Html, None, "")));
        check("hang*2@git", Some((Fault::Hang, Some(2), "git")));
        check("status:503*3@/api/v4/user", Some((Fault::Status(503), Some(3), "/api/v4/user")));
        check("slow:250@hooks", Some((Fault::Slow(Duration::from_millis(250)), None, "hooks")));
        let to = Url::parse("http://other.example:8080/x").expect("a URL");
        check("redirect:http://other.example:8080/x", Some((Fault::Redirect(to), None, "")));
        check("limited:30", Some((Fault::RateLimited(30), None, "")));
        for wrong in ["", "status", "status:9", "html*x", "slow:soon", "slow:5001", "late"] {
            check(wrong, None);
        }
    }
}

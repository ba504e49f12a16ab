//! What the answers of all forges have in common: their status, their limits, their JSON.
//!
//! What only one forge says stands in its own `api.rs`, which asks here for the rest.

use crate::Error;
use domain::CommitSha;
use egress::{HeaderMap, Response, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// What to wait where the forge limits us and does not say for how long (GitHub's documentation
/// of secondary limits: at least a minute).
const UNSAID_WAIT: Duration = Duration::from_secs(60);

/// A read is followed within the API; a write is not sent to where it was not meant for.
pub(crate) const MOVED: &str = "it has moved; use its new name";

/// Headers with the moment, in seconds since 1970, at which a spent limit is filled again.
const RESETS: [&str; 2] = ["x-ratelimit-reset", "ratelimit-reset"];

/// Characters of a forge's own words that are repeated; a page of HTML says nothing.
const WORDS_MAX: usize = 500;

/// What was asked for and may not be there.
pub(crate) fn if_there<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Err(Error::NotFound { .. }) => Ok(None),
        found => found.map(Some),
    }
}

/// What the token may not be told, or what is not there.
pub(crate) fn if_told<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match if_there(found) {
        Err(Error::Forbidden { .. } | Error::MissingScope { .. }) => Ok(None),
        found => found,
    }
}

/// Tells good answers from bad ones, and the bad ones by who can mend them. `words` finds the
/// forge's own words in its JSON.
pub(crate) fn judge(
    response: Response,
    what: &str,
    words: fn(&Value) -> Option<String>,
) -> Result<Response, Error> {
    let (status, what) = (response.status, what.to_owned());
    let message = || shortened(words(&json(&response)));
    if let Some(wait) = limit(status.as_u16(), &response.headers) {
        return Err(Error::RateLimited { wait });
    }
    match status.as_u16() {
        200..=299 => Ok(response),
        401 => Err(Error::Unauthorised),
        403 => Err(Error::Forbidden { what, message: message() }),
        301 | 302 | 303 | 307 | 308 => Err(Error::Rejected { what, message: MOVED.to_owned() }),
        404 | 410 | 451 => Err(Error::NotFound { what }),
        400 | 409 | 413 | 422 => Err(Error::Rejected { what, message: message() }),
        500..=599 => Err(Error::Unavailable { why: format!("{what}: status {status}") }),
        _ => Err(Error::Unexpected { what, why: format!("status {status}: {}", message()) }),
    }
}

/// Reads a good answer. A page instead of JSON (of a proxy, a sign-in, a maintenance) and an
/// answer that breaks off may be better the next time; another shape will not.
pub(crate) fn read<T: DeserializeOwned>(response: &Response, what: &str) -> Result<T, Error> {
    if is_html_page(response) {
        let why =
            format!("{what}: a page of HTML where JSON was promised; a proxy's, or a sign-in");
        return Err(Error::Unavailable { why });
    }
    serde_json::from_slice(&response.body).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => {
            Error::Unavailable { why: format!("{what}: the answer breaks off") }
        }
        _ => Error::Unexpected { what: what.to_owned(), why: error.to_string() },
    })
}

/// The answer as JSON, null where it is none.
pub(crate) fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// Whether the answer is a page for people.
pub(crate) fn is_html_page(response: &Response) -> bool {
    let kind = response.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
}

/// How long an answer of this status asks to be left alone, whoever it was for: git or the API.
pub(crate) fn limit(status: u16, headers: &HeaderMap) -> Option<Duration> {
    let is_limit = match status {
        429 => true,
        403 | 503 => headers.contains_key(header::RETRY_AFTER),
        _ => false,
    };
    is_limit.then(|| wait(headers))
}

/// `Retry-After`, or until the limit is filled again by the forge's own clock.
pub(crate) fn wait(headers: &HeaderMap) -> Duration {
    let until_reset = || {
        let reset = RESETS.iter().find_map(|name| headers.get(*name))?;
        let reset = reset.to_str().ok()?.parse::<u64>().ok()?;
        let now = egress::date(headers)?;
        let millis = (reset.checked_mul(1000)?).saturating_sub(u64::try_from(now.0).ok()?);
        Some(Duration::from_millis(millis).min(egress::limits::RETRY_AFTER_MAX))
    };
    egress::retry_after(headers).or_else(until_reset).unwrap_or(UNSAID_WAIT)
}

/// A commit's or a tag's hash, if it is one.
pub(crate) fn sha(text: &str, what: &str) -> Result<CommitSha, Error> {
    let sha = CommitSha::new(text);
    let unexpected =
        || Error::Unexpected { what: what.to_owned(), why: format!("{text:?} is no hash") };
    sha.is_valid().then_some(sha).ok_or_else(unexpected)
}

/// A header as text.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

fn shortened(words: Option<String>) -> String {
    let words = words.unwrap_or_else(|| "no message".to_owned());
    words.chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egress::{HeaderName, HeaderValue, StatusCode, Url};

    fn response(kind: &'static str, body: &str) -> Response {
        let kind = HeaderValue::from_static(kind);
        Response {
            status: StatusCode::OK,
            headers: HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]),
            body: body.as_bytes().to_vec(),
            url: Url::parse("https://forge.example/x").expect("a URL"),
        }
    }

    #[test]
    fn an_answer_that_is_not_what_was_promised_says_so() {
        let check = |kind, body: &str, expect: &str| {
            let read = read::<Vec<u64>>(&response(kind, body), "the hooks");
            assert_eq!(read.map_or_else(|error| error.to_string(), |it| format!("{it:?}")), expect);
        };
        check("application/json", "[1]", "[1]");
        check(
            "Text/HTML; charset=utf-8",
            "<html>",
            "the forge is not available: the hooks: a page of HTML where JSON was promised; a proxy's, or a sign-in",
        );
        let broken = "the forge is not available: the hooks: the answer breaks off";
        check("application/json", "[1, 2", broken);
        check("application/json", "", broken);
        check(
            "application/json",
            r#"["a"]"#,
            "the forge's answer to the hooks makes no sense: invalid type: string \"a\", expected u64 at line 1 column 4",
        );
    }

    #[test]
    fn a_limit_is_waited_out_by_the_forges_own_clock() {
        let check = |pairs: &[(&'static str, &'static str)], expect: u64| {
            let pairs = pairs.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            assert_eq!(wait(&pairs.collect()).as_secs(), expect);
        };
        let now = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        check(&[("ratelimit-reset", "784111807"), now], 30);
        check(&[("x-ratelimit-reset", "784111807"), now], 30);
        check(&[("ratelimit-reset", "784111807"), ("retry-after", "7"), now], 7);
        check(&[("ratelimit-reset", "784111000"), now], 0);
        check(&[("ratelimit-reset", "784111807")], 60);
        check(&[("ratelimit-reset", "99999999999999999999"), now], 60);
    }
}

//! One call to the REST API, and what its answer's status means.

use super::GitHub;
use crate::Error;
use domain::{RepositoryName, Secret};
use egress::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// The dated version that this driver was written against.
const VERSION: &str = "2022-11-28";

/// What to wait where the forge limits us and does not say for how long (GitHub's documentation
/// of secondary limits: at least a minute).
const UNSAID_WAIT: Duration = Duration::from_secs(60);

/// A read is followed within the API; a write is not sent to where it was not meant for.
const MOVED: &str = "it has moved; use its new name";

impl GitHub {
    /// Asks and reads the answer as `T`; `what` names the thing in errors.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Option<Value>,
        what: &str,
    ) -> Result<T, Error> {
        let response = self.call(token, method, path, body, what).await?;
        read(&response, what)
    }

    /// Asks and gives the answer as it came, if its status is good.
    pub(super) async fn call(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Option<Value>,
        what: &str,
    ) -> Result<Response, Error> {
        let url = self.api.join(path).map_err(|error| Error::Unexpected {
            what: what.to_owned(),
            why: format!("its path is no URL: {error}"),
        })?;
        let mut request = Request::new(method, url)
            .header(header::ACCEPT, HeaderValue::from_static("application/vnd.github+json"))
            .header(
                HeaderName::from_static("x-github-api-version"),
                HeaderValue::from_static(VERSION),
            )
            .authorization("Bearer", token);
        if let Some(body) = body {
            request = request.content("application/json", body.to_string());
        }
        check_status(self.client.send(request).await?, what)
    }
}

/// Reads a good answer.
pub(super) fn read<T: DeserializeOwned>(response: &Response, what: &str) -> Result<T, Error> {
    serde_json::from_slice(&response.body)
        .map_err(|error| Error::Unexpected { what: what.to_owned(), why: error.to_string() })
}

/// Tells good answers from bad ones, and the bad ones by who can mend them.
pub(super) fn check_status(response: Response, what: &str) -> Result<Response, Error> {
    let (status, what) = (response.status, what.to_owned());
    let message = || message(&response.body);
    match status.as_u16() {
        200..=299 => Ok(response),
        401 => Err(Error::Unauthorised),
        403 | 429 if is_limited(&response) => {
            Err(Error::RateLimited { wait: wait(&response.headers) })
        }
        403 => Err(Error::Forbidden { what, message: message() }),
        301 | 302 | 307 | 308 => Err(Error::Rejected { what, message: MOVED.to_owned() }),
        404 | 410 | 451 => Err(Error::NotFound { what }),
        409 | 422 => Err(Error::Rejected { what, message: message() }),
        500..=599 => Err(Error::Unavailable { why: format!("{what}: status {status}") }),
        _ => Err(Error::Unexpected { what, why: format!("status {status}: {}", message()) }),
    }
}

/// A 403 is a limit where it says so; otherwise it is about rights.
fn is_limited(response: &Response) -> bool {
    let spent = response.headers.get("x-ratelimit-remaining").is_some_and(|it| it == "0");
    response.status.as_u16() == 429
        || spent
        || response.headers.contains_key(header::RETRY_AFTER)
        || message(&response.body).contains("secondary rate limit")
}

/// `Retry-After`, or until the limit is reset by the forge's own clock.
fn wait(headers: &HeaderMap) -> Duration {
    let until_reset = || {
        let reset = headers.get("x-ratelimit-reset")?.to_str().ok()?.parse::<u64>().ok()?;
        let now = egress::date(headers)?;
        let millis = (reset.checked_mul(1000)?).saturating_sub(u64::try_from(now.0).ok()?);
        Some(Duration::from_millis(millis).min(egress::limits::RETRY_AFTER_MAX))
    };
    egress::retry_after(headers).or_else(until_reset).unwrap_or(UNSAID_WAIT)
}

/// The forge's own words, with what it says about single fields.
fn message(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = answer["message"].as_str().unwrap_or("no message").to_owned();
    let details = answer["errors"].as_array().into_iter().flatten();
    let details = details.filter_map(|it| it["message"].as_str().or(it.as_str()));
    details.fold(text, |text, detail| format!("{text}; {detail}"))
}

/// `owner/name` as a path, if it is the name of a repository at all.
pub(super) fn repository_path(name: &RepositoryName) -> Result<String, Error> {
    let part = |text: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        !text.is_empty() && text.bytes().all(plain) && text != "." && text != ".."
    };
    match name.as_str().split_once('/') {
        Some((owner, repository)) if part(owner) && part(repository) => Ok(name.to_string()),
        _ => Err(Error::NotFound {
            what: format!("repository '{name}' (not of the form owner/name)"),
        }),
    }
}

#[cfg(test)]
mod tests;

//! How GitHub's REST API is asked, and what only its answers say.

use crate::answer::{self, header_text, wait};
use crate::rest::Rest;
use crate::{Error, path};
use domain::RepositoryName;
use egress::{Response, Url, header};
use serde_json::Value;

/// The dated version of the API is the one that this driver was written against.
const HEADERS: [(&str, &str); 2] =
    [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

/// GitHub's words where an organisation has not approved an OAuth app.
const NOT_APPROVED: &str = "OAuth App access restrictions";

pub(super) fn rest(client: egress::Client, base: Url) -> Rest {
    Rest { client, base, headers: &HEADERS, judge }
}

/// What GitHub says in headers and messages of its own; the rest is as everywhere.
fn judge(response: Response, what: &str) -> Result<Response, Error> {
    let status = response.status.as_u16();
    if matches!(status, 403 | 429) && is_limited(&response) {
        return Err(Error::RateLimited { wait: wait(&response.headers) });
    }
    if status == 403 {
        let what = what.to_owned();
        if let Some(mend_at) = sign_on_page(&response) {
            return Err(Error::SignOnRequired { what, mend_at });
        }
        if words(&answer::json(&response)).is_some_and(|it| it.contains(NOT_APPROVED)) {
            let mend_at = apps_page(&response.url);
            return Err(Error::AppNotApproved { what, mend_at });
        }
    }
    if matches!(status, 403 | 404)
        && let Some(error) = missing_scope(&response, what)
    {
        return Err(error);
    }
    answer::judge(response, what, words)
}

/// A 403 is a limit where it says so; otherwise it is about rights.
fn is_limited(response: &Response) -> bool {
    let spent = header_text(&response.headers, "x-ratelimit-remaining") == Some("0");
    let secondary = || {
        let words = words(&answer::json(response)).unwrap_or_default();
        words.contains("secondary rate limit") || words.contains("abuse detection")
    };
    response.status.as_u16() == 429
        || spent
        || response.headers.contains_key(header::RETRY_AFTER)
        || secondary()
}

/// `X-GitHub-SSO: required; url=https://github.com/orgs/…/sso?…`. A page of another host than the
/// forge's would not be one of its own.
fn sign_on_page(response: &Response) -> Option<String> {
    let text = header_text(&response.headers, "x-github-sso")?.strip_prefix("required")?;
    let named = text.split_once("url=").and_then(|(_, url)| Url::parse(url.trim()).ok());
    let own = |url: &Url| {
        url.scheme() == "https" && url.origin().ascii_serialization() == web_origin(&response.url)
    };
    Some(named.filter(own).map_or_else(|| apps_page(&response.url), String::from))
}

/// Where people see the apps that they authorised, and ask organisations to approve them.
fn apps_page(api: &Url) -> String {
    format!("{}/settings/applications", web_origin(api))
}

/// Where people see what this is the API of: GitHub's own has a name for itself, `api.`.
fn web_origin(api: &Url) -> String {
    api.origin().ascii_serialization().replacen("://api.", "://", 1)
}

/// OAuth apps: the scopes of which one would do, beside those that the token has. Apps' tokens:
/// the permissions that the call takes.
fn missing_scope(response: &Response, what: &str) -> Option<Error> {
    let read = |name| header_text(&response.headers, name);
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    };
    if let (Some(accepted), Some(granted)) =
        (read("x-accepted-oauth-scopes"), read("x-oauth-scopes"))
    {
        let (accepted, granted) = (list(accepted), list(granted));
        if accepted.is_empty() || accepted.iter().any(|it| granted.contains(it)) {
            return None;
        }
        let granted = if granted.is_empty() { "nothing".to_owned() } else { granted.join(", ") };
        let (what, needed) = (what.to_owned(), accepted.join(" or "));
        return Some(Error::MissingScope { what, needed, granted });
    }
    let needed = read("x-accepted-github-permissions").filter(|_| response.status == 403)?;
    let (what, needed) = (what.to_owned(), needed.replace(';', " or "));
    Some(Error::MissingScope { what, needed, granted: "less".to_owned() })
}

/// The forge's own words, with what it says about single fields.
fn words(answer: &Value) -> Option<String> {
    let text = answer["message"].as_str()?.to_owned();
    let details = answer["errors"].as_array().into_iter().flatten();
    let details = details.filter_map(|it| it["message"].as_str().or(it.as_str()));
    Some(details.fold(text, |text, detail| format!("{text}; {detail}")))
}

/// `owner/name` as a path, if it is the name of a repository at all.
pub(super) fn repository_path(name: &RepositoryName) -> Result<String, Error> {
    path::parts(name, 2..=2, "owner/name").map(|parts| parts.join("/"))
}

#[cfg(test)]
mod tests;

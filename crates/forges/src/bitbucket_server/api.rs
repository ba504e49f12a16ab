//! How Bitbucket Server's REST API is asked, and what only its answers say.

use crate::Error;
use crate::answer;
use crate::path::{below, parts};
use crate::rest::{Page, Rest, with_query};
use domain::{CommitSha, RepositoryName};
use egress::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

const HEADERS: [(&str, &str); 1] = [("accept", "application/json")];

const FORM: &str = "PROJECT/repository, or ~user/repository";

/// The exception behind a 401 that is about a right and not about the token.
const NOT_ALLOWED: &str = "AuthorisationException";

/// Everything below the address, since who one is stands outside the REST API.
pub(super) fn rest(client: egress::Client, base: Url) -> Rest {
    Rest { client, base, headers: &HEADERS, judge }
}

fn judge(response: Response, what: &str) -> Result<Response, Error> {
    if response.status.as_u16() == 401 {
        let said = answer::json(&response);
        if exceptions(&said).any(|it| it.ends_with(NOT_ALLOWED)) {
            let message = words(&said).unwrap_or_else(|| "a right is missing".to_owned());
            return Err(Error::Forbidden { what: what.to_owned(), message });
        }
    }
    answer::judge(response, what, words)
}

fn exceptions(answer: &Value) -> impl Iterator<Item = &str> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    errors.filter_map(|it| it["exceptionName"].as_str())
}

/// `{"errors": [{"context", "message", "exceptionName"}]}`.
fn words(answer: &Value) -> Option<String> {
    let errors = answer["errors"].as_array()?;
    let said: Vec<_> = errors.iter().filter_map(|it| it["message"].as_str()).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageAnswer<T> {
    values: Vec<T>,
    #[serde(default)]
    is_last_page: bool,
    next_page_start: Option<u64>,
}

/// Pages are not as long as they say: where the next one starts is told, not reckoned.
pub(super) fn page<T: DeserializeOwned>(response: &Response, what: &str) -> Result<Page<T>, Error> {
    let PageAnswer { values, is_last_page, next_page_start } = answer::read(response, what)?;
    let at = |start: u64| with_query(&response.url, "start", &start.to_string());
    Ok(Page { values, next: next_page_start.filter(|_| !is_last_page).map(at) })
}

/// `rest/api/latest/projects/PROJECT/repos/slug`; a person's own project is `~user`.
pub(super) fn repository_path(name: &RepositoryName) -> Result<String, Error> {
    Ok(format!("rest/api/latest/{}", projects(name)?))
}

/// Where a repository's branch permissions are listed, which have an API of their own.
pub(super) fn restrictions_path(name: &RepositoryName) -> Result<String, Error> {
    Ok(format!("rest/branch-permissions/2.0/{}/restrictions", projects(name)?))
}

fn projects(name: &RepositoryName) -> Result<String, Error> {
    let parts = parts(name, 2..=2, FORM)?;
    Ok(format!("projects/{}/repos/{}", parts[0], parts[1]))
}

pub(super) fn clone_url(web: &Url, name: &RepositoryName) -> Result<Url, Error> {
    let parts = parts(name, 2..=2, FORM)?;
    below(web, &format!("scm/{}/{}.git", parts[0], parts[1]), name)
}

pub(super) fn commit_page(
    web: &Url,
    name: &RepositoryName,
    commit: &CommitSha,
) -> Result<Url, Error> {
    below(web, &format!("{}/commits/{commit}", projects(name)?), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egress::{HeaderMap, StatusCode};

    fn check(status: u16, body: &str, expect: &str) {
        let response = Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            url: Url::parse("https://git.example/rest/api/latest/x").expect("a URL"),
        };
        let seen = judge(response, "the hooks").map_or_else(|it| it.to_string(), |_| "good".into());
        assert_eq!(seen, expect);
    }

    #[test]
    fn a_missing_right_is_not_a_lost_token() {
        let error = |exception: &str| {
            format!(
                r#"{{"errors": [{{"message": "You are not permitted", "exceptionName": "com.atlassian.bitbucket.{exception}"}}]}}"#
            )
        };
        check(
            401,
            &error("AuthorisationException"),
            "the forge refuses the hooks: You are not permitted",
        );
        let lost = "the forge does not accept the token any more";
        check(401, &error("auth.IncorrectPasswordAuthenticationException"), lost);
        check(401, "", lost);
        check(409, &error("X"), "the forge rejects the hooks: You are not permitted");
    }

    #[test]
    fn a_persons_project_has_a_tilde() {
        let web = Url::parse("https://git.example/bitbucket/").expect("a URL");
        let url = |name: &str| clone_url(&web, &name.into()).map(String::from).ok();
        assert_eq!(
            url("~ada/engine").as_deref(),
            Some("https://git.example/bitbucket/scm/~ada/engine.git")
        );
        assert_eq!(url("CANAL/sub/engine"), None);
    }
}

//! How GitLab's REST API is asked, and what only its answers say.

use crate::Error;
use crate::answer::{self, MOVED, header_text};
use crate::path::{below, parts, segment};
use crate::rest::{Page, Rest, with_query};
use domain::RepositoryName;
use egress::Response;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

const HEADERS: [(&str, &str); 1] = [("accept", "application/json")];

/// Groups lie in groups up to twenty deep (GitLab's documentation of subgroups), then the project.
const DEPTH: std::ops::RangeInclusive<usize> = 2..=21;

/// GitLab's words where a status is what it is already, or has ended.
const NO_TRANSITION: &str = "Cannot transition status";

pub(super) fn rest(client: egress::Client, base: Url) -> Rest {
    Rest { client, base, headers: &HEADERS, judge }
}

fn judge(response: Response, what: &str) -> Result<Response, Error> {
    let status = response.status.as_u16();
    let said = answer::json(&response);
    if status == 403 && said["error"] == "insufficient_scope" {
        let needed = said["scope"].as_str().unwrap_or("api").replace(' ', " or ");
        let (what, granted) = (what.to_owned(), "less".to_owned());
        return Err(Error::MissingScope { what, needed, granted });
    }
    // A read by an old path is redirected; a write is not allowed there.
    if status == 405 && words(&said).is_some_and(|it| it.contains("moved projects")) {
        return Err(Error::Rejected { what: what.to_owned(), message: MOVED.to_owned() });
    }
    answer::judge(response, what, words)
}

/// `message` may be a text or an object of lists, one a field; OAuth's errors are `error`.
fn words(answer: &Value) -> Option<String> {
    let plain = |value: &Value| value.as_str().map(str::to_owned);
    let field = |(name, said): (&String, &Value)| {
        let list = said.as_array().into_iter().flatten().filter_map(Value::as_str);
        let list: Vec<_> = list.collect();
        format!("{name} {}", list.join(", "))
    };
    let fields = |value: &Value| {
        let all: Vec<_> = value.as_object()?.iter().map(field).collect();
        Some(all.join("; "))
    };
    let message = &answer["message"];
    plain(message)
        .or_else(|| fields(message))
        .or_else(|| plain(&answer["error_description"]))
        .or_else(|| plain(&answer["error"]))
}

/// Whether a refused status says no more than that nothing changes by it.
pub(super) fn changes_nothing(error: &Error) -> bool {
    matches!(error, Error::Rejected { message, .. } if message.contains(NO_TRANSITION))
}

/// `projects/group%2Fsub%2Fproject`.
pub(super) fn project_path(name: &RepositoryName) -> Result<String, Error> {
    parts(name, DEPTH, "group/project, with as many groups as there are")?;
    Ok(format!("projects/{}", segment(name.as_str())))
}

/// A page of the project for people, or its git.
pub(super) fn web_page(web: &Url, name: &RepositoryName, rest: &str) -> Result<Url, Error> {
    let path = parts(name, DEPTH, "group/project, with as many groups as there are")?.join("/");
    below(web, &format!("{path}{rest}"), name)
}

/// A page of a list, whose next one has a number of its own; lists by key have it in `Link`.
pub(super) fn page<T: DeserializeOwned>(response: &Response, what: &str) -> Result<Page<T>, Error> {
    let Some(number) = header_text(&response.headers, "x-next-page") else {
        return crate::rest::linked(response, what);
    };
    let numbered = |number| with_query(&response.url, "page", number);
    let next = Some(number.trim()).filter(|it| !it.is_empty()).map(numbered);
    Ok(Page { values: answer::read(response, what)?, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_project_lies_as_deep_as_its_groups_do() {
        let check = |name: &str, expect: Option<&str>| {
            assert_eq!(project_path(&name.into()).ok().as_deref(), expect, "{name}");
        };
        check("ada/engine", Some("projects/ada%2Fengine"));
        check("canal/locks/gates/upper", Some("projects/canal%2Flocks%2Fgates%2Fupper"));
        check("engine", None);
        check("canal/../engine", None);
        check(&vec!["g"; 22].join("/"), None);
    }

    #[test]
    fn messages_are_read_in_each_of_their_forms() {
        let check = |said: Value, expect: &str| assert_eq!(words(&said).as_deref(), Some(expect));
        check(json!({"message": "404 Project Not Found"}), "404 Project Not Found");
        check(json!({"message": {"url": ["is blocked", "is odd"]}}), "url is blocked, is odd");
        check(json!({"error": "invalid_token", "error_description": "Revoked."}), "Revoked.");
        check(json!({"error": "state is invalid"}), "state is invalid");
    }
}

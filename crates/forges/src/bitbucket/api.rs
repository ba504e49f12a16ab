//! How Bitbucket's REST API is asked, and what only its answers say.

use crate::Error;
use crate::answer;
use crate::path::{below, parts};
use crate::rest::{Page, Rest};
use domain::RepositoryName;
use egress::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

const HEADERS: [(&str, &str); 1] = [("accept", "application/json")];

const FORM: &str = "workspace/repository";

pub(super) fn rest(client: egress::Client, base: Url) -> Rest {
    Rest { client, base, headers: &HEADERS, judge }
}

/// Where a scope is missing, `detail` names those that are needed and those that there are.
fn judge(response: Response, what: &str) -> Result<Response, Error> {
    if response.status.as_u16() == 403 {
        let said = answer::json(&response);
        let detail = &said["error"]["detail"];
        if let Some(needed) = scopes(&detail["required"]) {
            let granted = scopes(&detail["granted"]).unwrap_or_else(|| "nothing".to_owned());
            return Err(Error::MissingScope { what: what.to_owned(), needed, granted });
        }
    }
    answer::judge(response, what, words)
}

fn scopes(list: &Value) -> Option<String> {
    let names: Vec<_> = list.as_array()?.iter().filter_map(Value::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// `{"type": "error", "error": {"message", "detail", "fields": {name: [words]}}}`.
fn words(answer: &Value) -> Option<String> {
    let error = &answer["error"];
    let text = error["message"].as_str()?.to_owned();
    let detail = error["detail"].as_str().map(|detail| format!("; {detail}")).unwrap_or_default();
    let fields = error["fields"].as_object().into_iter().flatten();
    let fields = fields.map(|(name, said)| match said {
        Value::Array(list) => {
            let list: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            format!("; {name}: {}", list.join(", "))
        }
        said => format!("; {name}: {}", said.as_str().unwrap_or_default()),
    });
    Some(fields.fold(text + &detail, |text, field| text + &field))
}

#[derive(Deserialize)]
struct PageAnswer<T> {
    values: Vec<T>,
    /// A whole URL. Bitbucket asks that it be used as it is; [`Rest`] goes there only if it is one
    /// of the same API.
    next: Option<String>,
}

pub(super) fn page<T: DeserializeOwned>(response: &Response, what: &str) -> Result<Page<T>, Error> {
    let PageAnswer { values, next } = answer::read(response, what)?;
    Ok(Page { values, next })
}

/// `repositories/workspace/slug`.
pub(super) fn repository_path(name: &RepositoryName) -> Result<String, Error> {
    parts(name, 2..=2, FORM).map(|parts| format!("repositories/{}", parts.join("/")))
}

/// A page of the repository for people, or its git.
pub(super) fn web_page(web: &Url, name: &RepositoryName, rest: &str) -> Result<Url, Error> {
    let path = parts(name, 2..=2, FORM)?.join("/");
    below(web, &format!("{path}{rest}"), name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_carry_what_is_said_about_single_fields() {
        let check = |error: Value, expect: &str| {
            assert_eq!(words(&json!({"type": "error", "error": error})).as_deref(), Some(expect));
        };
        check(json!({"message": "No such repository"}), "No such repository");
        check(
            json!({"message": "Bad request", "fields": {"key": ["at most 40 characters"]}}),
            "Bad request; key: at most 40 characters",
        );
        check(json!({"message": "Gone", "detail": "use workspaces"}), "Gone; use workspaces");
    }
}

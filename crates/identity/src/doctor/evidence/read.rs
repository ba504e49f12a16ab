//! Each kind of evidence as it is written by the tools that write it.

use std::collections::BTreeMap;

use domain::Secret;
use serde_json::{Map, Value as Json};

use super::{Mistakes, Unreadable};
use crate::doctor::cause::Cause;
use crate::doctor::finding::Finding;
use crate::federation::{azure, vault};
use crate::finding::{Finding as Mistake, Place};
use crate::policy::{Kind as PolicyKind, Policy, document};
use crate::token::{KeySet, UnusableKeySet, json};

/// A role of AWS.
#[derive(Debug)]
pub struct Role {
    /// Where it came from, for the report.
    pub name: String,
    /// Its ARN, where that is known.
    pub arn: Option<String>,
    /// How long a session of it may last, where that is known.
    pub session_seconds_max: Option<u64>,
    /// Its trust policy.
    pub trust: Policy,
}

/// An OIDC provider as `aws iam get-open-id-connect-provider` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AwsProvider {
    /// The issuer without its scheme.
    pub url: String,
    /// The audiences.
    #[serde(rename = "ClientIDList")]
    pub client_ids: Vec<String>,
}

/// An issuer's discovery document, as far as relying parties compare it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Discovered {
    /// What it calls itself.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
}

/// The token in what an endpoint answers that makes tokens.
pub(super) fn token_in(value: &Json) -> Option<&str> {
    let members = ["value", "id_token", "token", "access_token", "subject_token"];
    let mut texts = members.iter().filter_map(|name| value.get(*name)?.as_str());
    texts.find(|text| text.starts_with("ey") && text.contains('.'))
}

/// A token as it stands in a header of HTTP, without the words before it.
pub(super) fn bearer(text: &str) -> &str {
    let folded = text.get(..22).unwrap_or(text).to_ascii_lowercase();
    let words = ["authorization: bearer ", "bearer "];
    let length = words.iter().find(|it| folded.starts_with(**it)).map_or(0, |it| it.len());
    let rest = text[length..].trim();
    if rest.contains(char::is_whitespace) { text } else { rest }
}

pub(super) fn parse(text: &str) -> Result<Json, Unreadable> {
    serde_json::from_str(text).map_err(|error| {
        let short = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let place = Place { line: short(error.line()), column: short(error.column()) };
        let said = error.to_string();
        let message = said.split(" at line ").next().unwrap_or_default().to_owned();
        Unreadable::Mistakes(Mistakes(vec![Mistake { place, message, fix: None }]))
    })
}

pub(super) fn read<T: serde::de::DeserializeOwned>(
    kind: &'static str,
    text: &str,
) -> Result<T, Unreadable> {
    serde_json::from_value(parse(text)?).map_err(|error| Unreadable::Form(kind, error.to_string()))
}

pub(super) fn claims(text: &str) -> Result<Map<String, Json>, Unreadable> {
    parse(text)?;
    let twice = || Unreadable::Form("a token's claims", "a name occurs twice in it".to_owned());
    json::object(text.trim().as_bytes()).ok_or_else(twice)
}

pub(super) fn key_set(text: &str) -> Result<KeySet, Unreadable> {
    let wrong = |error: UnusableKeySet| Unreadable::Form("a key set", error.to_string());
    KeySet::read(text.as_bytes()).map_err(wrong)
}

/// A trust policy, alone or in what `aws iam get-role` answers, at its place in the text.
pub(super) fn role(name: &str, text: &str) -> Result<Role, Unreadable> {
    let mistakes = |found| Unreadable::Mistakes(Mistakes(found));
    let found = document::find(text).map_err(|mistake| mistakes(vec![mistake]))?;
    let trust =
        Policy::read(&found, PolicyKind::Trust).map_err(|wrong| mistakes(wrong.findings))?;
    let value = parse(text)?;
    let role = value.get("Role").unwrap_or(&value);
    let arn = role.get("Arn").and_then(Json::as_str).map(str::to_owned);
    let session_seconds_max = role.get("MaxSessionDuration").and_then(Json::as_u64);
    Ok(Role { name: name.to_owned(), arn, session_seconds_max, trust })
}

/// That an OIDC provider's ARN stands where IAM takes none: of all mistakes in a trust policy the one
/// that people make who have a token in mind.
pub(super) fn misplaced_provider(wrong: &Unreadable) -> Option<Finding> {
    let Unreadable::Mistakes(Mistakes(mistakes)) = wrong else { return None };
    let mistake = mistakes.iter().find(|it| it.message.contains(":oidc-provider/"))?;
    let arn = mistake.message.strip_prefix("Invalid principal in policy: ")?.rsplit('"').nth(1)?;
    let message = format!("{} (line {})", mistake.message, mistake.place.line);
    let fix = format!("write \"Principal\": {{\"Federated\": \"{arn}\"}}");
    Some(Finding::refused(message, fix).of(Cause::Principal))
}

/// Federated credentials: one, a list, or a list as Microsoft Graph or Resource Manager answers it.
pub(super) fn credentials(text: &str) -> Result<Vec<azure::FederatedCredential>, Unreadable> {
    let value = parse(text)?;
    let list = match value.as_array().or_else(|| value.get("value")?.as_array()) {
        Some(list) => list.clone(),
        None => vec![value],
    };
    let one = |value: Json| {
        let inner = value.get("properties").cloned().unwrap_or_else(|| value.clone());
        let read = serde_json::from_value::<azure::FederatedCredential>(inner);
        let name = value.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
        let wrong = |error: serde_json::Error| {
            Unreadable::Form("a federated credential", error.to_string())
        };
        read.map(|credential| azure::FederatedCredential { name, ..credential }).map_err(wrong)
    };
    list.into_iter().map(one).collect()
}

/// A role as Vault answers it: under `data`, or by itself; one value may stand for a list.
pub(super) fn vault_role(text: &str) -> Result<vault::Role, Unreadable> {
    let value = parse(text)?;
    let mut role = value.get("data").unwrap_or(&value).clone();
    if let Some(one) = role.get("bound_audiences").and_then(Json::as_str).map(str::to_owned) {
        role["bound_audiences"] = Json::from(vec![one]);
    }
    // What is not set is null.
    if let Some(members) = role.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let wrong = |error: serde_json::Error| Unreadable::Form("a role of Vault", error.to_string());
    serde_json::from_value(role).map_err(wrong)
}

/// The name and the value of `NAME=value`, `export NAME=value` or `declare -x NAME="value"`.
pub(super) fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").or(line.strip_prefix("declare -x ")).unwrap_or(line);
    let (name, value) = line.trim_start().split_once('=')?;
    let first = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote).and_then(|it| it.strip_suffix(*quote)));
    (first && plain).then_some((name, quoted.unwrap_or(value)))
}

pub(super) fn variables(text: &str) -> BTreeMap<String, Secret> {
    let lines = text.lines().map(str::trim).filter_map(assignment);
    lines.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect()
}

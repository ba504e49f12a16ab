//! What a piece of evidence is, by what it says.

use serde_json::Value as Json;

use super::Unreadable;
use super::read::{assignment, bearer, parse, token_in};
use crate::doctor::message;

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token.
    Token,
    /// A token's claims as JSON.
    Claims,
    /// A key set.
    Keys,
    /// An issuer's discovery document.
    Discovery,
    /// A role's trust policy, or the role with it.
    Trust,
    /// An OIDC provider of an AWS account.
    AwsProvider,
    /// Federated credentials of Entra.
    FederatedCredential,
    /// A provider of a workload identity pool.
    GoogleProvider,
    /// A workload identity pool.
    GooglePool,
    /// An attribute condition of one.
    GoogleCondition,
    /// A policy of a service account: who may act as it.
    GoogleBinding,
    /// The credential configuration that Google's libraries read.
    GoogleConfiguration,
    /// A role of Vault's JWT method.
    Vault,
    /// Variables, `NAME=value` in lines.
    Environment,
    /// A bitbucket-pipelines.yml: its steps are read by whoever brought it.
    Pipelines,
    /// An error message.
    Error,
}

/// What a text is, by what it says.
pub fn recognise(text: &str) -> Result<Kind, Unreadable> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.starts_with(['{', '[']) {
        return match parse(trimmed) {
            Ok(value) => recognise_json(&value).ok_or(Unreadable::Unknown),
            // Logs begin with braces and brackets too.
            Err(_) if message::is_known(trimmed) => Ok(Kind::Error),
            Err(wrong) => Err(wrong),
        };
    }
    let trimmed = bearer(trimmed);
    let word = !trimmed.contains(char::is_whitespace);
    if trimmed.is_empty()
        || (word
            && (trimmed.starts_with("ey")
                || trimmed.matches('.').count() == 2 && trimmed.len() > 60))
    {
        return Ok(Kind::Token);
    }
    let lines = || trimmed.lines().map(str::trim).filter(|line| !line.is_empty());
    let section = |line: &str| line.starts_with("pipelines:") || line.starts_with("- step:");
    if lines().any(section) {
        return Ok(Kind::Pipelines);
    }
    let logged = |line: &str| line.contains(" msg=") || line.contains(" level=");
    if lines().all(|line| line.starts_with('#') || assignment(line).is_some()) {
        let log = lines().any(logged);
        return Ok(if log { Kind::Error } else { Kind::Environment });
    }
    let asked = ["assertion.", "assertion[", "attribute.", "google.subject"];
    let compares = ["==", " in ", "startsWith(", "endsWith(", "contains(", "matches(", "!="];
    let says = |words: &[&str]| words.iter().any(|word| trimmed.contains(word));
    Ok(if says(&asked) && says(&compares) { Kind::GoogleCondition } else { Kind::Error })
}

fn recognise_json(value: &Json) -> Option<Kind> {
    let has = |names: &[&str]| names.iter().any(|name| value.get(*name).is_some());
    let first =
        value.as_array().or_else(|| value.get("value")?.as_array()).and_then(|it| it.first());
    Some(match value {
        Json::Array(_) | Json::Object(_) if first.is_some() => recognise_json(first?)?,
        _ if has(&["Statement", "Role", "AssumeRolePolicyDocument", "PolicyDocument"]) => {
            Kind::Trust
        }
        _ if has(&["ClientIDList", "ThumbprintList"]) => Kind::AwsProvider,
        _ if has(&["keys"]) => Kind::Keys,
        _ if has(&["jwks_uri"]) => Kind::Discovery,
        _ if token_in(value).is_some() => Kind::Token,
        _ if has(&ERROR_MEMBERS) => Kind::Error,
        _ if has(&["attributeMapping", "attributeCondition", "oidc"]) => Kind::GoogleProvider,
        _ if is_pool(value) => Kind::GooglePool,
        _ if has(&["bindings"]) => Kind::GoogleBinding,
        _ if value.get("type").is_some_and(|kind| kind == "external_account") => {
            Kind::GoogleConfiguration
        }
        _ if has(&["bound_audiences", "bound_claims", "bound_subject", "user_claim"]) => {
            Kind::Vault
        }
        _ if value.pointer("/data/user_claim").is_some() => Kind::Vault,
        _ if has(&["audiences", "claimsMatchingExpression"]) => Kind::FederatedCredential,
        _ if has(&["issuer"]) && has(&["subject"]) => Kind::FederatedCredential,
        _ if value.pointer("/properties/issuer").is_some() => Kind::FederatedCredential,
        _ if has(&["iss", "sub", "aud"]) => Kind::Claims,
        _ if has(&["message", "Message"]) => Kind::Error,
        _ => return None,
    })
}

/// Whether it has a pool's name, with no provider's behind it.
fn is_pool(value: &Json) -> bool {
    let name = value.get("name").and_then(Json::as_str).unwrap_or_default();
    name.contains("/workloadIdentityPools/") && !name.contains("/providers/")
}

/// Members that the errors of services have.
const ERROR_MEMBERS: [&str; 7] =
    ["error", "Error", "errors", "error_description", "errorMessage", "errorCode", "__type"];

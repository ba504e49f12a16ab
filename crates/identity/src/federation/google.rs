//! Google's decision: is a token one of this workload identity pool provider's, and what is its
//! bearer called there?
//!
//! "Configure Workload Identity Federation with other identity providers" (Google Cloud). The
//! mapping makes attributes of claims, the condition is asked about claims and attributes.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

mod service_account;

pub use service_account::{Binding, ServiceAccount, names};

use super::condition::{Condition, Unreadable};
use crate::limits::{MAPPED_SUBJECT_BYTES_MAX, TOKEN_HOURS_MAX};
use crate::token::{Claims, is_ahead};

/// A provider's full name.
pub fn name(project: &str, pool: &str, provider: &str) -> String {
    format!("projects/{project}/locations/global/workloadIdentityPools/{pool}/providers/{provider}")
}

/// A provider of a pool, as `gcloud … providers describe --format json` writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Provider {
    /// `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`.
    pub name: String,
    /// Attributes by name (`google.subject`, `attribute.repository`), each an expression.
    pub attribute_mapping: BTreeMap<String, String>,
    /// What must be true of the claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_condition: Option<String>,
    /// Whose tokens.
    pub oidc: Oidc,
    /// Whether it was switched off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// `ACTIVE`, or `DELETED` for the thirty days in which it can be had back.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
}

/// A pool, as `gcloud … workload-identity-pools describe --format json` writes it: one that is off takes
/// the tokens of none of its providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pool {
    /// `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.
    pub name: String,
    /// Whether it was switched off.
    pub disabled: bool,
    /// As a provider's.
    pub state: String,
}

/// Whether what has this state was deleted.
pub fn is_deleted(state: &str) -> bool {
    state == "DELETED"
}

/// The issuer's part of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Oidc {
    /// The issuer.
    pub issuer_uri: String,
    /// What tokens must be for; where there is none, the provider's own full name.
    pub allowed_audiences: Vec<String>,
}

/// A bearer, as Google knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// `google.subject`.
    pub subject: String,
    /// All attributes by their full name.
    pub attributes: BTreeMap<String, Json>,
}

/// Why Google exchanges no token, or none under this provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such provider.
    #[error(
        "The target service indicated by the \"audience\" parameters is invalid. This might either be because \
         the pool or provider is disabled or deleted or because it doesn't exist."
    )]
    Target,
    /// Another issuer's token.
    #[error("The issuer in ID Token {found} does not match the expected ones: {expected}.")]
    Issuer {
        /// The token's.
        found: String,
        /// The provider's.
        expected: String,
    },
    /// A token for something else.
    #[error(
        "The audience in ID Token {found:?} does not match the expected audience {expected:?}."
    )]
    Audience {
        /// The token's.
        found: Vec<String>,
        /// The provider's.
        expected: Vec<String>,
    },
    /// It ended, or was issued too long ago, or not yet.
    #[error("ID Token issued at {0} is stale to sign-in.")]
    Stale(i64),
    /// It does not say when it was issued, or lives too long.
    #[error(
        "Invalid JWT: `iat` must be there and in the past, and `exp` less than {TOKEN_HOURS_MAX} hours after it."
    )]
    Lifetime,
    /// An attribute cannot be made.
    #[error("The mapped attribute {attribute} cannot be made: {why}")]
    Mapping {
        /// Which.
        attribute: String,
        /// Why not.
        why: Unreadable,
    },
    /// The subject is too long.
    #[error(
        "The size of mapped attribute google.subject exceeds the {MAPPED_SUBJECT_BYTES_MAX} bytes limit."
    )]
    LongSubject,
    /// The condition is false, or has no value.
    #[error("The given credential is rejected by the attribute condition.")]
    Condition,
}

impl Refused {
    /// The OAuth error that it is given as.
    pub fn error(&self) -> &'static str {
        match self {
            Self::Target => "invalid_target",
            Self::Condition => "unauthorized_client",
            _ => "invalid_grant",
        }
    }
}

/// Who a verified token's bearer is under this provider.
pub fn decide(claims: &Claims, provider: &Provider, at: Timestamp) -> Result<Mapped, Refused> {
    match failures(claims, provider, at) {
        (mapped, wrong) if wrong.is_empty() => Ok(mapped),
        (_, wrong) => Err(wrong.into_iter().next().unwrap_or(Refused::Target)),
    }
}

/// Everything that does not fit, in the order that Google looks, and what could be mapped.
pub fn failures(claims: &Claims, provider: &Provider, at: Timestamp) -> (Mapped, Vec<Refused>) {
    let mut wrong = Vec::new();
    if provider.disabled || is_deleted(&provider.state) {
        wrong.push(Refused::Target);
    }
    if claims.issuer != provider.oidc.issuer_uri {
        let (found, expected) = (claims.issuer.clone(), provider.oidc.issuer_uri.clone());
        wrong.push(Refused::Issuer { found, expected });
    }
    let expected = provider.audiences();
    if !claims.audiences.iter().any(|audience| expected.contains(audience)) {
        wrong.push(Refused::Audience { found: claims.audiences.clone(), expected });
    }
    if claims.has_ended(at) || claims.issued.is_some_and(|issued| is_ahead(issued, at)) {
        wrong.push(Refused::Stale(claims.issued.unwrap_or(claims.expires).0 / 1000));
    }
    let longest = |issued: Timestamp| issued.plus_seconds(TOKEN_HOURS_MAX * 3600);
    if claims.issued.map(longest).is_none_or(|end| claims.expires >= end) {
        wrong.push(Refused::Lifetime);
    }
    let mapped = provider.map(claims, &mut wrong);
    if let Some(text) = &provider.attribute_condition {
        let holds = Condition::read(text).and_then(|it| it.holds(&roots(claims, &mapped)));
        if holds != Ok(true) {
            wrong.push(Refused::Condition);
        }
    }
    (mapped, wrong)
}

/// What a condition can ask about: the claims, and what was mapped.
pub fn roots(claims: &Claims, mapped: &Mapped) -> Map<String, Json> {
    let under = |prefix: &str| -> Map<String, Json> {
        let named = mapped.attributes.iter();
        named
            .filter_map(|(name, value)| {
                Some((name.strip_prefix(prefix)?.to_owned(), value.clone()))
            })
            .collect()
    };
    let roots = json!({
        "assertion": claims.all, "google": under("google."), "attribute": under("attribute."),
    });
    roots.as_object().cloned().unwrap_or_default()
}

impl Provider {
    /// What its tokens must be for.
    pub fn audiences(&self) -> Vec<String> {
        match self.oidc.allowed_audiences.is_empty() {
            false => self.oidc.allowed_audiences.clone(),
            true => ["https://iam.googleapis.com/", "//iam.googleapis.com/"]
                .map(|before| format!("{before}{}", self.name))
                .to_vec(),
        }
    }

    fn map(&self, claims: &Claims, wrong: &mut Vec<Refused>) -> Mapped {
        let mut mapped = Mapped::default();
        let assertion = roots(claims, &mapped);
        for (attribute, expression) in &self.attribute_mapping {
            let value = Condition::read(expression).and_then(|it| it.value(&assertion));
            match value.and_then(|value| of_kind(attribute, value)) {
                Ok(value) => drop(mapped.attributes.insert(attribute.clone(), value)),
                // Only the subject must be there; an attribute of a claim that is not stays unset.
                Err(Unreadable::Missing(_)) if attribute != "google.subject" => {}
                Err(why) => wrong.push(Refused::Mapping { attribute: attribute.clone(), why }),
            }
        }
        let subject = mapped.attributes.get("google.subject").and_then(Json::as_str);
        mapped.subject = subject.unwrap_or_default().to_owned();
        if mapped.subject.len() > MAPPED_SUBJECT_BYTES_MAX {
            wrong.push(Refused::LongSubject);
        }
        mapped
    }
}

/// An attribute is a text; groups may be a list of them.
fn of_kind(attribute: &str, value: Json) -> Result<Json, Unreadable> {
    let groups = attribute == "google.groups" && value.is_array();
    match value.is_string() || groups {
        true => Ok(value),
        false => Err(Unreadable::NoValue(format!("it is {value}, and must be a text"))),
    }
}

#[cfg(test)]
mod tests;

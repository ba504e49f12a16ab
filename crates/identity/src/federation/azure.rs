//! Microsoft Entra's decision: is there a federated credential for this token?
//!
//! "Workload identity federation" and "Flexible federated identity credentials" (Microsoft Learn).
//! Issuer, subject and audience are compared byte by byte; since August 2024 in their case too.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::policy::Glob;
use crate::token::{Claims, is_ahead};

/// The audience that Entra recommends, and that its own tools ask for.
pub const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The issuers whose tokens an expression may be written for.
pub const FLEXIBLE_ISSUERS: [&str; 3] = [
    "https://token.actions.githubusercontent.com",
    "https://gitlab.com",
    "https://app.terraform.io",
];
const GUIDE: &str = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/// A federated credential of an app or a managed identity, as `az` writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedCredential {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whose tokens.
    pub issuer: String,
    /// Which of them, where no expression says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What they must be for: exactly one.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Which of them, by an expression over claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_matching_expression: Option<Expression>,
}

/// An app, as far as its tokens go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct App {
    /// What people call it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Whose tokens are exchanged for its own.
    pub federated_credentials: Vec<FederatedCredential>,
}

/// `claims['sub'] matches 'repo:contoso/*'`, and more of them joined by `and`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expression {
    /// Its text.
    pub value: String,
    /// The version of its language: 1.
    #[serde(default)]
    pub language_version: u32,
}

/// One thing about a credential that does not fit a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// Another issuer's tokens.
    Issuer,
    /// Another subject.
    Subject,
    /// The same subject in other letters.
    SubjectCase,
    /// The expression is false, or cannot be read, or the issuer is none that it may be used with.
    Expression,
    /// Another audience.
    Audience,
}

/// Why Entra exchanges no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No credential is for this issuer.
    #[error(
        "AADSTS700211: No matching federated identity record found for presented assertion issuer '{0}'. \
         Check your federated identity credential Subject, Audience and Issuer against the presented assertion. {GUIDE}"
    )]
    Issuer(String),
    /// No credential is for this subject.
    #[error(
        "AADSTS700213: No matching federated identity record found for presented assertion subject '{0}'. \
         Check your federated identity credential Subject, Audience and Issuer against the presented assertion. {GUIDE}"
    )]
    Subject(String),
    /// One is, but for its case.
    #[error(
        "AADSTS7002138: No matching federated identity record found for presented assertion subject '{0}'. \
         The subject matches with case-insensitive comparison, but not with case-sensitive comparison. \
         Check your federated identity credential Subject, Audience and Issuer against the presented assertion. {GUIDE}"
    )]
    SubjectCase(String),
    /// An expression is false.
    #[error(
        "AADSTS7002131: No matching federated identity record found for presented assertion subject '{0}'. \
         Check your federated identity credential claims matching expression, Audience and Issuer against the presented assertion. {GUIDE}"
    )]
    Expression(String),
    /// No credential is for this audience.
    #[error(
        "AADSTS700212: No matching federated identity record found for presented assertion audience '{0}'. \
         Check your federated identity credential Subject, Audience and Issuer against the presented assertion. {GUIDE}"
    )]
    Audience(String),
    /// It is too early or too late.
    #[error(
        "AADSTS700024: Client assertion is not within its valid time range. Current time: {}, \
         assertion valid from {}, expiry time of assertion {}.",
        .at.rfc3339(), .begins.rfc3339(), .expires.rfc3339()
    )]
    Time {
        /// Now.
        at: Timestamp,
        /// When the token begins.
        begins: Timestamp,
        /// When it ends.
        expires: Timestamp,
    },
}

impl Refused {
    /// The number behind `AADSTS`.
    pub fn code(&self) -> u32 {
        match self {
            Self::Issuer(_) => 700_211,
            Self::Subject(_) => 700_213,
            Self::SubjectCase(_) => 7_002_138,
            Self::Expression(_) => 7_002_131,
            Self::Audience(_) => 700_212,
            Self::Time { .. } => 700_024,
        }
    }

    /// The OAuth error that it is given as.
    pub fn error(&self) -> &'static str {
        match self {
            Self::Time { .. } => "invalid_client",
            _ => "invalid_request",
        }
    }
}

/// The credential that a verified token is exchanged under.
pub fn decide<'a>(
    claims: &Claims,
    credentials: &'a [FederatedCredential],
    at: Timestamp,
) -> Result<&'a FederatedCredential, Refused> {
    let begins = claims.not_before.or(claims.issued).unwrap_or(Timestamp(0));
    if claims.has_ended(at) || is_ahead(begins, at) {
        return Err(Refused::Time { at, begins, expires: claims.expires });
    }
    let looked: Vec<_> = credentials.iter().map(|it| (it, it.mismatches(claims))).collect();
    match looked.iter().find(|(_, wrong)| wrong.is_empty()) {
        Some((credential, _)) => Ok(credential),
        None => Err(refusal(claims, looked.iter().map(|(_, wrong)| wrong.as_slice()))),
    }
}

/// What Entra says where no credential fits: about the one that comes nearest.
fn refusal<'a>(claims: &Claims, wrong: impl Iterator<Item = &'a [Mismatch]>) -> Refused {
    let first = wrong.filter_map(|wrong| wrong.first().copied()).max();
    let subject = claims.subject.clone();
    match first.unwrap_or(Mismatch::Issuer) {
        Mismatch::Issuer => Refused::Issuer(claims.issuer.clone()),
        Mismatch::Subject => Refused::Subject(subject),
        Mismatch::SubjectCase => Refused::SubjectCase(subject),
        Mismatch::Expression => Refused::Expression(subject),
        Mismatch::Audience => Refused::Audience(claims.audiences.join(", ")),
    }
}

impl FederatedCredential {
    /// Everything about it that does not fit the claims, in the order that Entra compares.
    pub fn mismatches(&self, claims: &Claims) -> Vec<Mismatch> {
        let mut wrong = Vec::new();
        if self.issuer != claims.issuer {
            wrong.push(Mismatch::Issuer);
        }
        match (&self.claims_matching_expression, &self.subject) {
            (Some(expression), _) => {
                let allowed = FLEXIBLE_ISSUERS.contains(&self.issuer.trim_end_matches('/'));
                if !allowed || expression.holds(claims) != Some(true) {
                    wrong.push(Mismatch::Expression);
                }
            }
            (None, Some(subject)) if *subject == claims.subject => {}
            (None, Some(subject)) if subject.eq_ignore_ascii_case(&claims.subject) => {
                wrong.push(Mismatch::SubjectCase);
            }
            (None, _) => wrong.push(Mismatch::Subject),
        }
        if !claims.audiences.iter().any(|audience| self.audiences.contains(audience)) {
            wrong.push(Mismatch::Audience);
        }
        wrong
    }
}

impl Expression {
    /// Whether it is in the language.
    pub fn is_readable(&self) -> bool {
        self.holds(&Claims::unverified(serde_json::Map::new())).is_some()
    }

    /// Whether it holds; `None` where it cannot be read.
    pub fn holds(&self, claims: &Claims) -> Option<bool> {
        let mut all = true;
        for comparison in self.value.split(" and ") {
            let (claim, rest) = comparison.trim().strip_prefix("claims['")?.split_once("']")?;
            let (operator, value) = rest.trim_start().split_once(' ')?;
            let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            let found = claims.all.get(claim).and_then(Json::as_str);
            all &= found.is_some_and(|found| match operator {
                "eq" => found == value,
                _ => Glob::read(value).matches(found),
            });
            if !["eq", "matches"].contains(&operator) {
                return None;
            }
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests;

//! Vault's decision: may whoever shows this token log in under a role of the JWT method?
//!
//! "JWT/OIDC auth method" (Vault). A role bound to nothing but an audience takes every token of the
//! issuer that is for it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::policy::{Glob, Unit};
use crate::token::Claims;

/// A role of the method, as `vault read -format=json` writes it, and the method's `bound_issuer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// What tokens must be for: one of these.
    pub bound_audiences: Vec<String>,
    /// Whose token.
    pub bound_subject: String,
    /// Claims by name or JSON pointer, each a value or a list of which one must be met.
    pub bound_claims: Map<String, Json>,
    /// `string` or `glob`.
    pub bound_claims_type: String,
    /// The claim that names the bearer.
    pub user_claim: String,
    /// The issuer of the method's configuration, where it is known here.
    pub bound_issuer: String,
}

/// Why Vault lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another issuer's token.
    #[error("error validating token: invalid issuer (iss) claim")]
    Issuer,
    /// The token is for something, and the role does not say for what.
    #[error("audience claim found in JWT but no audiences bound to the role")]
    NoAudience,
    /// A token for something else.
    #[error("aud claim does not match any bound audience")]
    Audience,
    /// Another subject.
    #[error("sub claim does not match bound subject")]
    Subject,
    /// A claim that must be there is not.
    #[error("claim {0:?} is missing")]
    Missing(String),
    /// A claim has another value.
    #[error("claim {claim:?} does not match any associated bound claim values")]
    Claim {
        /// Which.
        claim: String,
        /// What it may be.
        wanted: Vec<String>,
        /// What it is.
        found: Vec<String>,
    },
    /// The claim that names the bearer is not there.
    #[error("claim {0:?} not found in token")]
    NoUser(String),
}

/// Whether a verified token's bearer may log in.
pub fn decide(claims: &Claims, role: &Role) -> Result<(), Refused> {
    failures(claims, role).into_iter().next().map_or(Ok(()), Err)
}

/// Everything that does not fit, in the order that Vault looks.
pub fn failures(claims: &Claims, role: &Role) -> Vec<Refused> {
    let mut wrong = Vec::new();
    if !role.bound_issuer.is_empty() && role.bound_issuer != claims.issuer {
        wrong.push(Refused::Issuer);
    }
    let bound = &role.bound_audiences;
    if bound.is_empty() && !claims.audiences.is_empty() {
        wrong.push(Refused::NoAudience);
    } else if !claims.audiences.iter().any(|audience| bound.contains(audience)) {
        wrong.push(Refused::Audience);
    }
    if !role.bound_subject.is_empty() && role.bound_subject != claims.subject {
        wrong.push(Refused::Subject);
    }
    let bound = role.bound_claims.iter();
    wrong.extend(bound.filter_map(|(name, wanted)| role.claim(claims, name, wanted)));
    if !role.user_claim.is_empty() && found(claims, &role.user_claim).is_none() {
        wrong.push(Refused::NoUser(role.user_claim.clone()));
    }
    wrong
}

impl Role {
    fn claim(&self, claims: &Claims, name: &str, wanted: &Json) -> Option<Refused> {
        let Some(found) = found(claims, name) else {
            return Some(Refused::Missing(name.to_owned()));
        };
        let (wanted, found) = (texts(wanted), texts(found));
        let globs = self.bound_claims_type == "glob";
        let fits = |wanted: &String, found: &String| match globs {
            true => glob(wanted).matches(found),
            false => wanted == found,
        };
        let good = found.iter().any(|found| wanted.iter().any(|wanted| fits(wanted, found)));
        (!good).then(|| Refused::Claim { claim: name.to_owned(), wanted, found })
    }
}

/// A pattern of Vault's: `*` is its only wildcard.
fn glob(pattern: &str) -> Glob {
    let unit = |it: char| if it == '*' { Unit::Any } else { Unit::Char(it) };
    Glob::new(&pattern.chars().map(unit).collect::<Vec<_>>())
}

/// A claim by its name, or by a JSON pointer into it.
fn found<'a>(claims: &'a Claims, name: &str) -> Option<&'a Json> {
    match name.strip_prefix('/') {
        None => claims.all.get(name),
        Some(path) => {
            let (first, rest) = path.split_once('/').unwrap_or((path, ""));
            let within = claims.all.get(first)?;
            if rest.is_empty() { Some(within) } else { within.pointer(&format!("/{rest}")) }
        }
    }
}

fn texts(value: &Json) -> Vec<String> {
    let plain = |it: &Json| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    match value {
        Json::Array(list) => list.iter().map(plain).collect(),
        one => vec![plain(one)],
    }
}

#[cfg(test)]
mod tests;

//! What a token says, once its signature was found good.

use domain::Timestamp;
use serde_json::{Map, Value};

use super::verify::Invalid;
use crate::limits::{CLOCK_LEEWAY_SECONDS, SUBJECT_CHARS_MAX};

/// A verified token's claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`: a text or a list of texts, at least one.
    pub audiences: Vec<String>,
    /// `azp`: where it is there, STS takes it for the audience.
    pub authorized_party: Option<String>,
    /// `exp`.
    pub expires: Timestamp,
    /// `nbf`.
    pub not_before: Option<Timestamp>,
    /// `iat`.
    pub issued: Option<Timestamp>,
    /// `jti`.
    pub id: Option<String>,
    /// All of them, by name.
    pub all: Map<String, Value>,
}

impl Claims {
    /// Reads them; which one is missing or of another kind than it must be.
    pub(crate) fn read(all: Map<String, Value>) -> Result<Self, Invalid> {
        let subject = required(&all, "sub")?;
        if subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(Invalid::Claim { claim: "sub", right: "at most 255 characters" });
        }
        let expires = moment(&all, "exp")?.ok_or(Invalid::Missing("exp"))?;
        let not_before = moment(&all, "nbf")?;
        if not_before.is_some_and(|not_before| not_before > expires) {
            return Err(Invalid::Claim { claim: "nbf", right: "a moment before `exp`" });
        }
        Ok(Self {
            issuer: required(&all, "iss")?,
            subject,
            audiences: audiences(&all)?,
            authorized_party: text(&all, "azp")?,
            expires,
            not_before,
            issued: moment(&all, "iat")?,
            id: text(&all, "jti")?,
            all,
        })
    }

    /// Whether it is over.
    pub fn has_ended(&self, at: Timestamp) -> bool {
        at >= self.expires
    }

    /// What an unverified token says of itself, for whoever explains why it is refused. What is
    /// missing or malformed is empty: `read` says so.
    pub(crate) fn unverified(all: Map<String, Value>) -> Self {
        let text = |claim| text(&all, claim).ok().flatten();
        let moment = |claim| moment(&all, claim).ok().flatten();
        Self {
            issuer: text("iss").unwrap_or_default(),
            subject: text("sub").unwrap_or_default(),
            audiences: audiences(&all).unwrap_or_default(),
            authorized_party: text("azp"),
            expires: moment("exp").unwrap_or(Timestamp(i64::MAX)),
            not_before: moment("nbf"),
            issued: moment("iat"),
            id: text("jti"),
            all,
        }
    }

    /// The audiences as STS sees them: `azp` alone where it is there, otherwise `aud`.
    pub fn effective_audiences(&self) -> Vec<&str> {
        match &self.authorized_party {
            Some(party) => vec![party],
            None => self.audiences.iter().map(String::as_str).collect(),
        }
    }
}

/// When claims end, if that can be read of them: what is over is told so, whatever else is wrong.
pub(super) fn end(all: &Map<String, Value>) -> Option<Timestamp> {
    moment(all, "exp").ok().flatten()
}

/// Whether a token's beginning is still to come, by more than clocks may differ.
pub(crate) fn is_ahead(begins: Timestamp, at: Timestamp) -> bool {
    begins > at.plus_seconds(CLOCK_LEEWAY_SECONDS)
}

fn text(all: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, Invalid> {
    match all.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(Invalid::Claim { claim, right: "a text that is not empty" }),
    }
}

fn required(all: &Map<String, Value>, claim: &'static str) -> Result<String, Invalid> {
    text(all, claim)?.ok_or(Invalid::Missing(claim))
}

/// Seconds since 1970, whole: STS takes no fractions, and neither texts nor powers of ten.
fn moment(all: &Map<String, Value>, claim: &'static str) -> Result<Option<Timestamp>, Invalid> {
    /// The last second of the year 9999: what comes later was meant in milliseconds.
    const LATEST: i64 = 253_402_300_799;
    let Some(value) = all.get(claim) else { return Ok(None) };
    let seconds = value.as_i64().filter(|seconds| (0..=LATEST).contains(seconds));
    let right = "whole seconds since 1970";
    seconds.map(|it| Some(Timestamp(it * 1000))).ok_or(Invalid::Claim { claim, right })
}

fn audiences(all: &Map<String, Value>) -> Result<Vec<String>, Invalid> {
    let wrong = Invalid::Claim { claim: "aud", right: "a text or a list of texts" };
    let list = match all.get("aud").ok_or(Invalid::Missing("aud"))? {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let text = |value: &Value| value.as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    let texts: Option<Vec<String>> = list.iter().map(text).collect();
    texts.filter(|texts| !texts.is_empty()).ok_or(wrong)
}

//! What a token gives the session that it opens: tags, and who began the chain.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Refused;
use crate::limits::{SESSION_TAG_KEY_CHARS_MAX, SESSION_TAG_VALUE_CHARS_MAX, SESSION_TAGS_MAX};
use crate::token::Claims;

pub(crate) const TAGS_CLAIM: &str = "https://aws.amazon.com/tags";
pub(crate) const SOURCE_IDENTITY_CLAIM: &str = "https://aws.amazon.com/source_identity";

/// A tag of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Whether it stays with sessions that this one assumes.
    pub transitive: bool,
}

/// Why a session cannot have such tags; the sentences are those of STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitTags {
    /// A condition on one of them would not see the other.
    #[error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")]
    Doubled,
    /// Keys of this kind are given by the system.
    #[error("Tag keys that start with 'aws:' are reserved for the system.")]
    Reserved,
    /// Only what comes along can be handed on.
    #[error("The specified transitive tag key must be included in the requested tags.")]
    NotAmongThem,
}

/// Whether a session can have tags of these keys, of which some are to be handed on. Keys differ by
/// more than their case.
pub fn check_tags<'a>(
    keys: impl Iterator<Item = &'a str>,
    transitive: impl Iterator<Item = &'a str>,
) -> Result<(), UnfitTags> {
    let mut seen = BTreeSet::new();
    for key in keys.map(str::to_lowercase) {
        if key.starts_with("aws:") {
            return Err(UnfitTags::Reserved);
        }
        if !seen.insert(key) {
            return Err(UnfitTags::Doubled);
        }
    }
    match transitive.map(str::to_lowercase).all(|key| seen.contains(&key)) {
        true => Ok(()),
        false => Err(UnfitTags::NotAmongThem),
    }
}

/// Session tags: `{"principal_tags": {"Key": ["value"]}, "transitive_tag_keys": ["Key"]}`.
pub(crate) fn tags(claims: &Claims) -> Result<Vec<Tag>, Refused> {
    let Some(claim) = claims.all.get(TAGS_CLAIM) else { return Ok(vec![]) };
    let right = "an object of principal_tags, lists of one text each, and transitive_tag_keys";
    let wrong = || Refused::Claim { claim: TAGS_CLAIM, right };
    let none = Json::Array(vec![]);
    let transitive = claim.get("transitive_tag_keys").unwrap_or(&none);
    let transitive = transitive.as_array().ok_or_else(wrong)?;
    let transitive: Vec<&str> =
        transitive.iter().map(Json::as_str).collect::<Option<_>>().ok_or_else(wrong)?;
    let named = claim.get("principal_tags").and_then(Json::as_object).ok_or_else(wrong)?;
    check_tags(named.keys().map(String::as_str), transitive.iter().copied())?;
    let tag = |(key, value): (&String, &Json)| {
        let value = match value {
            Json::Array(list) => list.first().filter(|_| list.len() == 1)?,
            one => one,
        };
        let (key, value) = (key.clone(), value.as_str()?.to_owned());
        let short = (1..=SESSION_TAG_KEY_CHARS_MAX).contains(&key.chars().count())
            && value.chars().count() <= SESSION_TAG_VALUE_CHARS_MAX;
        let transitive = transitive.iter().any(|it| it.eq_ignore_ascii_case(&key));
        short.then_some(Tag { key, value, transitive })
    };
    let tags: Vec<Tag> = named.iter().map(tag).collect::<Option<_>>().ok_or_else(wrong)?;
    if tags.len() > SESSION_TAGS_MAX {
        return Err(wrong());
    }
    Ok(tags)
}

/// Who began the chain: a claim of its own.
pub(super) fn source_identity(claims: &Claims) -> Result<Option<String>, Refused> {
    let Some(claim) = claims.all.get(SOURCE_IDENTITY_CLAIM) else { return Ok(None) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let text =
        claim.as_str().filter(|text| (2..=64).contains(&text.len()) && text.bytes().all(plain));
    let right = "a text of 2 to 64 letters, digits or _+=,.@-";
    let wrong = Refused::Claim { claim: SOURCE_IDENTITY_CLAIM, right };
    text.map(|text| Some(text.to_owned())).ok_or(wrong)
}

//! The tree as it comes from the parser, and what the text adds to it: places and spellings.

use super::{Key, Node, Value, place};
use crate::limits::{YAML_DEPTH_MAX, YAML_EVENTS_MAX, YAML_SCALAR_BYTES_MAX};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// Duplicate keys are passed through, so that `file` can name every one of them and not only the
/// first; every amount is limited, and what aliases repeat counts each time.
pub(super) fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: 1,
            max_depth: YAML_DEPTH_MAX,
            flow_nesting_limit: YAML_DEPTH_MAX,
            max_events: YAML_EVENTS_MAX,
            max_nodes: YAML_EVENTS_MAX,
            max_total_scalar_bytes: YAML_SCALAR_BYTES_MAX,
            max_recorded_anchor_bytes: YAML_SCALAR_BYTES_MAX,
            enforce_alias_anchor_ratio: false,
        },
        strict_booleans: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
        emit_comments: false,
        with_snippet: false,
    }
}

/// A value whose numbers and booleans have lost their spelling, which `locate` takes from the text.
pub(super) enum Raw {
    Null,
    Boolean(bool),
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

pub(super) fn locate(raw: Spanned<Raw>, text: &str) -> Node {
    let spelling = || spelled(&raw.defined, text);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Boolean(value) => Value::Boolean(spelling().unwrap_or_else(|| value.to_string())),
        Raw::Number => Value::Number(spelling().unwrap_or_default()),
        Raw::Text(text) => Value::Text(text),
        Raw::List(items) => Value::List(items.into_iter().map(|item| locate(item, text)).collect()),
        Raw::Map(entries) => Value::Map(entries.into_iter().map(|e| entry(e, text)).collect()),
    };
    Node { place: place(&raw.defined), value }
}

fn entry((key, value): (Spanned<String>, Spanned<Raw>), text: &str) -> (Key, Node) {
    let key_place = place(&key.defined);
    (Key { text: key.value, place: key_place }, locate(value, text))
}

/// The characters of the text that a location covers.
fn spelled(location: &Location, text: &str) -> Option<String> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    text.get(start..start.checked_add(length)?).map(|spelling| spelling.trim().to_owned())
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar, a list or a map")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Boolean(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

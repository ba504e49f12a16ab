//! awsJson bodies: bytes to a value tree, within the limits and without repeated keys.
//!
//! A repeated key is refused: whichever of the two a reader takes, another reader takes the other.

use crate::error::shortened;
use crate::limits::BODY_DEPTH_MAX;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Why a body is no JSON that we take.
#[derive(Debug, thiserror::Error)]
#[error("The request's body is not valid JSON: {0}")]
pub struct Malformed(#[from] serde_json::Error);

/// Reads a body; an empty one counts as `{}`.
///
/// # Errors
/// [`Malformed`] for anything that is not JSON, for repeated keys, and past the depth limit.
pub fn parse(body: &[u8]) -> Result<Value, Malformed> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Tree { depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads one value at some depth.
struct Tree {
    depth: usize,
}

impl Tree {
    fn deeper<E: Error>(&self) -> Result<Self, E> {
        if self.depth >= BODY_DEPTH_MAX {
            let limit = format!("objects and lists nest deeper than {BODY_DEPTH_MAX}");
            return Err(E::custom(limit));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, given: bool) -> Result<Value, E> {
        Ok(Value::Bool(given))
    }

    fn visit_i64<E>(self, given: i64) -> Result<Value, E> {
        Ok(Value::from(given))
    }

    fn visit_u64<E>(self, given: u64) -> Result<Value, E> {
        Ok(Value::from(given))
    }

    fn visit_f64<E>(self, given: f64) -> Result<Value, E> {
        Ok(Value::from(given))
    }

    fn visit_str<E>(self, given: &str) -> Result<Value, E> {
        Ok(Value::from(given))
    }

    fn visit_string<E>(self, given: String) -> Result<Value, E> {
        Ok(Value::String(given))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.deeper()?)?;
            if map.contains_key(&key) {
                let key = shortened(&key);
                return Err(A::Error::custom(format!("the key '{key}' stands twice")));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Drops the members that are null, which AWS's clients send for "not given".
pub(crate) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_it_stands() {
        let value = parse(br#"{"a":[1,-2,3.5,true,null,"x"],"b":{}}"#).expect("valid");
        assert_eq!(value, serde_json::json!({"a": [1, -2, 3.5, true, null, "x"], "b": {}}));
        assert_eq!(parse(b"").expect("empty"), serde_json::json!({}));
    }

    #[test]
    fn what_could_be_read_two_ways_or_too_deep_is_refused() {
        fn check(body: &str, words: &str) {
            let error = parse(body.as_bytes()).expect_err(body).to_string();
            assert!(error.contains(words), "{error}");
        }
        check(r#"{"a":1,"b":{"c":1,"c":2}}"#, "the key 'c' stands twice");
        check(r#"{"a":1,"\u0061":2}"#, "the key 'a' stands twice");
        check("{", "EOF");
        check("{} {}", "trailing");
        check("\u{feff}{}", "expected value");
        check(&format!("{}{}", "[".repeat(33), "]".repeat(33)), "nest deeper than 32");
        check(&"[".repeat(1_000_000), "nest deeper than 32");
        assert!(parse(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes()).is_ok());
    }
}

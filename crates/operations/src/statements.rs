//! What the statements of a policy's text name, for services that say of their own actions and keys
//! which of them can ever act. Whether the text is a policy at all is `identity`'s.

use serde_json::{Map, Value};

/// A value, or each of a list.
pub(crate) fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// A text, or each of a list.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    many(value).into_iter().filter_map(Value::as_str).collect()
}

/// The keys that a statement's conditions name, as they are written.
pub(crate) fn condition_keys(statement: &Value) -> impl Iterator<Item = &String> {
    let operators = statement["Condition"].as_object().into_iter().flat_map(Map::values);
    operators.filter_map(Value::as_object).flat_map(Map::keys)
}

/// Whether a key in small letters is known; known keys that end with `/` or `-` go on with any name.
pub(crate) fn is_one_of(key: &str, known: &[&str]) -> bool {
    known.iter().any(|known| match known.ends_with(['/', '-']) {
        true => key.starts_with(known),
        false => key == *known,
    })
}

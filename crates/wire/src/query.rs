//! AWS Query: forms of dotted keys (`Tags.member.1.Key=…`) to a value tree, led by the shape.
//!
//! Form values have no kinds of their own, so the shape says what a number or flag is. What no
//! member asks for is reported as ignored.

use crate::form::{self, Malformed, Pairs};
use crate::request::Request;
use crate::shape::{List, Map, Shape, Structure};
use serde_json::Value;
use std::collections::BTreeSet;

/// Whether the request carries a form: in its body, or in the query of a GET.
pub fn is_form(request: &Request) -> bool {
    let kind = request.header("content-type").unwrap_or_default();
    match request.method {
        "GET" => request.parameter("Action").is_some(),
        _ => kind.starts_with("application/x-www-form-urlencoded"),
    }
}

/// `Action` and `Version`; empty where the form has none.
///
/// # Errors
/// [`Malformed`].
pub fn action_and_version(request: &Request) -> Result<(String, String), Malformed> {
    let mut pairs = pairs(request)?;
    let mut take = |name: &str| pairs.remove(name).unwrap_or_default();
    Ok((take("Action"), take("Version")))
}

/// Reads the form as the shape describes it; gives also the keys that nothing asked for.
///
/// # Errors
/// [`Malformed`]; values outside their constraints are for [`crate::constraint`] to find.
pub fn parse(request: &Request, shape: &Shape) -> Result<(Value, Vec<String>), Malformed> {
    let pairs = pairs(request)?;
    let mut form = Form { pairs: &pairs, used: BTreeSet::new() };
    let value = form.read(shape, "").unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let asked = |key: &str| ENVELOPE.contains(&key) || key.starts_with("X-Amz-");
    let left = pairs.keys().filter(|key| !form.used.contains(key.as_str()) && !asked(key));
    Ok((value, left.cloned().collect()))
}

/// Parameters that every Query call has.
const ENVELOPE: [&str; 2] = ["Action", "Version"];

fn pairs(request: &Request) -> Result<Pairs, Malformed> {
    match request.method {
        "GET" => form::read(request.query.as_bytes()),
        _ => form::read(request.body),
    }
}

/// A form while it is being read; remembers which keys were asked for.
struct Form<'a> {
    pairs: &'a Pairs,
    used: BTreeSet<&'a str>,
}

impl Form<'_> {
    fn read(&mut self, shape: &Shape, path: &str) -> Option<Value> {
        match shape {
            Shape::Structure(structure) => self.read_structure(structure, path),
            Shape::List(list) => self.read_list(list, path),
            Shape::Map(map) => self.read_map(map, path),
            Shape::Text(_) | Shape::Blob(_) => self.scalar(path).map(Value::from),
            Shape::Integer(..) => self.scalar(path).map(parsed::<i64>),
            Shape::Flag => self.scalar(path).map(parsed::<bool>),
        }
    }

    fn scalar(&mut self, path: &str) -> Option<&str> {
        let (key, value) = self.pairs.get_key_value(path)?;
        self.used.insert(key);
        Some(value)
    }

    fn read_structure(&mut self, structure: &Structure, path: &str) -> Option<Value> {
        let mut members = serde_json::Map::new();
        for member in structure.members {
            if let Some(value) = self.read(member.shape, &join(path, member.name)) {
                members.insert(member.name.to_owned(), value);
            }
        }
        (!members.is_empty()).then_some(Value::Object(members))
    }

    fn read_list(&mut self, list: &List, path: &str) -> Option<Value> {
        let numbered = (1..).map(|index| format!("{path}.member.{index}"));
        let items: Vec<Value> = numbered.map_while(|path| self.read(list.of, &path)).collect();
        (!items.is_empty()).then_some(Value::Array(items))
    }

    fn read_map(&mut self, map: &Map, path: &str) -> Option<Value> {
        let mut entries = serde_json::Map::new();
        for index in 1.. {
            let entry = format!("{path}.entry.{index}");
            let Some(key) = self.scalar(&join(&entry, "key")).map(str::to_owned) else { break };
            let value = self.read(map.value, &join(&entry, "value")).unwrap_or(Value::Null);
            entries.insert(key, value);
        }
        (!entries.is_empty()).then_some(Value::Object(entries))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A text that does not parse stays a text: the check then says what was expected.
fn parsed<T: std::str::FromStr + Into<Value>>(text: &str) -> Value {
    text.parse::<T>().map_or_else(|_| Value::from(text), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FORM_PAIRS_MAX;
    use crate::shape::{any_text, list, map, may, structure};

    static TEXT: Shape = any_text();
    static COUNT: Shape = Shape::Integer(0, 9);
    static FLAG: Shape = Shape::Flag;
    static TAG: Shape = structure(&[may("Key", &TEXT), may("Value", &TEXT)]);
    static TAGS: Shape = list(0, 9, &TAG);
    static SETTINGS: Shape = map(9, &TEXT, &TEXT);
    static INPUT: Shape = structure(&[
        may("Name", &TEXT),
        may("Count", &COUNT),
        may("Force", &FLAG),
        may("Tags", &TAGS),
        may("Settings", &SETTINGS),
    ]);

    fn read(body: &str) -> Result<(Value, Vec<String>), Malformed> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let (path, query, body) = ("/", "", body.as_bytes());
        parse(&Request { method: "POST", path, query, headers: &headers, body }, &INPUT)
    }

    #[test]
    fn dotted_keys_become_a_tree() {
        fn check(body: &str, expect: Value, ignored: &[&str]) {
            let (value, left) = read(body).expect(body);
            assert_eq!(
                (value, left.iter().map(String::as_str).collect::<Vec<_>>()),
                (expect, ignored.to_vec())
            );
        }
        let json = |text: &str| serde_json::from_str(text).expect("json");
        check("Action=A&Version=1", json("{}"), &[]);
        check(
            "Name=a+b%2Bc&Count=3&Force=true",
            json(r#"{"Name":"a b+c","Count":3,"Force":true}"#),
            &[],
        );
        check("Count=three", json(r#"{"Count":"three"}"#), &[]);
        check(
            "Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l&Tags.member.4.Key=m",
            json(r#"{"Tags":[{"Key":"k","Value":"v"},{"Key":"l"}]}"#),
            &["Tags.member.4.Key"],
        );
        check(
            "Settings.entry.1.key=k&Settings.entry.1.value=v",
            json(r#"{"Settings":{"k":"v"}}"#),
            &[],
        );
        check("Name=a&Nmae=b", json(r#"{"Name":"a"}"#), &["Nmae"]);
    }

    #[test]
    fn a_form_that_could_be_read_two_ways_is_refused() {
        assert_eq!(read("Name=a&Name=b"), Err(Malformed::Repeated("Name".to_owned())));
        assert_eq!(read("Name=%ff"), Err(Malformed::NotUtf8));
        let many: Vec<String> = (0..=FORM_PAIRS_MAX).map(|n| format!("k{n}=v")).collect();
        assert_eq!(read(&many.join("&")), Err(Malformed::TooManyPairs));
    }
}

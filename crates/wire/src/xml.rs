//! XML answers: those of AWS Query and the errors of S3.
//!
//! A value tree is written element by element; lists as `<member>`, as the Query protocol has it.

use domain::Timestamp;
use quick_xml::escape::escape;
use serde_json::Value;

/// The members of outputs that are maps; all other objects are structures.
const MAPS: [&str; 1] = ["SummaryMap"];

/// `<Name>…</Name>` around the tree.
pub fn element(name: &str, value: &Value) -> String {
    let inside = match value {
        Value::Object(entries) if MAPS.contains(&name) => entries.iter().map(entry).collect(),
        _ => content(value),
    };
    format!("<{name}>{inside}</{name}>")
}

/// An entry of a map, as the Query protocol has it.
fn entry((key, value): (&String, &Value)) -> String {
    let key = element("key", &Value::from(key.as_str()));
    format!("<entry>{key}{}</entry>", element("value", value))
}

/// The inside of an element.
fn content(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        // Moments are the only numbers of these outputs that have a fraction.
        Value::Number(number) if number.is_f64() => moment(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(legal(text)).into_owned(),
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| element(name, value)).collect()
        }
    }
}

/// As the Query protocol writes seconds since the epoch: `2026-11-23T07:00:00Z`.
fn moment(seconds: f64) -> String {
    Timestamp((seconds * 1000.0).round() as i64).rfc3339()
}

/// XML 1.0 has no way to write most control characters, not even escaped.
fn legal(text: &str) -> String {
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    text.replace(|c| control(c) || matches!(c, '\u{fffe}' | '\u{ffff}'), "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_becomes_elements_that_cannot_be_broken_out_of() {
        let tree = serde_json::json!({"A": "<&>\u{0}", "L": [1, true], "N": null, "T": 0.5});
        let expect = "<R><A>&lt;&amp;&gt;\u{fffd}</A>\
                      <L><member>1</member><member>true</member></L><N></N>\
                      <T>1970-01-01T00:00:00.500Z</T></R>";
        assert_eq!(element("R", &tree), expect);
    }

    #[test]
    fn a_map_is_a_list_of_entries() {
        let tree = serde_json::json!({"SummaryMap": {"Users": 2}});
        let entry = "<entry><key>Users</key><value>2</value></entry>";
        assert_eq!(element("R", &tree), format!("<R><SummaryMap>{entry}</SummaryMap></R>"));
    }
}

//! XML answers: those of AWS Query and the errors of S3.
//!
//! A value tree is written element by element; lists as `<member>`, as the Query protocol has it.

use quick_xml::escape::escape;
use serde_json::Value;

/// `<Name>…</Name>` around the tree.
pub fn element(name: &str, value: &Value) -> String {
    format!("<{name}>{}</{name}>", content(value))
}

/// The inside of an element.
fn content(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(legal(text)).into_owned(),
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| element(name, value)).collect()
        }
    }
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
        let tree = serde_json::json!({"A": "<&>\u{0}", "L": [1, true], "N": null});
        let expect = "<R><A>&lt;&amp;&gt;\u{fffd}</A>\
                      <L><member>1</member><member>true</member></L><N></N></R>";
        assert_eq!(element("R", &tree), expect);
    }
}

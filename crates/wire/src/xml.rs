//! XML: the answers of AWS Query, and what S3 reads and writes.
//!
//! A value tree is written element by element; lists as `<member>`, as the Query protocol has it, or
//! as their element again and again, as S3 does.

use crate::limits::{BODY_DEPTH_MAX, XML_ELEMENTS_MAX};
use domain::Timestamp;
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::Event;
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

/// The inside of an element whose lists repeat their own element.
pub fn flat(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Array(items) => items.iter().map(|it| (name, it)).collect::<Vec<_>>(),
                Value::Null => Vec::new(),
                one => vec![(name, one)],
            })
            .map(|(name, value)| format!("<{name}>{}</{name}>", flat(value)))
            .collect(),
        other => content(other),
    }
}

/// A text as it stands inside an element.
pub fn text(text: &str) -> String {
    escape(legal(text)).into_owned()
}

/// An element that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without what stands before a colon.
    pub name: String,
    /// Its own text.
    pub text: String,
    /// The elements inside.
    pub children: Vec<Self>,
}

impl Element {
    /// The first element of this name inside.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a document's one root; `None` for what is no XML, has a document type, or is larger or
/// deeper than any that is meant.
pub fn read(bytes: &[u8]) -> Option<Element> {
    let mut reader = Reader::from_str(std::str::from_utf8(bytes).ok()?);
    let (mut open, mut count) = (vec![Element::default()], 0);
    loop {
        match reader.read_event().ok()? {
            event @ (Event::Start(_) | Event::Empty(_)) => {
                count += 1;
                let (Event::Start(start) | Event::Empty(start)) = &event else { return None };
                let name = start.local_name().into_inner().to_owned();
                open.push(Element { name, ..Element::default() });
                if count > XML_ELEMENTS_MAX || open.len() > BODY_DEPTH_MAX {
                    return None;
                }
                if matches!(event, Event::Empty(_)) {
                    close(&mut open)?;
                }
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(letter) => open.last_mut()?.text.push(letter),
                None => {
                    open.last_mut()?.text.push_str(resolve_xml_entity(&entity.xml10_content())?)
                }
            },
            Event::DocType(_) => return None,
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().filter(|_| open.is_empty())?;
    let single = root.children.len() == 1 && root.text.trim().is_empty();
    root.children.into_iter().next().filter(|_| single)
}

fn close(open: &mut Vec<Element>) -> Option<()> {
    let closed = open.pop()?;
    open.last_mut()?.children.push(closed);
    Some(())
}

/// The inside of an element.
fn content(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        // Moments are the only numbers of these outputs that have a fraction.
        Value::Number(number) if number.is_f64() => moment(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::String(own) => text(own),
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

//! Holds a decoded value against the shape of an input and finds everything that is wrong with it.
//!
//! All violations are reported in one message in AWS's words, each with its path
//! (`pipeline.stages.1.member.name`); what the values mean together is left to the operations.

use crate::error::shortened;
use crate::limits::{SHOWN_UNKNOWN_MEMBERS_MAX, SHOWN_VIOLATIONS_MAX};
use crate::shape::{Blob, List, Map, Member, Shape, Structure, Text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt::Write;

/// What a check found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// A value of the wrong kind; where there is one, nothing can be decoded.
    pub mismatch: Option<Mismatch>,
    /// Constraints that do not hold, in the order of the shape; at most
    /// [`SHOWN_VIOLATIONS_MAX`].
    pub violations: Vec<Violation>,
    /// How many constraints do not hold.
    pub violation_count: usize,
    /// Paths of members that nobody knows and that were ignored; at most
    /// [`SHOWN_UNKNOWN_MEMBERS_MAX`].
    pub ignored: Vec<String>,
}

/// A value of another kind than its member's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Expected {expected} at '{path}' but found {found}.")]
pub struct Mismatch {
    path: String,
    expected: &'static str,
    found: &'static str,
}

impl Mismatch {
    /// Where it stands, as a [`Violation`]'s path has it.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// A constraint that does not hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// `pipeline.stages.1.member.name`; list members count from 1.
    pub path: String,
    /// The value as shown: quoted and shortened; `None` for one that must not be shown.
    pub shown: Option<String>,
    /// `Member must not be null`, …
    pub constraint: String,
}

/// A member's name with a small letter first: so AWS names members in messages and in CloudTrail,
/// however they are written in a request.
pub fn in_camel_case(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Checks a value tree against a shape. Members that are null count as left out, as AWS has it.
pub fn check(shape: &Shape, value: &Value) -> Findings {
    let mut findings = Findings::default();
    findings.visit(shape, value, "", false);
    findings
}

fn say(violation: &Violation) -> String {
    let mut said = String::from("Value");
    if let Some(shown) = &violation.shown {
        let _ = write!(said, " {shown}");
    }
    let Violation { path, constraint, .. } = violation;
    let _ = write!(said, " at '{path}' failed to satisfy constraint: {constraint}");
    said
}

impl Findings {
    /// All violations in one text: `2 validation errors detected: Value … at '…' failed to
    /// satisfy constraint: …; …`.
    pub fn message(&self) -> String {
        let plural = if self.violation_count == 1 { "" } else { "s" };
        let said: Vec<String> = self.violations.iter().map(say).collect();
        let more = match self.violation_count - self.violations.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let count = self.violation_count;
        format!("{count} validation error{plural} detected: {}{more}", said.join("; "))
    }

    fn visit(&mut self, shape: &Shape, value: &Value, path: &str, closed: bool) {
        match (shape, value) {
            (Shape::Text(text), Value::String(given)) => self.visit_text(text, given, path),
            (Shape::Blob(blob), Value::String(given)) => self.visit_blob(blob, given, shape, path),
            (Shape::Integer(min, max), Value::Number(given)) if given.as_i64().is_some() => {
                self.visit_integer(*min, *max, given.as_i64().unwrap_or_default(), path);
            }
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::List(list), Value::Array(items)) => self.visit_list(list, items, path, closed),
            (Shape::Map(map), Value::Object(entries)) => {
                self.visit_map(map, entries, path, closed);
            }
            (Shape::Structure(structure), Value::Object(members)) => {
                self.visit_structure(structure, members, path, closed || structure.closed);
            }
            _ => self.mismatch(shape, value, path),
        }
    }

    fn visit_text(&mut self, text: &Text, given: &str, path: &str) {
        let shown = (!text.secret).then(|| quote(given));
        let mut fail = |constraint| self.violate(path, shown.clone(), constraint);
        if !text.one_of.is_empty() && !text.one_of.contains(&given) {
            let values = text.one_of.join(", ");
            fail(format!("Member must satisfy enum value set: [{values}]"));
        }
        if let Some(constraint) = length(given.chars().count(), text.min, text.max) {
            fail(constraint);
        }
        // No database keeps it in a text, PostgreSQL refuses it; what is secret is kept as bytes.
        if given.contains('\0') && !text.secret {
            fail("Member must not contain the character U+0000".to_owned());
        }
        if let Some(pattern) = text.pattern.filter(|pattern| !pattern.matches(given)) {
            let text = pattern.text;
            fail(format!("Member must satisfy regular expression pattern: {text}"));
        }
    }

    fn visit_blob(&mut self, blob: &Blob, given: &str, shape: &Shape, path: &str) {
        let Ok(bytes) = STANDARD.decode(given) else {
            return self.mismatch(shape, &Value::from(given), path);
        };
        if let Some(constraint) = length(bytes.len(), blob.min, blob.max) {
            self.violate(path, None, constraint);
        }
    }

    fn visit_integer(&mut self, min: i64, max: i64, given: i64, path: &str) {
        let bound = match given {
            given if given < min => format!("greater than or equal to {min}"),
            given if given > max => format!("less than or equal to {max}"),
            _ => return,
        };
        self.violate(
            path,
            Some(quote(&given.to_string())),
            format!("Member must have value {bound}"),
        );
    }

    fn visit_list(&mut self, list: &List, items: &[Value], path: &str, closed: bool) {
        self.count("members", items.len(), list.min, list.max, path);
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}.{}.member", index + 1);
            self.visit_present(list.of, item, &path, closed);
        }
    }

    fn visit_map(&mut self, map: &Map, entries: &Members, path: &str, closed: bool) {
        self.count("entries", entries.len(), map.min, map.max, path);
        for (key, value) in entries {
            self.visit_key(map.key, key, path);
            let path = format!("{path}.{}.member", shortened(key));
            self.visit_present(map.value, value, &path, closed);
        }
    }

    /// A key has no path of its own; AWS names the map and says that it is about a key.
    fn visit_key(&mut self, shape: &Shape, key: &str, path: &str) {
        let mut inner = Self::default();
        inner.visit(shape, &Value::from(key), path, false);
        for Violation { shown, constraint, .. } in inner.violations {
            self.violate(path, shown, format!("Map keys must satisfy constraint: [{constraint}]"));
        }
    }

    fn visit_structure(&mut self, shape: &Structure, given: &Members, path: &str, closed: bool) {
        for Member { name, required, shape } in shape.members {
            let path = join(path, &in_camel_case(name));
            match given.get(*name).filter(|value| !value.is_null()) {
                Some(value) => self.visit(shape, value, &path, closed),
                None if *required => self.must_not_be_null(&path),
                None => {}
            }
        }
        let known = |name: &str| shape.members.iter().any(|member| member.name == name);
        for name in given.keys().filter(|name| !known(name)) {
            self.unknown(shape, &join(path, &shortened(name)), closed);
        }
    }

    fn visit_present(&mut self, shape: &Shape, value: &Value, path: &str, closed: bool) {
        match value {
            Value::Null => self.must_not_be_null(path),
            value => self.visit(shape, value, path, closed),
        }
    }

    /// Inside a pipeline a misspelt member would silently change what runs, so it is refused there.
    fn unknown(&mut self, shape: &Structure, path: &str, closed: bool) {
        if !closed {
            if self.ignored.len() < SHOWN_UNKNOWN_MEMBERS_MAX {
                self.ignored.push(path.to_owned());
            }
            return;
        }
        let known: Vec<&str> = shape.members.iter().map(|member| member.name).collect();
        self.violate(path, None, format!("Member must be one of: [{}]", known.join(", ")));
    }

    fn must_not_be_null(&mut self, path: &str) {
        self.violate(path, Some("null".to_owned()), "Member must not be null".to_owned());
    }

    /// A list or map is shown by its size only: its members may hold what must not be repeated.
    fn count(&mut self, what: &str, count: usize, min: usize, max: usize, path: &str) {
        if let Some(constraint) = length(count, min, max) {
            self.violate(path, Some(format!("'[{count} {what}]'")), constraint);
        }
    }

    fn violate(&mut self, path: &str, shown: Option<String>, constraint: String) {
        self.violation_count += 1;
        if self.violations.len() < SHOWN_VIOLATIONS_MAX {
            self.violations.push(Violation { path: path.to_owned(), shown, constraint });
        }
    }

    fn mismatch(&mut self, shape: &Shape, value: &Value, path: &str) {
        let path = if path.is_empty() { "the request" } else { path }.to_owned();
        let (expected, found) = (name_of(shape), kind_of(value));
        self.mismatch.get_or_insert(Mismatch { path, expected, found });
    }
}

type Members = serde_json::Map<String, Value>;

/// Of a text in characters, of a list or map in members.
fn length(count: usize, min: usize, max: usize) -> Option<String> {
    let bound = match count {
        count if count < min => format!("greater than or equal to {min}"),
        count if count > max => format!("less than or equal to {max}"),
        _ => return None,
    };
    Some(format!("Member must have length {bound}"))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn quote(given: &str) -> String {
    format!("'{}'", shortened(given))
}

fn name_of(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(_) => "a string",
        Shape::Blob(_) => "bytes in base64",
        Shape::Integer(..) => "an integer",
        Shape::Flag => "a boolean",
        Shape::List(_) => "a list",
        Shape::Map(_) => "a map",
        Shape::Structure(_) => "a structure",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a structure",
    }
}

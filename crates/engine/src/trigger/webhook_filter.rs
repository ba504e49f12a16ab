//! The filters of CodePipeline's webhooks: a JSONPath, and the text that it must lead to.
//!
//! Of JSONPath (Jayway's dialect, which the service names) the paths are spoken that lead to values:
//! `$`, `.name`, `['name']`, `[0]`, `[-1]`, `.*`, `[*]` and `..name`. Filter expressions, slices,
//! unions and functions are refused by name.

use crate::limits::WEBHOOK_VALUES_MAX;
use serde_json::Value;
use std::fmt;

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A path is not begun as one.
    #[error("a JSONPath begins with $, as in $.ref")]
    NoRoot,
    /// Something that is not spoken here, or not JSONPath.
    #[error(
        "what stands at character {at} is not understood: write names and indexes, such as \
         $.ref, $['ref'], $.commits[0].id, $.commits[*].id or $..id"
    )]
    Ungrammatical {
        /// Which character, from 1.
        at: usize,
    },
    /// A placeholder that the target action's configuration does not fill.
    #[error("{{{key}}} is no key of the action's configuration; there are {known}")]
    UnknownKey {
        /// The placeholder.
        key: String,
        /// What could stand there.
        known: String,
    },
    /// The token is no part of what a delivery says.
    #[error("{{OAuthToken}} cannot be compared with")]
    Secret,
    /// A brace without its other half.
    #[error("a {{ without a }}: write {{Branch}}, or another key of the action's configuration")]
    Brace,
}

/// A path into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Name(String),
    Index(i64),
    All,
    Below(String),
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// [`FilterError`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let rest = text.strip_prefix('$').ok_or(FilterError::NoRoot)?;
        let mut reader = Reader { rest, whole: text };
        let mut segments = Vec::new();
        while !reader.rest.is_empty() {
            segments.push(reader.segment()?);
        }
        Ok(Self(segments))
    }

    /// The values that it leads to, in the document's order.
    pub fn select<'a>(&self, document: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![document];
        for segment in &self.0 {
            let mut next = Vec::new();
            for value in found {
                segment.step(value, &mut next);
                if next.len() >= WEBHOOK_VALUES_MAX {
                    next.truncate(WEBHOOK_VALUES_MAX);
                    break;
                }
            }
            found = next;
        }
        found
    }
}

struct Reader<'a> {
    rest: &'a str,
    whole: &'a str,
}

impl<'a> Reader<'a> {
    fn segment(&mut self) -> Result<Segment, FilterError> {
        if self.take("..") {
            return Ok(Segment::Below(self.name()?.to_owned()));
        }
        if self.take(".*") || self.take("[*]") {
            return Ok(Segment::All);
        }
        if self.take(".") {
            return Ok(Segment::Name(self.name()?.to_owned()));
        }
        for (open, close) in [("['", "']"), ("[\"", "\"]")] {
            if self.take(open) {
                return Ok(Segment::Name(self.until(close)?.to_owned()));
            }
        }
        if self.rest.starts_with('[') {
            let at = self.at();
            self.take("[");
            let number = self.until("]")?;
            let plain = number.strip_prefix('-').unwrap_or(number);
            let digits = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
            let index = number.parse().ok().filter(|_| digits);
            return index.map(Segment::Index).ok_or(FilterError::Ungrammatical { at });
        }
        Err(FilterError::Ungrammatical { at: self.at() })
    }

    fn at(&self) -> usize {
        self.whole.chars().count() - self.rest.chars().count() + 1
    }

    fn take(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn name(&mut self) -> Result<&'a str, FilterError> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let end = self.rest.find(|c| !plain(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(FilterError::Ungrammatical { at: self.at() });
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(name)
    }

    fn until(&mut self, close: &str) -> Result<&'a str, FilterError> {
        let error = FilterError::Ungrammatical { at: self.at() };
        let (inside, rest) = self.rest.split_once(close).ok_or(error)?;
        self.rest = rest;
        Ok(inside)
    }
}

impl Segment {
    fn step<'a>(&self, value: &'a Value, into: &mut Vec<&'a Value>) {
        match (self, value) {
            (Self::Name(name), Value::Object(members)) => into.extend(members.get(name)),
            (Self::Index(index), Value::Array(items)) => {
                let at = if *index < 0 { items.len() as i64 + index } else { *index };
                into.extend(usize::try_from(at).ok().and_then(|at| items.get(at)));
            }
            (Self::All, Value::Object(members)) => into.extend(members.values()),
            (Self::All, Value::Array(items)) => into.extend(items),
            (Self::Below(name), value) => below(name, value, into),
            _ => {}
        }
    }
}

/// Everything of this name in a document, however deep.
fn below<'a>(name: &str, document: &'a Value, into: &mut Vec<&'a Value>) {
    let mut left = vec![document];
    while let Some(value) = left.pop() {
        if into.len() >= WEBHOOK_VALUES_MAX {
            return;
        }
        match value {
            Value::Object(members) => {
                into.extend(members.get(name));
                left.extend(members.values().rev());
            }
            Value::Array(items) => left.extend(items.iter().rev()),
            _ => {}
        }
    }
}

/// A text with `{Key}` where the target action's configuration has its values.
///
/// # Errors
/// [`FilterError`].
pub fn filled<'a>(
    text: &str,
    setting: impl Fn(&str) -> Option<&'a str>,
    known: &str,
) -> Result<String, FilterError> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}').ok_or(FilterError::Brace)?;
        if key == "OAuthToken" {
            return Err(FilterError::Secret);
        }
        let unknown = || FilterError::UnknownKey { key: key.to_owned(), known: known.to_owned() };
        filled.push_str(before);
        filled.push_str(setting(key).ok_or_else(unknown)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// What of a document a rule found instead of what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// What it wants.
    Match,
    /// The path leads to nothing.
    Nothing,
    /// Something else; the first such text.
    Other(String),
}

/// Holds a document against a rule; without a wanted text it is enough that the path leads
/// somewhere.
pub fn look(document: &Value, path: &JsonPath, wanted: Option<&str>) -> Looked {
    let found = path.select(document);
    let Some(first) = found.first() else { return Looked::Nothing };
    match wanted {
        Some(wanted) if !found.iter().any(|value| Text(value).to_string() == wanted) => {
            Looked::Other(Text(first).to_string())
        }
        _ => Looked::Match,
    }
}

/// A value as a text is compared with it.
struct Text<'a>(&'a Value);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => f.write_str(text),
            other => other.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn payload() -> Value {
        json!({
            "ref": "refs/heads/main", "forced": false, "size": 2, "odd-name": "x", "none": null,
            "commits": [{"id": "a", "author": {"name": "Ada"}}, {"id": "b"}],
        })
    }

    #[test]
    fn a_path_leads_to_values() {
        fn check(path: &str, expect: &[Value]) {
            let (path, document) = (JsonPath::parse(path).expect(path), payload());
            let found: Vec<Value> = path.select(&document).into_iter().cloned().collect();
            assert_eq!(found, expect, "{path:?}");
        }
        check("$.ref", &[json!("refs/heads/main")]);
        check("$['ref']", &[json!("refs/heads/main")]);
        check("$[\"odd-name\"]", &[json!("x")]);
        check("$.odd-name", &[json!("x")]);
        check("$.commits[0].id", &[json!("a")]);
        check("$.commits[-1].id", &[json!("b")]);
        check("$.commits[*].id", &[json!("a"), json!("b")]);
        check("$..name", &[json!("Ada")]);
        check("$.commits[7].id", &[]);
        check("$.no.such", &[]);
        check("$.ref.deeper", &[]);
        check("$", &[payload()]);
    }

    #[test]
    fn what_is_not_spoken_is_refused_where_it_stands() {
        fn check(path: &str, at: usize) {
            assert_eq!(JsonPath::parse(path), Err(FilterError::Ungrammatical { at }), "{path}");
        }
        assert_eq!(JsonPath::parse("ref"), Err(FilterError::NoRoot));
        assert_eq!(JsonPath::parse(""), Err(FilterError::NoRoot));
        check("$ref", 2);
        check("$.", 3);
        check("$..", 4);
        check("$.a[?(@.b)]", 4);
        check("$.a[0:2]", 4);
        check("$.a[0,1]", 4);
        check("$.a[]", 4);
        check("$.a['b", 6);
        check("$.a.length()", 11);
    }

    #[test]
    fn a_rule_compares_texts_and_what_is_written_as_one() {
        let document = payload();
        let seen =
            |path: &str, wanted| look(&document, &JsonPath::parse(path).expect(path), wanted);
        assert_eq!(seen("$.ref", Some("refs/heads/main")), Looked::Match);
        assert_eq!(seen("$.ref", Some("refs/heads/Main")), Looked::Other("refs/heads/main".into()));
        assert_eq!(seen("$.ref", None), Looked::Match);
        assert_eq!(seen("$.no", None), Looked::Nothing);
        assert_eq!(seen("$.size", Some("2")), Looked::Match);
        assert_eq!(seen("$.forced", Some("false")), Looked::Match);
        assert_eq!(seen("$.commits[*].id", Some("b")), Looked::Match);
    }

    #[test]
    fn keys_of_the_action_stand_in_braces() {
        let setting = |key: &str| (key == "Branch").then_some("main");
        let fill = |text: &str| filled(text, setting, "Branch");
        assert_eq!(fill("refs/heads/{Branch}").as_deref(), Ok("refs/heads/main"));
        assert_eq!(fill("{Branch}{Branch}").as_deref(), Ok("mainmain"));
        assert_eq!(fill("plain").as_deref(), Ok("plain"));
        assert!(matches!(fill("{Tag}"), Err(FilterError::UnknownKey { .. })));
        assert_eq!(fill("{Branch"), Err(FilterError::Brace));
        assert_eq!(fill("{OAuthToken}"), Err(FilterError::Secret));
    }

    #[test]
    fn a_deep_document_and_a_wide_one_are_looked_through_within_limits() {
        let wide = Value::from(vec![json!({"a": 1}); 3 * WEBHOOK_VALUES_MAX]);
        let found = JsonPath::parse("$..a").expect("a path");
        assert_eq!(found.select(&wide).len(), WEBHOOK_VALUES_MAX);
        let mut deep = json!({"a": 1});
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(found.select(&deep).len(), 1);
    }
}

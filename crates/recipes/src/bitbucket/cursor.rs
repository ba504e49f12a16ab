//! Walking the tree: where one is, in Bitbucket's own notation, and what was found on the way.
//! Which keys there are and what they mean is left to `file` and `step`.

use crate::diagnostic::{Diagnostic, Place, Severity, Source};
use crate::document::{Key, Node, Value};
use crate::limits::DIAGNOSTICS_MAX;
use std::collections::HashMap;

/// A node and the way to it.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub node: &'a Node,
    name: Name<'a>,
    above: Option<&'a Cursor<'a>>,
}

#[derive(Clone, Copy)]
enum Name<'a> {
    Root,
    Key(&'a Key),
    Index(usize),
}

impl<'a> Cursor<'a> {
    pub fn root(node: &'a Node) -> Self {
        Self { node, name: Name::Root, above: None }
    }

    /// The key under which the node stands; empty for the root and for items of lists.
    pub fn key(&self) -> &'a str {
        match self.name {
            Name::Key(key) => &key.text,
            Name::Root | Name::Index(_) => "",
        }
    }

    /// Where to point: at a short scalar itself, otherwise at the key that names the node.
    pub fn place(&self) -> Place {
        match (self.name, &self.node.value) {
            (_, Value::Boolean(_) | Value::Number(_) | Value::Text(_)) => self.node.place,
            (Name::Key(key), _) => key.place,
            _ => self.node.place,
        }
    }

    /// Where the key stands that names the node.
    pub fn key_place(&self) -> Place {
        match self.name {
            Name::Key(key) => key.place,
            Name::Root | Name::Index(_) => self.node.place,
        }
    }

    /// The way here as Bitbucket writes it: `pipelines > branches > main > 0 > step`.
    pub fn path(&self) -> String {
        let name = match self.name {
            Name::Root => return String::new(),
            Name::Key(key) => key.text.clone(),
            Name::Index(index) => index.to_string(),
        };
        match self.above.map(Cursor::path).unwrap_or_default() {
            above if above.is_empty() => name,
            above => format!("{above} > {name}"),
        }
    }

    /// The entries of a map, each key once; anything else is a finding.
    pub fn entries(&'a self, found: &mut Findings<'_>) -> Vec<Cursor<'a>> {
        let Value::Map(entries) = &self.node.value else {
            found.wrong_kind(self, "a map");
            return Vec::new();
        };
        self.refuse_duplicates(entries, found);
        self.fields()
    }

    /// The entries of a map without a word about what else the node may be.
    pub fn fields(&'a self) -> Vec<Cursor<'a>> {
        let Value::Map(entries) = &self.node.value else { return Vec::new() };
        let cursor =
            |(key, node): &'a (Key, Node)| Cursor { node, name: Name::Key(key), above: Some(self) };
        entries.iter().map(cursor).collect()
    }

    /// The items of a list with at least one item; anything else is a finding.
    pub fn items(&'a self, found: &mut Findings<'_>) -> Vec<Cursor<'a>> {
        match &self.node.value {
            Value::List(items) if !items.is_empty() => {
                let item =
                    |(index, node)| Cursor { node, name: Name::Index(index), above: Some(self) };
                items.iter().enumerate().map(item).collect()
            }
            Value::List(_) => {
                found.empty(self);
                Vec::new()
            }
            _ => {
                found.wrong_kind(self, "a list");
                Vec::new()
            }
        }
    }

    /// A text; a number is taken as it is spelled, as Bitbucket does.
    pub fn text(&self, found: &mut Findings<'_>) -> Option<String> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) if text.contains('\0') => {
                let fix = "take the NUL character out";
                found.error(self, "A NUL character cannot stand in a text.", Some(fix));
                None
            }
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            _ => {
                found.wrong_kind(self, "a string");
                None
            }
        }
    }

    /// A truth value, spelled `true` or `false`.
    pub fn boolean(&self, found: &mut Findings<'_>) -> Option<bool> {
        match &self.node.value {
            Value::Boolean(spelling) => Some(spelling.eq_ignore_ascii_case("true")),
            _ => {
                found.wrong_kind(self, "a boolean");
                None
            }
        }
    }

    fn refuse_duplicates(&self, entries: &'a [(Key, Node)], found: &mut Findings<'_>) {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for (key, node) in entries {
            if let Some(first) = seen.insert(&key.text, key.place.line) {
                let again = Cursor { node, name: Name::Key(key), above: Some(self) };
                let sentence =
                    format!("The key '{}' is written twice (first in line {first}).", key.text);
                let fix = "keep one of them; quotes do not make a key a different one";
                found.error_at(key.place, &again, &sentence, Some(fix));
            }
        }
    }
}

/// What YAML calls the kind of thing that a node is.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Boolean(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Text(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

/// What was found so far in one file.
pub(super) struct Findings<'s> {
    source: Source<'s>,
    list: Vec<Diagnostic>,
}

impl<'s> Findings<'s> {
    pub fn new(source: Source<'s>) -> Self {
        Self { source, list: Vec::new() }
    }

    /// Takes what was found and begins again with nothing.
    pub fn take(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.list)
    }

    /// An error in Bitbucket's own form, pointing at the node.
    pub fn error(&mut self, at: &Cursor<'_>, sentence: &str, fix: Option<&str>) {
        self.error_at(at.place(), at, sentence, fix);
    }

    /// The same, pointing elsewhere than the node it names.
    pub fn error_at(&mut self, place: Place, at: &Cursor<'_>, sentence: &str, fix: Option<&str>) {
        let path = match at.path() {
            path if path.is_empty() => String::new(),
            path => format!(" at [{path}]"),
        };
        let message =
            format!("There is an error in your bitbucket-pipelines.yml{path}. {sentence}");
        self.add(Severity::Error, place, message, fix);
    }

    /// A node that is there but says nothing.
    pub fn empty(&mut self, at: &Cursor<'_>) {
        let name = match at.name {
            Name::Root => "root ".to_owned(),
            Name::Key(key) => format!("{} ", key.text),
            Name::Index(_) => String::new(),
        };
        self.error(at, &format!("The {name}section is empty or null."), None);
    }

    /// A node that is another kind of thing than its key needs.
    pub fn wrong_kind(&mut self, at: &Cursor<'_>, wanted: &str) {
        match &at.node.value {
            Value::Null => self.empty(at),
            value => {
                let sentence = format!(
                    "To be precise: This section should be {wanted} (it is currently defined as {}).",
                    kind(value)
                );
                let fix = match (wanted, value) {
                    ("a string", Value::Boolean(word)) => Some(format!("quote it: '{word}'")),
                    ("a list", _) => Some("begin each item with '- '".to_owned()),
                    _ => None,
                };
                self.error(at, &sentence, fix.as_deref());
            }
        }
    }

    /// Valid, but not done by us, and not doing it would change what runs.
    pub fn unsupported(&mut self, at: &Cursor<'_>, what: &str, fix: &str) {
        let message = format!("{what} changes what runs, and Towpath does not run it yet.");
        self.add(Severity::Unsupported, at.key_place(), message, Some(fix));
    }

    /// It runs, but the key means less than it says, or nothing.
    pub fn warning(&mut self, at: &Cursor<'_>, message: String, fix: Option<&str>) {
        self.add(Severity::Warning, at.key_place(), message, fix);
    }

    /// Adds a finding once: an aliased node is met as often as it is used.
    fn add(&mut self, severity: Severity, place: Place, message: String, fix: Option<&str>) {
        if self.list.len() >= DIAGNOSTICS_MAX {
            return;
        }
        let new = self.source.diagnostic(severity, place, message, fix.map(str::to_owned));
        let same = |old: &Diagnostic| {
            (old.line, old.column, old.severity) == (new.line, new.column, new.severity)
                && last_sentences(&old.message) == last_sentences(&new.message)
        };
        if !self.list.iter().any(same) {
            self.list.push(new);
        }
    }
}

/// A message without the path in front, which differs between two uses of one anchor.
fn last_sentences(message: &str) -> &str {
    message.split_once("]. ").map_or(message, |(_, rest)| rest)
}

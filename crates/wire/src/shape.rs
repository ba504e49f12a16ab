//! The words in which an operation's input is described: members, lengths, patterns, enumerations.
//!
//! The tables in the services' folders are made of these. They say what the AWS models say;
//! [`crate::constraint`] holds a value against them.

use regex::Regex;
use std::sync::OnceLock;

/// One operation of a service: its name and what it takes.
#[derive(Debug)]
pub struct Operation {
    /// As in `X-Amz-Target` or `Action`.
    pub name: &'static str,
    /// The structure that the input must fit.
    pub input: &'static Shape,
}

/// What a value must be.
#[derive(Debug)]
pub enum Shape {
    /// A text.
    Text(Text),
    /// Bytes, which JSON carries in base64.
    Blob(Blob),
    /// A whole number between the two, both included.
    Integer(i64, i64),
    /// True or false.
    Flag,
    /// A list.
    List(List),
    /// A map from text to a shape.
    Map(Map),
    /// A structure with named members.
    Structure(Structure),
}

/// A text's constraints; lengths in characters.
#[derive(Debug)]
pub struct Text {
    /// The fewest characters.
    pub min: usize,
    /// The most characters; `usize::MAX` for no limit.
    pub max: usize,
    /// What the whole text must match.
    pub pattern: Option<&'static Pattern>,
    /// The only values allowed; empty where any is.
    pub one_of: &'static [&'static str],
    /// A secret: error messages never repeat it.
    pub secret: bool,
}

/// The constraints of bytes. They are secrets wherever they are asked for here: error messages never
/// repeat them.
#[derive(Debug)]
pub struct Blob {
    /// The fewest bytes.
    pub min: usize,
    /// The most bytes.
    pub max: usize,
}

/// A list's constraints.
#[derive(Debug)]
pub struct List {
    /// The fewest members.
    pub min: usize,
    /// The most members; `usize::MAX` for no limit.
    pub max: usize,
    /// What each member must be.
    pub of: &'static Shape,
}

/// A map's constraints.
#[derive(Debug)]
pub struct Map {
    /// The fewest entries.
    pub min: usize,
    /// The most entries; `usize::MAX` for no limit.
    pub max: usize,
    /// What each key must be: a [`Shape::Text`].
    pub key: &'static Shape,
    /// What each value must be.
    pub value: &'static Shape,
}

/// A structure's members.
#[derive(Debug)]
pub struct Structure {
    /// In the model's order.
    pub members: &'static [Member],
    /// Whether an unknown member, here or anywhere below, is a violation instead of a warning.
    pub closed: bool,
}

/// A named member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name on the wire.
    pub name: &'static str,
    /// Whether it may be left out.
    pub required: bool,
    /// What it must be.
    pub shape: &'static Shape,
}

/// A regular expression of a model; the whole text must match it, as in Java's `matches()`.
#[derive(Debug)]
pub struct Pattern {
    /// As the model has it and as error messages repeat it.
    pub text: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// A pattern, compiled at its first use.
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether the whole text matches; linear in the text's length.
    ///
    /// # Panics
    /// Where the table holds a pattern that does not compile; a test compiles them all.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled.get_or_init(|| self.compile()).is_match(text)
    }

    /// Java's `\w` and `\d` are ASCII, those of this engine are not.
    fn compile(&self) -> Regex {
        let ascii = self.text.replace(r"\w", "[A-Za-z0-9_]").replace(r"\d", "[0-9]");
        Regex::new(&format!(r"\A(?:{ascii})\z")).expect("a pattern of the tables compiles")
    }
}

/// A text of `min` to `max` characters.
pub const fn text(min: usize, max: usize) -> Shape {
    Shape::Text(Text { min, max, pattern: None, one_of: &[], secret: false })
}

/// A text of any length.
pub const fn any_text() -> Shape {
    text(0, usize::MAX)
}

/// A text of `min` to `max` characters that matches the pattern.
pub const fn matching(min: usize, max: usize, pattern: &'static Pattern) -> Shape {
    Shape::Text(Text { min, max, pattern: Some(pattern), one_of: &[], secret: false })
}

/// One of the given texts.
pub const fn one_of(values: &'static [&'static str]) -> Shape {
    Shape::Text(Text { min: 0, max: usize::MAX, pattern: None, one_of: values, secret: false })
}

/// A secret of `min` to `max` characters.
pub const fn secret(min: usize, max: usize) -> Shape {
    Shape::Text(Text { min, max, pattern: None, one_of: &[], secret: true })
}

/// Secret bytes, `min` to `max` of them.
pub const fn blob(min: usize, max: usize) -> Shape {
    Shape::Blob(Blob { min, max })
}

/// A secret of `min` to `max` characters that matches the pattern.
pub const fn secret_matching(min: usize, max: usize, pattern: &'static Pattern) -> Shape {
    Shape::Text(Text { min, max, pattern: Some(pattern), one_of: &[], secret: true })
}

/// A list of `min` to `max` members.
pub const fn list(min: usize, max: usize, of: &'static Shape) -> Shape {
    Shape::List(List { min, max, of })
}

/// A map of at most `max` entries.
pub const fn map(max: usize, key: &'static Shape, value: &'static Shape) -> Shape {
    Shape::Map(Map { min: 0, max, key, value })
}

/// A structure that ignores unknown members.
pub const fn structure(members: &'static [Member]) -> Shape {
    Shape::Structure(Structure { members, closed: false })
}

/// A structure that refuses unknown members, also in everything below it.
pub const fn closed(members: &'static [Member]) -> Shape {
    Shape::Structure(Structure { members, closed: true })
}

/// A member that must be there.
pub const fn must(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: true, shape }
}

/// A member that may be left out.
pub const fn may(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: false, shape }
}

//! JSON whose values know where they stand.
//!
//! serde_json reads it; a value's place is where its slice lies in the text. Names that occur twice
//! are refused: readers differ in which of the two they believe. Only what the grammar asks for is
//! taken apart, so no depth of nesting costs any.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::finding::{Finding, Place};

/// One value of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    text: &'a str,
    raw: &'a str,
}

/// A member of an object: its name, where the name stands, its value.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub name: String,
    pub at: Node<'a>,
    pub value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The whole text as one value.
    pub fn read(text: &'a str) -> Result<Self, Finding> {
        let whole = Self { text, raw: text };
        let raw: &RawValue =
            serde_json::from_str(text).map_err(|error| whole.unreadable(&error))?;
        Ok(Self { text, raw: raw.get() })
    }

    /// A value within the same text.
    fn within(&self, raw: &'a RawValue) -> Self {
        Self { text: self.text, raw: raw.get() }
    }

    /// Where it begins.
    pub fn place(&self) -> Place {
        self.place_of(0)
    }

    /// Where an object's members begin, and the place behind its end.
    pub fn extent(&self) -> (Place, Place) {
        (self.place_of(1), self.place_of(self.raw.len()))
    }

    /// The place of the byte at `offset` in it.
    fn place_of(&self, offset: usize) -> Place {
        Place::of(self.text, self.span().start + offset)
    }

    /// The bytes of the whole text that it is written with.
    pub fn span(&self) -> Range<usize> {
        let start = self.raw.as_ptr() as usize - self.text.as_ptr() as usize;
        start..start + self.raw.len()
    }

    /// That it is wrong.
    pub fn wrong(&self, message: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { place: self.place(), message: message.into(), fix: Some(fix.into()) }
    }

    /// As it is written.
    pub fn source(&self) -> &'a str {
        self.raw
    }

    /// Whether it is an array.
    pub fn is_list(&self) -> bool {
        self.raw.starts_with('[')
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        self.raw.starts_with('"')
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.raw.starts_with('{')
    }

    /// The text that it is, escapes read; refused where it is none.
    pub fn text(&self) -> Result<String, Finding> {
        serde_json::from_str(self.raw).map_err(|error| match self.is_text() {
            true => self.unreadable(&error),
            false => self.wrong("Syntax errors in policy.", "write a text in double quotes"),
        })
    }

    /// The elements of an array; a single value counts as an array of it, as in every policy.
    pub fn elements(&self) -> Result<Vec<Self>, Finding> {
        if !self.is_list() {
            return Ok(vec![*self]);
        }
        let mut reader = serde_json::Deserializer::from_str(self.raw);
        let list = reader.deserialize_seq(Elements).map_err(|error| self.unreadable(&error))?;
        Ok(list.into_iter().map(|raw| self.within(raw)).collect())
    }

    /// The members of an object in their order; refused where it is none or a name occurs twice.
    pub fn members(&self) -> Result<Vec<Member<'a>>, Finding> {
        if !self.is_object() {
            return Err(self.wrong("Syntax errors in policy.", "write an object: {…}"));
        }
        let mut reader = serde_json::Deserializer::from_str(self.raw);
        let pairs = reader.deserialize_map(Members).map_err(|error| self.unreadable(&error))?;
        let mut members: Vec<Member<'a>> = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            let (at, value) = (self.within(name), self.within(value));
            let name = at.text()?;
            if members.iter().any(|member| member.name == name) {
                let message = format!("Syntax errors in policy. `{name}` occurs twice.");
                return Err(at.wrong(message, "keep one of the two"));
            }
            members.push(Member { name, at, value });
        }
        Ok(members)
    }

    /// serde_json's own words at their place in the whole text.
    fn unreadable(&self, error: &serde_json::Error) -> Finding {
        let lines = self.raw.split_inclusive('\n').take(error.line().saturating_sub(1));
        let offset = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let message = format!("Syntax errors in policy. {said}");
        Finding { place: self.place_of(offset), message, fix: None }
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(elements)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if !name.get().starts_with('"') {
                return Err(A::Error::custom("a member's name is a text in double quotes"));
            }
            members.push((name, value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member<'a>(node: Node<'a>, name: &str) -> Member<'a> {
        let members = node.members().expect("an object");
        members.into_iter().find(|member| member.name == name).expect("a member")
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "{\n  \"a\": [1,\n    \"x\\u0041\"], \"b\": {\"c\": true}}";
        let root = Node::read(text).expect("JSON");
        let elements = member(root, "a").value.elements().expect("a list");
        assert_eq!(elements[1].text().as_deref(), Ok("xA"));
        assert_eq!(elements[1].place(), Place { line: 3, column: 5 });
        let inner = member(member(root, "b").value, "c");
        assert_eq!((inner.at.place().column, inner.value.source()), (23, "true"));
        let (start, end) = member(root, "b").value.extent();
        assert_eq!((start, end.column), (inner.at.place(), 33));
    }

    #[test]
    fn what_is_not_json_is_refused_where_it_goes_wrong() {
        fn check(text: &str, line: u32, column: u32) {
            let refused = Node::read(text).and_then(|node| node.members().map(|_| ()));
            let place = refused.expect_err(text).place;
            assert_eq!(place, Place { line, column }, "{text:?}");
        }
        check("", 1, 1);
        check("{\n \"a\" 1}", 2, 6);
        check("{\"a\": 1,}", 1, 9);
        check("{\"a\": 1} x", 1, 10);
        check("[]", 1, 1);
        check("{\n\"a\": 1, \"\\u0061\": 2}", 2, 9);
        check("{\"\\ud800\": 1}", 1, 9);
    }

    #[test]
    fn no_depth_of_nesting_costs_any() {
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
        let root = Node::read(&deep).expect("JSON");
        assert_eq!(member(root, "a").value.elements().map(|list| list.len()), Ok(1));
    }
}

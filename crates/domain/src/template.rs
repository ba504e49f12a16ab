//! Variable references `#{namespace.key}` in configuration texts.
//!
//! Reading finds the references, resolving puts values in their place; both are one pass, and a
//! value is never read again for references, so that a commit message cannot name a variable.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The most references that one text may hold; configuration values end at 1,000 characters.
pub const REFERENCES_MAX: usize = 100;

/// A reference to a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// `variables`, `codepipeline` or an action's namespace.
    pub namespace: String,
    /// The variable's name there.
    pub key: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{{{}.{}}}", self.namespace, self.key)
    }
}

/// A text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    parts: Vec<Part<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Reference(Reference),
}

/// A text that begins a reference and does not end it as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `#{` without `}`.
    #[error("a reference begins with `#{{` at character {at} and is not closed with `}}`")]
    Unclosed {
        /// Where, in characters from 1.
        at: usize,
    },
    /// Something other than `namespace.key` between the braces.
    #[error(
        "`#{{{inner}}}` is no reference; write `#{{namespace.key}}` with letters, digits, `@`, `-` and `_`"
    )]
    Malformed {
        /// What stands between the braces.
        inner: String,
    },
    /// More than [`REFERENCES_MAX`].
    #[error("more than {REFERENCES_MAX} references in one text")]
    TooMany,
}

impl<'a> Template<'a> {
    /// Takes a text apart into plain parts and references.
    pub fn parse(text: &'a str) -> Result<Self, TemplateError> {
        let (mut parts, mut rest, mut references) = (Vec::new(), text, 0);
        while let Some(start) = rest.find("#{") {
            let at = text[..text.len() - rest.len() + start].chars().count() + 1;
            let inner = &rest[start + 2..];
            let end = inner.find('}').ok_or(TemplateError::Unclosed { at })?;
            references += 1;
            if references > REFERENCES_MAX {
                return Err(TemplateError::TooMany);
            }
            parts.push(Part::Text(&rest[..start]));
            parts.push(Part::Reference(reference(&inner[..end])?));
            rest = &inner[end + 1..];
        }
        parts.push(Part::Text(rest));
        Ok(Self { parts })
    }

    /// The references, in the order in which they stand.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Reference(reference) => Some(reference),
        })
    }

    /// The text with every reference replaced by its value; the first reference that has none
    /// otherwise.
    pub fn resolve<'v>(
        &self,
        value: impl Fn(&Reference) -> Option<&'v str>,
    ) -> Result<String, Reference> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Reference(it) => text.push_str(value(it).ok_or_else(|| it.clone())?),
            }
        }
        Ok(text)
    }
}

/// Names are `[A-Za-z0-9@\-_]+` (the API's pattern for namespaces and for variable names).
fn reference(inner: &str) -> Result<Reference, TemplateError> {
    let malformed = || TemplateError::Malformed { inner: inner.to_owned() };
    let name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'-' | b'_'))
    };
    let (namespace, key) = inner.split_once('.').ok_or_else(malformed)?;
    let both = name(namespace) && name(key);
    both.then(|| Reference { namespace: namespace.to_owned(), key: key.to_owned() })
        .ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|error| error.to_string())?;
        let value = |it: &Reference| match it.key.as_str() {
            "CommitId" => Some("abc"),
            "Trap" => Some("#{a.CommitId}"),
            _ => None,
        };
        template.resolve(value).map_err(|missing| missing.to_string())
    }

    #[test]
    fn references_give_way_to_their_values() {
        fn check(text: &str, expect: &str) {
            assert_eq!(resolve(text).as_deref(), Ok(expect));
        }
        check("", "");
        check("plain # { } text", "plain # { } text");
        check("#{a.CommitId}", "abc");
        check("-#{a.CommitId}-#{b.CommitId}-é", "-abc-abc-é");
        check("#{a.Trap}", "#{a.CommitId}");
    }

    #[test]
    fn what_is_no_reference_is_named() {
        fn check(text: &str, expect: &str) {
            let refused = resolve(text).expect_err(text);
            assert!(refused.contains(expect), "{refused}");
        }
        check("é#{a.b", "at character 2");
        check("#{a}", "`#{a}` is no reference");
        check("#{a.b.c}", "`#{a.b.c}` is no reference");
        check("#{.b}", "no reference");
        check("#{a.Unknown}", "#{a.Unknown}");
        check(&"#{a.CommitId}".repeat(REFERENCES_MAX + 1), "more than 100");
    }
}

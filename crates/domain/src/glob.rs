//! The patterns of trigger filters, as CodePipeline documents them.
//!
//! `*` stays within one name, `**` crosses slashes, `**/` is zero or more folders, `?` is one
//! character of a name, `[a-z]` and `[!a-z]` are sets, `{a,b}` are alternatives that do not nest,
//! `\` takes away a character's meaning (AWS's "Working with glob patterns in syntax").
//!
//! A pattern becomes a small machine whose states are walked side by side, so matching takes
//! text length × pattern length steps at worst; nothing is ever expanded or tried again.

mod classes;
mod compiler;
mod machine;

pub use classes::{Class, Classes};

use compiler::compile;
use machine::{STATES_MAX, State, literal_prefix, literal_suffix, matches};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters in a pattern (the service's own limit for one filter pattern).
pub const PATTERN_CHARS_MAX: usize = 255;

/// A pattern that was read, ready to match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    /// The literal text that every match begins with.
    prefix: String,
    /// The literal text that every match ends with: most paths are refused by it without a walk.
    suffix: String,
    states: Vec<State>,
}

/// What is wrong with a pattern, with the position of the character (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing can match nothing.
    #[error("an empty pattern matches nothing; write ** to match everything")]
    Empty,
    /// Longer than [`PATTERN_CHARS_MAX`].
    #[error("the pattern has {0} characters; {PATTERN_CHARS_MAX} are allowed")]
    TooLong(usize),
    /// `\` as the last character.
    #[error("the \\ at the end escapes nothing; write \\\\ for a backslash")]
    DanglingEscape,
    /// `[` without its `]`, or with nothing in it.
    #[error("the set that begins with [ at character {0} is empty or never closed with ]")]
    OpenSet(usize),
    /// A range such as `z-a`.
    #[error("the range {1}-{2} in the set at character {0} runs backwards")]
    BackwardRange(usize, char, char),
    /// `{` without its `}`.
    #[error("the alternatives that begin with {{ at character {0} are never closed with }}")]
    OpenAlternatives(usize),
    /// `{` inside `{`.
    #[error("alternatives in {{ }} cannot be nested (character {0})")]
    NestedAlternatives(usize),
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        let chars: Vec<char> = text.chars().collect();
        if chars.is_empty() {
            return Err(GlobError::Empty);
        }
        if chars.len() > PATTERN_CHARS_MAX {
            return Err(GlobError::TooLong(chars.len()));
        }
        let states = compile(chars)?;
        debug_assert!(states.len() <= STATES_MAX);
        let (prefix, suffix) = (literal_prefix(&states), literal_suffix(&states));
        Ok(Self { text: text.to_owned(), prefix, suffix, states })
    }

    /// Whether the whole text matches. Case matters; a leading dot is nothing special.
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix.as_str()) else { return false };
        text.ends_with(self.suffix.as_str())
            && matches(&self.states, self.prefix.chars().count(), rest)
    }

    /// Whether the pattern has no special character left and so matches one text only.
    pub fn is_literal(&self) -> bool {
        self.prefix.chars().count() + 1 == self.states.len()
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for Pattern {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, GlobError> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;

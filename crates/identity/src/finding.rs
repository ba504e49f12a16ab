//! What is wrong with a text that a person wrote: where, and what would be right.
//!
//! Which rules there are is left to whoever reads the text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a text, counted from 1 in lines and characters.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

impl Place {
    /// The place of the byte at `offset` in `text`.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let short = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Self { line: short(line), column: short(column) }
    }
}

/// One thing that is wrong, or, from a lint, one that is better otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where it begins.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, in the service's own words where those are known.
    pub message: String,
    /// What would be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, message, fix } = self;
        write!(f, "{message} (line {}, column {})", place.line, place.column)?;
        match fix {
            Some(fix) => write!(f, ": {fix}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        fn check(text: &str, offset: usize, line: u32, column: u32) {
            assert_eq!(Place::of(text, offset), Place { line, column }, "{text:?} {offset}");
        }
        check("", 0, 1, 1);
        check("{\n  \"ä\": 1}", 9, 2, 7);
        check("a\n", 2, 2, 1);
        check("a", 99, 1, 2);
    }

    #[test]
    fn a_finding_says_what_where_and_what_would_be_right() {
        let place = Place { line: 2, column: 3 };
        let fix = Some("write `Allow`".to_owned());
        let finding = Finding { place, message: "Syntax errors in policy.".into(), fix };
        let text = "Syntax errors in policy. (line 2, column 3): write `Allow`";
        assert_eq!(finding.to_string(), text);
    }
}

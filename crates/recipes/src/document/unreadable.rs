//! Why a text is no document, in words that say what was met and what people meant.

use super::place;
use crate::diagnostic::{self, Place};

/// Why a text is no document.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// More bytes than [`FILE_BYTES_MAX`].
    TooLarge(usize),
    /// A line is indented with tabs.
    Tabs(Place),
    /// What was met there, without a full stop, and the fix where people make this mistake often.
    Wrong { place: Place, met: String, fix: Option<String> },
}

pub(super) fn describe(text: &str, error: &serde_saphyr::Error) -> Unreadable {
    let place = error.location().map(|location| Place { width: 1, ..place(&location) });
    let place = place.unwrap_or_default();
    let line = diagnostic::line(text, place.line.saturating_sub(1));
    let mut indentation = line.chars().take_while(|c| c.is_whitespace());
    if indentation.any(|c| c == '\t') {
        return Unreadable::Tabs(place);
    }
    let (met, fix) = cause(line, error.without_snippet());
    Unreadable::Wrong { place, met, fix }
}

/// What the parser met, and the fix where people make this mistake often.
fn cause(line: &str, error: &serde_saphyr::Error) -> (String, Option<String>) {
    use serde_saphyr::Error;
    let (met, fix) = match error {
        // An error in what an alias repeats; the alias is where it was found.
        Error::AliasError { error, .. } => return cause(line, error),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } => (
            "it is larger than allowed, with what its aliases repeat".to_owned(),
            "make the file smaller, or repeat less by aliases",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("an anchor contains itself".to_owned(), "move the alias out of what it stands for")
        }
        Error::NullIntoString { .. } => {
            ("a key is missing".to_owned(), "write the key before the ':'")
        }
        Error::UnknownAnchor { .. } if line.trim_start().starts_with('*') => {
            ("a key begins with *".to_owned(), "quote the pattern, as in '*/main':")
        }
        Error::UnknownAnchor { .. } => (
            "an alias stands for no anchor above it".to_owned(),
            "write the anchor (&name) above the alias (*name)",
        ),
        // The parser ends its sentence with the place, which the diagnostic shows anyway.
        other => {
            let sentence = other.to_string();
            let met = sentence.split(" at line ").next().unwrap_or_default();
            return (met.to_owned(), None);
        }
    };
    (met, Some(fix.to_owned()))
}

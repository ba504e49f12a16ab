//! The small words that all pages share: a status, and a reason with its next step.

use crate::href::Href;
use serde::Serialize;

/// How a thing stands, in one of six looks. Each look has a colour, an icon and a word, so that
/// no page depends on colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Nothing has happened here yet.
    #[default]
    Idle,
    /// It waits, for a person or for another thing.
    Waiting,
    /// It is at work.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It was ended, or made needless, before it could end by itself.
    Stopped,
}

impl Tone {
    /// The name that style sheets know it by.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A status as the API calls it and as a person would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Status {
    /// The look.
    pub tone: Tone,
    /// The API's own word, `InProgress`.
    pub code: String,
    /// The same for people, `In progress`.
    pub word: String,
}

impl Status {
    /// A status of the API; capitals inside the code become spaces.
    pub fn new(tone: Tone, code: &str) -> Self {
        Self { tone, code: code.to_owned(), word: spaced(code) }
    }
}

/// `InProgress` as `In progress`.
fn spaced(code: &str) -> String {
    let mut word = String::with_capacity(code.len() + 4);
    for (at, c) in code.char_indices() {
        match c.is_ascii_uppercase() && at > 0 {
            true => word.extend([' ', c.to_ascii_lowercase()]),
            false => word.push(c),
        }
    }
    word
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Phrase {
    /// Ordinary words.
    Plain {
        /// The words.
        text: String,
    },
    /// A name, an id or a command: monospaced.
    Code {
        /// The name.
        text: String,
    },
    /// A name that has a page.
    Link {
        /// The name.
        text: String,
        /// Its page.
        href: Href,
    },
}

impl Phrase {
    /// Ordinary words.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain { text: text.into() }
    }

    /// A name, an id or a command.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code { text: text.into() }
    }
}

/// A reason: its code, a sentence, and what to do now (empty where there is nothing to do).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Why {
    /// The reason's stable code, which the API and the command line show too.
    pub code: String,
    /// What happened and why.
    pub sentence: Vec<Phrase>,
    /// The next step.
    pub next: Vec<Phrase>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_as_words() {
        assert_eq!(Status::new(Tone::Running, "InProgress").word, "In progress");
        assert_eq!(Status::new(Tone::Failed, "Failed").word, "Failed");
    }
}

//! The log of one attempt, as numbered lines.

use crate::ansi::{Stretch, stretches};
use crate::href::Href;
use crate::moment::Moment;
use askama::Template;
use serde::Serialize;

/// An open log.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Log {
    /// The attempt's own id: `log-` and it name the element that lines are appended to.
    pub attempt_id: String,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Whether more may come.
    pub live: bool,
    /// The logs that can be opened instead.
    pub others: Vec<OtherLog>,
    /// The lines, or the last of them.
    pub lines: Vec<Line>,
    /// How many lines stand before the first one shown.
    pub skipped: u64,
    /// The whole log as plain text.
    pub whole: Href,
}

/// Another log of the same execution.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct OtherLog {
    /// `Build / Test`, with the attempt where there was more than one.
    pub name: String,
    /// Opens it.
    pub href: Href,
    /// Whether this is the open one.
    pub open: bool,
}

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum Writer {
    /// The command, to its standard output.
    Output,
    /// The command, to its standard error.
    Error,
    /// The runner: a command's name, a limit that was met, a gap.
    Runner,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// When it was written.
    pub at: Option<Moment>,
    /// Who wrote it.
    pub writer: Writer,
    /// The text in stretches of one look each.
    pub stretches: Vec<Stretch>,
}

impl Line {
    /// A line as it came from the command.
    pub fn new(number: u64, at: Option<Moment>, writer: Writer, text: &str) -> Self {
        Self { number, at, writer, stretches: stretches(text) }
    }

    /// The name that style sheets know its writer by.
    pub fn class(&self) -> &'static str {
        match self.writer {
            Writer::Output => "output",
            Writer::Error => "error",
            Writer::Runner => "runner",
        }
    }
}

/// Lines alone, as the event stream appends them.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "log_lines.html")]
pub struct Lines<'a> {
    /// The lines.
    pub lines: &'a [Line],
}

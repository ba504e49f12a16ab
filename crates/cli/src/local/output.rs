//! Where a command writes: what was asked for to one stream, what is said about it to the other.

use recipes::Diagnostic;
use std::io::{self, Write};

/// The two streams of a command.
pub(super) struct Output<'o> {
    /// The answer; JSON where that was asked for.
    pub answer: Box<dyn Write + Send + 'o>,
    /// Words about it: warnings, refusals, progress.
    pub words: Box<dyn Write + Send + 'o>,
}

impl Output<'_> {
    /// The process's own stdout and stderr.
    pub fn of_the_process() -> Self {
        Self { answer: Box::new(io::stdout()), words: Box::new(io::stderr()) }
    }

    /// Says a line about what is being done.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.words, "towpath: {line}")
    }

    /// Shows findings in full.
    pub fn show(&mut self, diagnostics: &[Diagnostic]) -> io::Result<()> {
        diagnostics.iter().try_for_each(|diagnostic| writeln!(self.words, "{diagnostic}"))
    }

    /// Answers with a document.
    pub fn answer_json(&mut self, document: &serde_json::Value) -> io::Result<()> {
        writeln!(self.answer, "{document:#}")
    }
}

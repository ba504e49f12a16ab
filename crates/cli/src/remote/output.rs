//! Where a command writes: what was asked for to one stream, what is said about it to the other,
//! so that a pipe gets the answer alone.

use std::io::{self, Write};

use serde::Serialize;

/// The two streams of a command.
pub struct Output<'o> {
    /// The answer.
    pub answer: &'o mut dyn Write,
    /// Words about it: what to do next, what is waited for.
    pub words: &'o mut dyn Write,
}

impl Output<'_> {
    /// Says a line about what is being done. It is seen at once, also through a pipe.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.words, "{line}")?;
        self.words.flush()
    }

    /// Answers with a line.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.answer, "{line}")?;
        self.answer.flush()
    }

    /// Answers with a document, indented.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn json<T: Serialize>(&mut self, document: &T) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.answer, document)?;
        self.line("")
    }
}

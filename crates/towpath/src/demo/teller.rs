//! What the terminal shows: a line a step, with the milliseconds since the story began.

use std::io::{self, Write};

use domain::clock::SystemClock;
use domain::{Clock, Timestamp};

/// Tells the story, or keeps quiet where only its result is wanted. Where nobody listens any more,
/// the story ends.
pub struct Teller {
    /// Whether anything is told.
    pub is_aloud: bool,
    began: Timestamp,
}

impl Teller {
    /// A teller whose clock starts now.
    pub fn new(is_aloud: bool) -> Self {
        Self { is_aloud, began: SystemClock.now() }
    }

    /// Tells one step.
    ///
    /// # Errors
    /// The output is closed or full, as of the others.
    pub fn say(&self, text: &str) -> io::Result<()> {
        self.say_of(SystemClock.now(), text)
    }

    /// Tells what happened at a moment that is known.
    ///
    /// # Errors
    /// As [`Teller::say`].
    pub fn say_of(&self, at: Timestamp, text: &str) -> io::Result<()> {
        self.line(&format!("{:>7} ms  {text}", at.millis_since(self.began)))
    }

    /// Tells something that belongs to the step before.
    ///
    /// # Errors
    /// As [`Teller::say`].
    pub fn more(&self, text: &str) -> io::Result<()> {
        self.line(&format!("{:>10}    {text}", ""))
    }

    fn line(&self, line: &str) -> io::Result<()> {
        if self.is_aloud { writeln!(io::stdout(), "{line}") } else { Ok(()) }
    }

    /// Something that must not be overlooked.
    pub fn warn(&self, text: &str) {
        let _ = writeln!(io::stderr(), "\n  !! {text}\n");
    }

    /// The story ended badly. Nobody who closed the output wants to hear that.
    pub fn fail(&self, cause: &anyhow::Error) {
        if !crate::is_broken_pipe(cause) {
            let _ = writeln!(io::stderr(), "the demo failed: {cause:#}");
        }
    }
}

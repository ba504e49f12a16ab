//! What the terminal shows: a line a step, with the milliseconds since the story began.

use domain::clock::SystemClock;
use domain::{Clock, Timestamp};

/// Tells the story, or keeps quiet where only its result is wanted.
pub struct Teller {
    aloud: bool,
    began: Timestamp,
}

impl Teller {
    /// A teller whose clock starts now.
    pub fn new(aloud: bool) -> Self {
        Self { aloud, began: SystemClock.now() }
    }

    /// Tells one step.
    pub fn say(&self, text: &str) {
        if self.aloud {
            println!("{:>7} ms  {text}", SystemClock.now().millis_since(self.began));
        }
    }

    /// Tells something that belongs to the step before.
    pub fn more(&self, text: &str) {
        if self.aloud {
            println!("{:>10}    {text}", "");
        }
    }

    /// Something that must not be overlooked.
    pub fn warn(&self, text: &str) {
        eprintln!("\n  !! {text}\n");
    }

    /// The story ended badly.
    pub fn fail(&self, cause: &anyhow::Error) {
        eprintln!("the demo failed: {cause:#}");
    }
}

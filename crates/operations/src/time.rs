//! Time has come for a line: an approval expired, or a performer stayed silent too long.

use domain::{AccountId, PipelineName};
use engine::{Event, EventKind, Nonce};
use store::{Changes, View, Want};

use crate::line::{Which, advance};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// A line's `wake_at` has come.
pub struct Wake {
    /// The account.
    pub account: AccountId,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

impl Wake {
    fn which(&self) -> Which {
        Which { account: self.account.clone(), pipeline: self.pipeline.clone() }
    }
}

impl Turn for Wake {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        self.which().wants(seen, &EventKind::Tick)
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let event = Event { nonce: Nonce(self.nonce), kind: EventKind::Tick };
        let line = self.which().load(seen, &event.kind, now);
        match advance(line, &event, seen, now, &mut changes) {
            Ok(_) => Ok((changes, ())),
            Err(_) => Ok((Changes::of_loop(), ())),
        }
    }
}

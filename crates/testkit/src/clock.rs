//! The machine's clock, put forward by as much as a story wants.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use domain::clock::SystemClock;
use domain::{Clock, Timestamp};

/// A clock that runs as the machine's does, some seconds ahead of it.
#[derive(Debug, Default)]
pub struct SteppedClock {
    ahead_seconds: AtomicI64,
}

impl SteppedClock {
    /// Puts the clock forward.
    pub fn step(&self, seconds: i64) {
        self.ahead_seconds.fetch_add(seconds, SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.ahead_seconds.load(SeqCst))
    }
}

//! The machine's clock, put forward by as much as a story wants, or standing still.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use domain::clock::SystemClock;
use domain::{Clock, Timestamp};

/// A clock that runs as the machine's does, some seconds ahead of it, until it is told to stand.
#[derive(Debug, Default)]
pub struct SteppedClock {
    ahead_seconds: AtomicI64,
    /// Where the machine's clock was when this one was told to stand; 0 while it runs.
    stood_at: AtomicI64,
}

impl SteppedClock {
    /// Puts the clock forward.
    pub fn step(&self, seconds: i64) {
        self.ahead_seconds.fetch_add(seconds, SeqCst);
    }

    /// From now on no time passes but by [`SteppedClock::step`].
    pub fn stand(&self) {
        self.stood_at.store(SystemClock.now().0, SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        let machine = match self.stood_at.load(SeqCst) {
            0 => SystemClock.now(),
            stood => Timestamp(stood),
        };
        machine.plus_seconds(self.ahead_seconds.load(SeqCst))
    }
}

//! Time and chance, as two traits that only the processes call.
//!
//! Everything below a process takes `at: Timestamp` or an id that was made for it,
//! so that a decision can be repeated.

use crate::Timestamp;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Gives randomness that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A new version-4 UUID in lower case (RFC 9562).
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        crate::ids::uuid_text(bytes, 4)
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |passed| passed.as_millis() as i64))
    }
}

/// The kernel's random bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// Where the kernel gives no random bytes: nothing that needs them may go on.
    fn fill(&self, bytes: &mut [u8]) {
        use std::io::Read;
        let source = std::fs::File::open("/dev/urandom");
        let filled = source.and_then(|mut file| file.read_exact(bytes));
        assert!(filled.is_ok(), "the kernel gives no random bytes: {filled:?}");
    }
}

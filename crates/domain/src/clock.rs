//! Time and chance, as two traits that only the processes call.
//!
//! Everything below a process takes `at: Timestamp` or an id that was made for it,
//! so that a decision can be repeated.

use crate::Timestamp;
use std::fs::File;
use std::io::{self, Read};
use std::sync::LazyLock;

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

    /// A new version-7 UUID in lower case (RFC 9562): in a sorted table it goes behind those made
    /// before, not among them. It tells when it was made, and 74 of its bits nobody can guess.
    fn uuid_of(&self, at: Timestamp) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes[6..]);
        bytes[..6].copy_from_slice(&at.0.to_be_bytes()[2..]);
        crate::ids::uuid_text(bytes, 7)
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
        static SOURCE: LazyLock<io::Result<File>> = LazyLock::new(|| File::open("/dev/urandom"));
        let filled = SOURCE.as_ref().map(|mut file| file.read_exact(bytes));
        assert!(matches!(filled, Ok(Ok(()))), "the kernel gives no random bytes: {filled:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_moments_sort_as_the_moments_and_differ_within_one() {
        let id = |at| SystemEntropy.uuid_of(Timestamp(at));
        assert!(id(1_700_000_000_000) < id(1_700_000_000_001));
        assert!(id(0xff_ffff) < id(0x100_0000));
        assert_ne!(id(1), id(1));
        // The example of RFC 9562, appendix A.6.
        let known = id(0x017F_22E2_79B0);
        assert!(known.starts_with("017f22e2-79b0-7") && known.len() == 36, "{known}");
        assert!("89ab".contains(&known[19..20]), "{known}");
    }
}

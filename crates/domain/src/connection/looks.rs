//! How the looks at a repository fare whose forge tells nothing.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The looks at a repository, as far as they were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// From one to the next.
    pub every_seconds: u32,
    /// Those that came to nothing, since one that did not.
    pub missed: Option<Missed>,
}

/// Looks that came to nothing, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Why the last one did.
    pub why: String,
    /// When that was.
    pub last: Timestamp,
    /// How many.
    pub count: u32,
}

impl Looks {
    /// One more, and why it came to nothing where it did.
    pub fn and(
        before: Option<&Self>,
        every_seconds: u32,
        vain: Option<String>,
        at: Timestamp,
    ) -> Self {
        let count = before.and_then(|looks| looks.missed.as_ref()).map_or(0, |it| it.count);
        let missed = vain.map(|why| Missed { why, last: at, count: count.saturating_add(1) });
        Self { every_seconds, missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_in_vain_are_counted_until_one_is_not() {
        let look = |before: Option<&Looks>, vain: Option<&str>, at| {
            Looks::and(before, 60, vain.map(str::to_owned), Timestamp(at))
        };
        let first = look(None, Some("not found"), 1);
        let second = look(Some(&first), Some("not found"), 2);
        let missed = second.missed.as_ref().expect("in vain");
        assert_eq!((missed.count, missed.last), (2, Timestamp(2)));
        let seen = look(Some(&second), None, 3);
        assert_eq!(seen.missed, None);
        assert_eq!(look(Some(&seen), Some("not found"), 4).missed.map(|it| it.count), Some(1));
    }
}

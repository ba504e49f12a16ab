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

/// Looks that came to nothing in the same way, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// In which way.
    #[serde(default)]
    pub vain: Vain,
    /// When the first one did, where that was written down.
    #[serde(default)]
    pub first: Option<Timestamp>,
    /// Why the last one did.
    pub why: String,
    /// When that was.
    pub last: Timestamp,
    /// How many.
    pub count: u32,
}

/// How a look can come to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Vain {
    /// What is looked for is not there, or not to be seen.
    #[default]
    NotThere,
    /// The forge did not answer.
    Unreached,
}

impl Looks {
    /// One more, and in which way and why it came to nothing where it did.
    pub fn and(
        before: Option<&Self>,
        every_seconds: u32,
        vain: Option<(Vain, String)>,
        at: Timestamp,
    ) -> Self {
        let missed = vain.map(|(vain, why)| {
            let before = before.and_then(|looks| looks.missed.as_ref());
            let before = before.filter(|it| it.vain == vain);
            let first = before.map_or(Some(at), |it| it.first);
            let count = before.map_or(0, |it| it.count).saturating_add(1);
            Missed { vain, first, why, last: at, count }
        });
        Self { every_seconds, missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_in_vain_are_counted_until_one_is_not() {
        let of = |vain| move |why: &str| (vain, why.to_owned());
        let look = |before: Option<&Looks>, vain: Option<&str>, at| {
            Looks::and(before, 60, vain.map(of(Vain::NotThere)), Timestamp(at))
        };
        let first = look(None, Some("not found"), 1);
        let second = look(Some(&first), Some("not found"), 2);
        let missed = second.missed.as_ref().expect("in vain");
        assert_eq!((missed.count, missed.last), (2, Timestamp(2)));
        assert_eq!(missed.first, Some(Timestamp(1)));
        // That nobody answers is another matter, and counted anew.
        let silent = Some("no answer").map(of(Vain::Unreached));
        let silent = Looks::and(Some(&second), 60, silent, Timestamp(3)).missed.expect("in vain");
        assert_eq!((silent.count, silent.first), (1, Some(Timestamp(3))));
        let seen = look(Some(&second), None, 3);
        assert_eq!(seen.missed, None);
        assert_eq!(look(Some(&seen), Some("not found"), 4).missed.map(|it| it.count), Some(1));
    }
}

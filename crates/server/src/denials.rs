//! How many refusals of one caller are kept with all that they rested on. Each is a row: whoever asks
//! in vain all day long does not fill the disk with the reasons. What goes beyond, and callers who are
//! nobody, are counted and nothing else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use identity::Principal;

use crate::limits::{DENIALS_KEPT_PER_HOUR_MAX, DENIED_KNOWN_MAX};

/// Counts of this process.
#[derive(Debug, Default)]
pub struct Denials {
    kept: Mutex<Kept>,
    /// Refused, and not kept why.
    pub beyond: AtomicU64,
    /// Refused because they were nobody: unsigned, unknown, or signed wrongly.
    pub of_nobody: AtomicU64,
}

/// How many were kept in an hour, by caller.
#[derive(Debug, Default)]
struct Kept {
    hour: i64,
    of: HashMap<String, u32>,
}

impl Denials {
    /// Whether one more of this caller would be kept.
    pub fn are_kept(&self, who: &str, at: Timestamp) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.begin(at);
        kept.of.get(who).is_none_or(|count| *count < DENIALS_KEPT_PER_HOUR_MAX)
    }

    /// Counts one that was refused just now.
    pub fn count(&self, who: &str, at: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.begin(at);
        if kept.of.len() >= DENIED_KNOWN_MAX {
            kept.of.clear();
        }
        let count = kept.of.entry(who.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count > DENIALS_KEPT_PER_HOUR_MAX {
            self.beyond.fetch_add(1, Relaxed);
        }
        if *count == DENIALS_KEPT_PER_HOUR_MAX {
            tracing::warn!(
                who,
                "so many calls were refused that the reasons are not kept for the rest of the hour"
            );
        }
    }

    /// Counts a caller who is nobody.
    pub fn count_nobody(&self) {
        self.of_nobody.fetch_add(1, Relaxed);
    }
}

impl Kept {
    fn begin(&mut self, at: Timestamp) {
        let hour = at.0.div_euclid(3_600_000);
        if self.hour != hour {
            *self = Self { hour, of: HashMap::new() };
        }
    }
}

/// Whom a principal's refusals are counted for: all sessions of a role are one, because whoever opens
/// them chooses their names.
pub fn whose(principal: &Principal) -> String {
    let arn = principal.arn.to_string();
    match arn.split_once(":assumed-role/") {
        Some((before, session)) => {
            format!("{before}:role/{}", session.split('/').next().unwrap_or_default())
        }
        None => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hours_first_refusals_are_kept_and_the_rest_is_counted() {
        let (denials, at) = (Denials::default(), Timestamp(0));
        for _ in 0..DENIALS_KEPT_PER_HOUR_MAX {
            assert!(denials.are_kept("ann", at));
            denials.count("ann", at);
        }
        assert!(!denials.are_kept("ann", at) && denials.are_kept("bob", at));
        denials.count("ann", at);
        assert_eq!(denials.beyond.load(Relaxed), 1);
        assert!(denials.are_kept("ann", at.plus_seconds(3600)));
    }
}

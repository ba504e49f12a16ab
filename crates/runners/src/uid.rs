//! User ids of which each running job has one to itself.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// The ids that may be given out, and those that are.
#[derive(Clone, Debug)]
pub(crate) struct Uids {
    range: Range<u32>,
    taken: Arc<Mutex<BTreeSet<u32>>>,
}

/// One id, until it is dropped.
#[derive(Debug)]
pub(crate) struct TakenUid {
    pub uid: u32,
    uids: Uids,
}

impl Uids {
    pub(crate) fn new(range: Range<u32>) -> Self {
        Self { range, taken: Arc::default() }
    }

    /// Takes an id that nobody has; `None` where all are taken. Begins at a place that depends on
    /// this process, so that two servers with one range rarely meet.
    pub(crate) fn take(&self) -> Option<TakenUid> {
        let count = u32::try_from(self.range.len()).ok().filter(|count| *count > 0)?;
        let first = std::process::id().wrapping_mul(251) % count;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = (0..count).map(|next| self.range.start + (first + next) % count);
        let uid = all.find(|uid| taken.insert(*uid))?;
        Some(TakenUid { uid, uids: self.clone() })
    }
}

impl Drop for TakenUid {
    fn drop(&mut self) {
        self.uids.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_one_id_and_a_dropped_one_is_given_again() {
        let uids = Uids::new(10..12);
        let (one, two) = (uids.take().unwrap(), uids.take().unwrap());
        assert_ne!(one.uid, two.uid);
        assert!(uids.take().is_none());
        let freed = one.uid;
        drop(one);
        assert_eq!(uids.take().unwrap().uid, freed);
        assert!(Uids::new(5..5).take().is_none());
    }
}

//! Places for contents on their way in: no more at once than the disk bears, and of one account no
//! more than its share, so that the slow uploads of one leave room for all others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::AccountId;

use crate::limits::{UPLOADS_AT_ONCE_MAX, UPLOADS_OF_ACCOUNT_MAX};

/// How many contents each account is sending.
#[derive(Debug, Default)]
pub struct Places {
    taken: Mutex<BTreeMap<AccountId, usize>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Place<'a> {
    of: &'a Places,
    account: AccountId,
}

impl Places {
    /// None taken.
    pub const fn new() -> Self {
        Self { taken: Mutex::new(BTreeMap::new()) }
    }

    /// A place for one more; `None` where all are taken, or all of this account's.
    pub fn take(&self, account: &AccountId) -> Option<Place<'_>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(account).copied().unwrap_or_default();
        let all: usize = taken.values().sum();
        if own >= UPLOADS_OF_ACCOUNT_MAX || all >= UPLOADS_AT_ONCE_MAX {
            return None;
        }
        taken.insert(account.clone(), own + 1);
        Some(Place { of: self, account: account.clone() })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.account) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.account)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_leaves_places_to_others_and_gives_its_own_back() {
        let (places, one, other) = (Places::new(), AccountId::new("1"), AccountId::new("2"));
        let own: Vec<_> = std::iter::from_fn(|| places.take(&one)).collect();
        assert_eq!(own.len(), UPLOADS_OF_ACCOUNT_MAX);
        let others: Vec<_> = std::iter::from_fn(|| places.take(&other)).collect();
        assert_eq!(own.len() + others.len(), UPLOADS_AT_ONCE_MAX.min(2 * UPLOADS_OF_ACCOUNT_MAX));
        drop(others);
        drop(own);
        assert!(places.take(&one).is_some() && places.taken.lock().expect("sound").is_empty());
    }
}

//! The keys of others' issuers that were fetched, and who waits for them. Kept in memory: they are
//! asked for again where a token names one that is not among them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use operations::federation::Fetched;

use crate::limits::{ISSUER_KEYS_SECONDS_MAX, ISSUER_WAIT_MAX, ISSUERS_KNOWN_MAX};
use crate::shared::Shared;

/// What was found of others' issuers, by their URLs.
#[derive(Default)]
pub struct IssuerKeys(Mutex<HashMap<String, Kept>>);

/// What was found at the last try; its keys may be from a try before.
struct Kept {
    found: Fetched,
    since: Timestamp,
}

impl Kept {
    /// Keys that were fetched too long ago are not known any more: one may have been withdrawn since.
    fn is_fresh(&self, at: Timestamp) -> bool {
        at < self.since.plus_seconds(ISSUER_KEYS_SECONDS_MAX)
    }
}

impl IssuerKeys {
    /// What is known of an issuer.
    pub fn known(&self, issuer: &str, at: Timestamp) -> Option<Fetched> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(issuer).filter(|kept| kept.is_fresh(at)).map(|kept| kept.found.clone())
    }

    /// Keeps what was found. A full table is emptied: it fills again with those that are in use.
    pub fn put(&self, issuer: String, found: Fetched) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_KNOWN_MAX {
            known.clear();
        }
        // Keys that were good are kept while their issuer does not answer, for as long as they were.
        match known.get_mut(&issuer) {
            Some(before)
                if found.keys.is_err()
                    && before.found.keys.is_ok()
                    && before.is_fresh(found.at) =>
            {
                before.found.at = found.at;
            }
            _ => drop(known.insert(issuer, Kept { since: found.at, found })),
        }
    }
}

/// Waits until something was found that is no older than the question; every commit rings, the one
/// that ends the question too.
pub async fn wait(shared: &Shared, issuer: &str, since: Timestamp) {
    let mut changed = shared.changed.subscribe();
    let waiting = async {
        loop {
            changed.mark_unchanged();
            let found = shared.issuer_keys.known(issuer, shared.now());
            if found.is_some_and(|found| found.at >= since) || changed.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(ISSUER_WAIT_MAX, waiting).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::token::KeySet;
    use std::sync::Arc;

    #[test]
    fn keys_of_an_issuer_that_does_not_answer_grow_old_all_the_same() {
        let known = IssuerKeys::default();
        let keys = Arc::new(KeySet::new(Vec::new()).expect("a set"));
        let put = |second: i64, keys| {
            let at = Timestamp(0).plus_seconds(second);
            known.put("https://issuer.example".to_owned(), Fetched { at, keys });
        };
        let found = |second: i64| {
            let known = known.known("https://issuer.example", Timestamp(0).plus_seconds(second));
            known.map(|found| (found.at.0 / 1000, found.keys.is_ok()))
        };
        put(0, Ok(keys));
        put(ISSUER_KEYS_SECONDS_MAX - 1, Err("it is silent".to_owned()));
        assert_eq!(found(ISSUER_KEYS_SECONDS_MAX - 1), Some((ISSUER_KEYS_SECONDS_MAX - 1, true)));
        assert_eq!(found(ISSUER_KEYS_SECONDS_MAX), None, "they are an hour old");
        put(ISSUER_KEYS_SECONDS_MAX, Err("it is silent".to_owned()));
        assert_eq!(found(ISSUER_KEYS_SECONDS_MAX), Some((ISSUER_KEYS_SECONDS_MAX, false)));
    }
}

//! The keys of others' issuers that were fetched, and who waits for them. Kept in memory: they are
//! asked for again where a token names one that is not among them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Timestamp;
use operations::federation::Fetched;

use crate::limits::{ISSUER_WAIT_MAX, ISSUERS_KNOWN_MAX};
use crate::shared::Shared;

/// What was found of others' issuers, by their URLs.
#[derive(Default)]
pub struct IssuerKeys(Mutex<HashMap<String, Fetched>>);

impl IssuerKeys {
    /// What is known of an issuer. What was fetched too long ago is not known any more: a key may
    /// have been withdrawn since.
    pub fn known(&self, issuer: &str, at: Timestamp) -> Option<Fetched> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        let fresh = |it: &Fetched| at < it.at.plus_seconds(crate::limits::ISSUER_KEYS_SECONDS_MAX);
        known.filter(fresh)
    }

    /// Keeps what was found. A full table is emptied: it fills again with those that are in use.
    pub fn put(&self, issuer: String, found: Fetched) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ISSUERS_KNOWN_MAX {
            known.clear();
        }
        // Keys that were good are kept while their issuer does not answer.
        match known.get_mut(&issuer) {
            Some(before) if found.keys.is_none() && before.keys.is_some() => before.at = found.at,
            _ => drop(known.insert(issuer, found)),
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

//! An issuer's keys over time: which one signs, which ones are published, and when the next is due.
//!
//! A key is published before it signs, so that whoever keeps a key set for a while knows it when
//! the first token comes; and stays until the last token that it signed has ended. Private keys are
//! left to the store, which seals them.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits::{
    CLOCK_LEEWAY_SECONDS, KEY_PUBLISHED_AHEAD_SECONDS, KEY_SIGNS_SECONDS, TOKEN_LIFE_SECONDS_MAX,
};
use crate::token::Algorithm;

/// One key of ours, without its private half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id, the thumbprint of its public half.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Its public half, as a key set has it.
    pub jwk: Value,
    /// When it begins to sign.
    pub not_before: Timestamp,
    /// When it signs no more.
    pub not_after: Timestamp,
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// What a key is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Published, and not yet signing.
    Next,
    /// Signing, unless a later one does.
    Signing,
    /// Published, because tokens of it may still be about.
    Retired,
    /// Of no more use: it can be deleted.
    Gone,
    /// Withdrawn: nothing that it signed counts.
    Revoked,
}

impl Key {
    /// What it is at this moment.
    pub fn state(&self, at: Timestamp) -> State {
        let last = TOKEN_LIFE_SECONDS_MAX + CLOCK_LEEWAY_SECONDS;
        match () {
            () if self.revoked => State::Revoked,
            () if at < self.not_before => State::Next,
            () if at < self.not_after => State::Signing,
            () if at < self.not_after.plus_seconds(last) => State::Retired,
            () => State::Gone,
        }
    }

    /// Whether it stands in the key set at this moment.
    pub fn is_published(&self, at: Timestamp) -> bool {
        matches!(self.state(at), State::Next | State::Signing | State::Retired)
    }
}

/// The key that signs with this algorithm at this moment: of several the one that began last.
pub fn signing(keys: &[Key], algorithm: Algorithm, at: Timestamp) -> Option<&Key> {
    let signs = |key: &&Key| key.algorithm == algorithm && key.state(at) == State::Signing;
    keys.iter().filter(signs).max_by_key(|key| (key.not_before, key.kid.as_str()))
}

/// The public halves to publish at this moment.
pub fn published(keys: &[Key], at: Timestamp) -> impl Iterator<Item = &Value> {
    keys.iter().filter(move |key| key.is_published(at)).map(|key| &key.jwk)
}

/// The key set to publish at this moment.
pub fn key_set(keys: &[Key], at: Timestamp) -> Value {
    json!({ "keys": published(keys, at).collect::<Vec<_>>() })
}

/// When the key that must be made now begins and ends to sign; `None` while none is due.
///
/// The first, and the one after all were withdrawn, signs at once: there is nothing to wait with.
pub fn due(keys: &[Key], algorithm: Algorithm, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let alive = |key: &&Key| {
        key.algorithm == algorithm && matches!(key.state(at), State::Next | State::Signing)
    };
    let ends = keys.iter().filter(alive).map(|key| key.not_after).max();
    let begins = match ends {
        None => at,
        // Twice as early as need be: a server that was off for an hour is not too late.
        Some(ends) if ends <= at.plus_seconds(2 * KEY_PUBLISHED_AHEAD_SECONDS) => {
            at.plus_seconds(KEY_PUBLISHED_AHEAD_SECONDS)
        }
        Some(_) => return None,
    };
    Some((begins, begins.plus_seconds(KEY_SIGNS_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHM: Algorithm = Algorithm::Es256;

    fn key(kid: &str, (not_before, not_after): (Timestamp, Timestamp)) -> Key {
        let jwk = json!({ "kid": kid });
        let kid = kid.to_owned();
        Key { kid, algorithm: ALGORITHM, jwk, not_before, not_after, revoked: false }
    }

    /// A year, hour by hour: there is always a key that signs, it was published for an hour before
    /// it did, and no token outlives its key's stay in the key set.
    #[test]
    fn a_year_of_rotation_leaves_no_token_without_its_key() {
        let mut keys: Vec<Key> = Vec::new();
        let mut first_published = std::collections::BTreeMap::new();
        let mut signed: Vec<(String, Timestamp)> = Vec::new();
        for hour in 0..365 * 24 {
            let at = Timestamp(hour * 3_600_000);
            if let Some(times) = due(&keys, ALGORITHM, at) {
                keys.push(key(&format!("k{hour}"), times));
            }
            for published in keys.iter().filter(|key| key.is_published(at)) {
                first_published.entry(published.kid.clone()).or_insert(at);
            }
            let signer = signing(&keys, ALGORITHM, at).expect("a key that signs");
            let ahead = at.millis_since(first_published[&signer.kid]);
            assert!(hour < 24 || ahead >= KEY_PUBLISHED_AHEAD_SECONDS * 1000, "hour {hour}");
            signed.push((signer.kid.clone(), at.plus_seconds(TOKEN_LIFE_SECONDS_MAX)));
            signed.retain(|(_, ends)| *ends >= at);
            for (kid, _) in &signed {
                assert!(key_set(&keys, at).to_string().contains(&format!("\"{kid}\"")), "{kid}");
            }
            keys.retain(|key| key.state(at) != State::Gone);
            assert!(keys.len() <= 2, "{} keys at hour {hour}", keys.len());
        }
    }

    #[test]
    fn a_withdrawn_key_is_gone_at_once_and_the_next_signs_at_once() {
        let at = Timestamp(1_000_000);
        let mut keys = vec![key("old", (Timestamp(0), at.plus_seconds(KEY_SIGNS_SECONDS)))];
        assert_eq!(due(&keys, ALGORITHM, at), None);
        keys[0].revoked = true;
        assert_eq!(signing(&keys, ALGORITHM, at), None);
        assert_eq!(key_set(&keys, at), json!({"keys": []}));
        assert_eq!(due(&keys, ALGORITHM, at).map(|(begins, _)| begins), Some(at));
    }

    #[test]
    fn each_algorithm_has_keys_of_its_own() {
        let at = Timestamp(0);
        let keys = vec![key("ec", (at, at.plus_seconds(KEY_SIGNS_SECONDS)))];
        assert_eq!(signing(&keys, Algorithm::Rs256, at), None);
        assert!(due(&keys, Algorithm::Rs256, at).is_some());
    }
}

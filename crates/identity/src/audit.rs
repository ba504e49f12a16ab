//! The audit log as a chain: what is remembered of a privileged action, and what shows whether it
//! was altered since.
//!
//! The entries of a chain are numbered from 1 and sealed in groups. A seal's hash covers the seal
//! before it and every entry of its group, so whoever changes, removes or reorders entries must make
//! every later seal anew; and then the heads that were signed meanwhile say otherwise. Where entries
//! lie is left to `store`, and the signature to who has a key.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Permit;

/// One privileged action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// The account that it was taken in.
    pub account: AccountId,
    /// Who took it: an ARN, or the name of a loop of the server's own.
    pub principal: String,
    /// The access key that signed; none where nobody called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access_key: Option<String>,
    /// `service:Action`.
    pub action: String,
    /// What it was taken on: an ARN, or `*`.
    pub resource: String,
    /// What else is told of it.
    #[serde(skip_serializing_if = "Details::is_empty", default)]
    pub details: Details,
}

/// What an entry tells besides who did what to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Who began the chain of sessions that the caller's one ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_identity: Option<String>,
    /// Members of the request that say what was done, as it had them; never a secret.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub parameters: Parameters,
}

/// Members of a request by their names, which begin in small letters.
pub type Parameters = BTreeMap<String, Value>;

impl Details {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Entry {
    /// The entry of an action that was permitted.
    pub fn of(permit: &Permit, at: Timestamp) -> Self {
        let principal = permit.principal();
        Self {
            at,
            account: permit.account().clone(),
            principal: principal.arn.to_string(),
            access_key: Some(principal.access_key.to_string()),
            action: permit.action().to_owned(),
            resource: permit.resource().to_owned(),
            details: Details {
                source_identity: principal.standing.source_identity(),
                parameters: Parameters::new(),
            },
        }
    }
}

/// A SHA-256 in hexadecimal digits; of a chain's beginning, none.
pub type Hash = String;

/// What closes a group of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The group's first entry.
    pub first: i64,
    /// Its last one.
    pub last: i64,
    /// The hash of the seal before.
    pub previous: Hash,
    /// The hash of that, of the numbers and of the entries.
    pub hash: Hash,
}

impl Seal {
    /// Seals a group that follows `before`; the first of a chain follows nothing.
    pub fn over(before: Option<&Self>, group: &[Entry]) -> Self {
        let first = before.map_or(1, |seal| seal.last + 1);
        let previous = before.map_or_else(String::new, |seal| seal.hash.clone());
        let last = first + group.len() as i64 - 1;
        let hash = hash(&previous, first, group);
        Self { first, last, previous, hash }
    }

    /// Whether these entries are what was sealed: all of them, unaltered and in order.
    pub fn holds(&self, group: &[Entry]) -> bool {
        let whole = group.len() as i64 == self.last - self.first + 1;
        whole && self.hash == hash(&self.previous, self.first, group)
    }

    /// Whether this seal follows `before` without a gap.
    pub fn follows(&self, before: &Self) -> bool {
        self.first == before.last + 1 && self.previous == before.hash
    }
}

/// Each part goes in with its length before it, so that no two groups give the same bytes.
fn hash(previous: &str, first: i64, group: &[Entry]) -> Hash {
    let mut context = Context::new(&SHA256);
    let mut add = |part: &[u8]| {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    };
    add(previous.as_bytes());
    add(&first.to_be_bytes());
    for entry in group {
        add(&serde_json::to_vec(entry).expect("an entry is text and numbers"));
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a chain stood when it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The chain.
    pub chain: i64,
    /// The number of the oldest entry that was there.
    pub first: i64,
    /// The newest seal's last entry.
    pub last: i64,
    /// That seal's hash.
    pub hash: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: i64, resource: &str) -> Entry {
        Entry {
            at: Timestamp(number),
            account: AccountId::new("000000000000"),
            principal: "arn:aws:iam::000000000000:root".to_owned(),
            access_key: Some("AKIATEST".to_owned()),
            action: "codepipeline:DeletePipeline".to_owned(),
            resource: resource.to_owned(),
            details: Details::default(),
        }
    }

    #[test]
    fn a_group_that_was_touched_in_any_way_no_longer_holds() {
        let group = vec![entry(1, "a"), entry(2, "b"), entry(3, "c")];
        let seal = Seal::over(None, &group);
        assert!(seal.holds(&group));
        let mut removed = group.clone();
        removed.remove(1);
        let mut swapped = group.clone();
        swapped.swap(0, 1);
        let mut altered = group.clone();
        altered[2].resource = "d".to_owned();
        let mut unsigned = group.clone();
        unsigned[0].access_key = None;
        let mut told = group.clone();
        told[0].details.source_identity = Some("ann".to_owned());
        for touched in [removed, swapped, altered, unsigned, told] {
            assert!(!seal.holds(&touched), "{touched:?}");
        }
    }

    #[test]
    fn seals_follow_each_other_and_a_missing_one_shows() {
        let one = Seal::over(None, &[entry(1, "a")]);
        let two = Seal::over(Some(&one), &[entry(2, "b"), entry(3, "c")]);
        let three = Seal::over(Some(&two), &[entry(4, "d")]);
        assert_eq!((two.first, two.last, three.first), (2, 3, 4));
        assert!(two.follows(&one) && three.follows(&two));
        assert!(!three.follows(&one), "one is missing between them");
        let other = Seal::over(Some(&one), &[entry(2, "x"), entry(3, "c")]);
        assert!(!three.follows(&other), "an altered one was sealed anew");
    }

    /// What releases before this one sealed must hold in this one.
    #[test]
    fn the_hash_of_an_entry_never_changes() {
        let seal = Seal::over(None, &[entry(1, "a")]);
        assert_eq!(seal.hash, "d08c9e31d5c97d6df851ab6171a56f4737c7c9beee63e5219e667ec3f6a880b1");
    }
}

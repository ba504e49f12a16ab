//! The audit log: the entries that commits leave behind, sealed with them in one transaction.
//!
//! SQLite has one writer and one chain. Servers on PostgreSQL commit side by side, so there are
//! several chains, and a commit takes one that nobody writes to. What a seal means is left to
//! `identity::audit`.

mod check;
mod flaw;
mod readable;
mod signed;
mod sweep;
mod witness;

pub use check::AuditReport;
pub use flaw::AuditFlaw;
pub use signed::SignedHeads;
pub use witness::Witness;

use crate::changes::Write;
use crate::record::{Key, Record, record};
use crate::store::{Database, Store};
use crate::vault::Signature;
use domain::{AccountId, HolderId, Timestamp};
use identity::audit::{Details, Entry, Hash, Head, Seal};
use std::ops::RangeInclusive;

/// The chain of SQLite's one writer, and the first of PostgreSQL's.
pub(crate) const FIRST_CHAIN: i64 = 1;
/// PostgreSQL's last chain.
pub(crate) const LAST_CHAIN: i64 = 8;

impl Store {
    /// The chains that servers write to here.
    pub(crate) fn chains(&self) -> RangeInclusive<i64> {
        match &self.database {
            Database::Sqlite(_) => FIRST_CHAIN..=FIRST_CHAIN,
            Database::Postgres(_) => FIRST_CHAIN..=LAST_CHAIN,
        }
    }
}

record! {
    /// One privileged action, at its place in a chain.
    AuditRow in "audit_entries";
    key { chain: i64, sequence: i64 }
    columns { account: AccountId, at: Timestamp }
    doc {
        principal: String,
        access_key: Option<String>,
        action: String,
        resource: String,
        /// What else was told; older releases told nothing.
        details: Option<Details>,
    }
    lists {
        /// An account's entries of one moment and before, newest first; of that moment those that
        /// come after `chain` and `sequence`.
        of_account(account: &AccountId, at: &Timestamp, chain: i64, sequence: i64, limit: i64)
            "WHERE account = ? AND (at, -chain, -sequence) < (?, ?, ?) \
             ORDER BY at DESC, chain, sequence LIMIT ?"
            [account, at, -chain, -sequence, limit];
        /// The entries of one group.
        of_group(chain: i64, first: i64, last: i64)
            "WHERE chain = ? AND sequence BETWEEN ? AND ? ORDER BY sequence" [chain, first, last];
        /// Entries that stand in no sealed group. Those before a chain's oldest one are left out: a sweep
        /// that was cut off leaves them.
        unsealed(limit: i64)
            "WHERE NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.chain = audit_entries.chain \
             AND s.last >= audit_entries.sequence AND s.first <= audit_entries.sequence) \
             AND (sequence < 1 OR sequence > COALESCE((SELECT MIN(m.first) FROM audit_seals m \
             WHERE m.chain = audit_entries.chain), 0)) \
             ORDER BY chain, sequence LIMIT ?" [limit];
    }
}

record! {
    /// The seal over a group of entries.
    SealRow in "audit_seals";
    key { chain: i64, last: i64 }
    columns { first: i64, at: Timestamp }
    doc { previous: Hash, hash: Hash }
    lists {
        /// A chain's newest seal.
        newest(chain: i64) "WHERE chain = ? ORDER BY last DESC LIMIT 1" [chain];
        /// A chain's oldest seal.
        oldest(chain: i64) "WHERE chain = ? ORDER BY last LIMIT 1" [chain];
        /// A chain's seals after the one that ends with `last`.
        after(chain: i64, last: i64, limit: i64)
            "WHERE chain = ? AND last > ? ORDER BY last LIMIT ?" [chain, last, limit];
    }
}

record! {
    /// Where all chains stood, signed by one server with a key that the database does not hold.
    HeadsRow in "audit_heads";
    key { at: Timestamp, holder: HolderId }
    columns {}
    doc { heads: Vec<Head>, signature: Signature }
    lists {
        /// All of them from this moment on, oldest first.
        since(at: &Timestamp, limit: i64) "WHERE at >= ? ORDER BY at, holder LIMIT ?" [at, limit];
        /// Those from before this moment, newest first.
        before(at: &Timestamp, limit: i64)
            "WHERE at < ? ORDER BY at DESC, holder LIMIT ?" [at, limit];
    }
}

impl AuditRow {
    /// What happened.
    pub fn entry(&self) -> Entry {
        Entry {
            at: self.at,
            account: self.account.clone(),
            principal: self.principal.clone(),
            access_key: self.access_key.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            details: self.details.clone().unwrap_or_default(),
        }
    }

    fn at_place(chain: i64, sequence: i64, entry: Entry) -> Self {
        let Entry { at, account, principal, access_key, action, resource, details } = entry;
        let details = Some(details).filter(|details| !details.is_empty());
        Self { chain, sequence, account, at, principal, access_key, action, resource, details }
    }
}

impl SealRow {
    /// The seal itself.
    pub fn seal(&self) -> Seal {
        let (previous, hash) = (self.previous.clone(), self.hash.clone());
        Seal { first: self.first, last: self.last, previous, hash }
    }
}

impl HeadsRow {
    /// What was signed.
    pub fn signed(&self) -> SignedHeads {
        let (heads, signature) = (self.heads.clone(), self.signature.clone());
        SignedHeads { at: self.at, heads, signature }
    }
}

/// The rows that add a group to a chain.
pub(crate) fn sealed(chain: i64, newest: Option<&SealRow>, group: Vec<Entry>) -> Vec<(Key, Write)> {
    let seal = Seal::over(newest.map(SealRow::seal).as_ref(), &group);
    let at = group.iter().map(|entry| entry.at).max().unwrap_or_default();
    let entries = (seal.first..).zip(group);
    let rows = entries.map(|(sequence, entry)| AuditRow::at_place(chain, sequence, entry));
    let Seal { first, last, previous, hash } = seal;
    let seal = SealRow { chain, last, first, at, previous, hash };
    rows.map(|row| new(&row)).chain([new(&seal)]).collect()
}

fn new<R: Record>(row: &R) -> (Key, Write) {
    (row.key(), Write::Insert { columns: row.columns(), doc: row.doc() })
}

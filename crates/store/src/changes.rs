//! What a decision changes, and what it saw when it decided: one value, committed whole or not at
//! all.

use crate::outbox::EffectRow;
use crate::record::{Error, Key, Record};
use crate::statement::Value;
use crate::view::{Read, View};
use domain::{AccountId, Timestamp};
use identity::Permit;
use identity::audit::{Entry, Parameters};
use std::collections::BTreeMap;
use std::hash::BuildHasher;

/// Everything that one turn writes, under the rows it looked at.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The account that the permit lets these changes be made in; none for a loop's.
    account: Option<AccountId>,
    pub(crate) reads: BTreeMap<Key, i64>,
    pub(crate) writes: BTreeMap<Key, Write>,
    pub(crate) effects: Vec<EffectRow>,
    pub(crate) key: Option<(String, Timestamp)>,
    /// What the caller asked for, told by the audit log if anything comes of it.
    asked: Option<Entry>,
    /// What is told whether or not a row is written.
    recorded: Vec<Entry>,
}

/// What becomes of one row.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// Written anew or over the version seen.
    Put { columns: Vec<Value>, doc: String },
    /// Written where nothing is; another row in its place makes the changes stale.
    Insert { columns: Vec<Value>, doc: String },
    /// Gone.
    Delete,
}

/// That changes are committed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// The effects written with them, for the performer of this process.
    pub effects: Vec<EffectRow>,
    /// Whether an earlier commit under the same key had done it already, so that this one wrote
    /// nothing.
    pub repeated: bool,
}

/// Why changes were not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A row is no longer as the decision saw it: decide again.
    #[error("a row changed since the decision looked at it")]
    Stale,
    /// The database may or may not have committed: decide again under the same key.
    #[error("the database did not say whether it committed")]
    Unknown,
    /// Nothing was written.
    #[error("nothing was written: {0}")]
    Failed(String),
    /// Nothing was written; what was is still there.
    #[error(
        "nothing was written, the disk that holds the database is full: free some space, then it \
         goes on by itself"
    )]
    Full,
}

impl From<Error> for CommitError {
    fn from(error: Error) -> Self {
        match error {
            Error::Full => Self::Full,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Full => Self::Full,
            CommitError::Failed(why) => Self::Database(why),
            other => Self::Database(other.to_string()),
        }
    }
}

impl Changes {
    /// Changes that a caller asked for and may make, in the permit's account and no other. If
    /// anything is written, the audit log says so.
    pub fn under(permit: &Permit, at: Timestamp) -> Self {
        let account = Some(permit.account().clone());
        Self { account, asked: Some(Entry::of(permit, at)), ..Self::default() }
    }

    /// The same, with what the audit log is told of the request besides.
    pub fn told(mut self, parameters: Parameters) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.details.parameters = parameters;
        }
        self
    }

    /// The same without the bound to the permit's account: for what the server's first account does
    /// to all of them. Whoever calls this has checked that the caller is of that account.
    pub fn of_all_accounts(self) -> Self {
        Self { account: None, ..self }
    }

    /// Changes that nobody asked for: deliveries, results, timers.
    pub fn of_loop() -> Self {
        Self::default()
    }

    /// Adds every row that the decision looked at. A turn's driver calls it once, at the end.
    pub fn saw(&mut self, seen: &View) {
        for read in seen.reads() {
            self.read(read);
        }
    }

    /// Adds one row that must still be of this version (0: absent).
    ///
    /// # Panics
    /// Where the same row was seen in another version: two views went into one decision.
    pub fn read(&mut self, read: Read) {
        let version = self.reads.entry(read.key).or_insert(read.version);
        assert_eq!(*version, read.version, "one decision saw two versions of a row");
    }

    /// Writes a row over the version seen, or anew where its absence was seen.
    ///
    /// # Panics
    /// Where `seen` holds neither, or the row lies in another account than the permit's.
    pub fn put<R: Record>(&mut self, seen: &View, row: R) {
        self.read(seen.read(&row.key()));
        let write = Write::Put { columns: row.columns(), doc: row.doc() };
        self.write(row.key(), write);
    }

    /// Writes a row that is new for certain (a fact, a delivery, a made id), unseen. If there is
    /// one all the same, the changes are stale.
    pub fn insert<R: Record>(&mut self, row: R) {
        let write = Write::Insert { columns: row.columns(), doc: row.doc() };
        self.write(row.key(), write);
    }

    /// Deletes the row whose version was seen; nothing where its absence was.
    pub fn delete<R: Record>(&mut self, seen: &View, key: impl Into<Vec<Value>>) {
        let key = Key::of::<R>(key);
        self.read(seen.read(&key));
        self.write(key, Write::Delete);
    }

    /// Asks the world for something, once these changes are committed.
    pub fn effect(&mut self, effect: EffectRow) {
        self.insert(effect.clone());
        self.effects.push(effect);
    }

    /// Adds an entry to the audit log, with these changes or not at all: a secret that was read, a
    /// token that was minted, what a loop did in somebody's name.
    pub fn record(&mut self, entry: Entry) {
        self.recorded.push(entry);
    }

    /// Tells the audit log what the caller asked for though no row is written: what gives away all
    /// that an account has.
    pub fn record_asked(&mut self) {
        self.recorded.extend(self.asked.take());
    }

    /// What the audit log is told.
    pub(crate) fn audited(&self) -> impl Iterator<Item = &Entry> {
        let asked = self.asked.iter().filter(|_| !self.writes.is_empty());
        asked.chain(&self.recorded)
    }

    /// Names these changes, so that committing them again after an unknown outcome is harmless.
    /// The name is remembered for [`crate::Retention::commit_keys_days`] from `at`.
    pub fn key(&mut self, key: impl Into<String>, at: Timestamp) {
        self.key = Some((key.into(), at));
    }

    /// Whether this row is written.
    pub fn writes(&self, key: &Key) -> bool {
        self.writes.contains_key(key)
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.recorded.is_empty()
    }

    fn write(&mut self, key: Key, write: Write) {
        let first = key.table.key[0] == "account";
        if let (Some(account), true) = (&self.account, first) {
            assert_eq!(key.values[0], Value::from(account), "a write in another account");
        }
        self.writes.insert(key, write);
    }
}

/// The version of a row that is written over version `seen`, or anew (0): from that and from its
/// content. So a version stands for all that was written to the row until then, and one that was
/// deleted and written anew has another than was seen before, unless nothing about it differs.
/// Nobody gains by two contents of one version, and a body may be long: the hash is a fast one.
pub(crate) fn next_version(seen: i64, columns: &[Value], doc: &str) -> i64 {
    let hash = foldhash::quality::FixedState::default().hash_one((seen, columns, doc));
    // Never below zero, and never 0, which means absent.
    (hash >> 1).max(1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HeadRow, MetaRow};
    use domain::AccessKeyId;
    use identity::{Ask, Principal, judge};

    fn permit() -> Permit {
        let caller = Principal::root(&"000000000000".into(), AccessKeyId::new("AKIATEST"));
        let ask = Ask::new("codepipeline:CreatePipeline", "*");
        judge(&caller, &ask, Timestamp(0)).expect("its own account")
    }

    fn head(account: &str) -> HeadRow {
        HeadRow {
            account: account.into(),
            connection: "c".into(),
            repository: "o/r".into(),
            ref_name: "refs/heads/main".to_owned(),
            sha: None,
            updated: Timestamp(0),
            merged: None,
        }
    }

    #[test]
    fn under_a_permit_its_own_account_is_written() {
        let mut changes = Changes::under(&permit(), Timestamp(0));
        changes.insert(head("000000000000"));
        assert!(!changes.is_empty());
    }

    #[test]
    #[should_panic(expected = "a write in another account")]
    fn under_a_permit_no_other_account_is_written() {
        Changes::under(&permit(), Timestamp(0)).insert(head("111111111111"));
    }

    #[test]
    #[should_panic(expected = "a row it did not want")]
    fn what_was_not_seen_is_not_written_over() {
        let row = MetaRow { key: "k".to_owned(), value: "v".to_owned() };
        Changes::of_loop().put(&View::new(), row);
    }

    #[test]
    fn a_version_tells_contents_apart_and_what_they_were_written_over() {
        let version = |seen, value: &str| next_version(seen, &[Value::from(value)], "{}");
        let first = version(0, "a");
        assert!(first > 0);
        assert_eq!(version(0, "a"), first);
        assert_ne!(version(0, "b"), first);
        assert_ne!(version(first, "a"), first, "the same again");
        assert_ne!(version(first, "b"), version(first, "c"), "written anew, then otherwise");
    }
}

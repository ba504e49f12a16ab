//! What a turn has seen so far: rows with their versions, absences, and lists.
//!
//! A row counts as a read of the decision once it is looked at with [`View::row`]; the commit then
//! checks that it is still of that version. Lists are not checked: a decision on a list is guarded
//! by a row that everyone who changes the list writes.

use crate::record::{Decoded, Found, Key, Query, Record, Table};
use crate::statement::{Statement, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// One thing that a turn wants to see.
#[derive(Clone, Debug)]
pub enum Want {
    /// A row, or that there is none.
    Row(Key),
    /// A list.
    List(Query),
}

impl Want {
    /// What reads it.
    pub(crate) fn statement(&self) -> Statement {
        match self {
            Self::Row(key) => key.select(),
            Self::List(query) => query.statement.clone(),
        }
    }

    /// Whether it gives one row at most: by its key, or the first in the order of an index.
    pub(crate) fn is_single(&self) -> bool {
        match self {
            Self::Row(_) => true,
            Self::List(query) => query.statement.sql.ends_with("LIMIT 1"),
        }
    }

    /// Whose rows it gives.
    pub(crate) fn table(&self) -> &'static Table {
        match self {
            Self::Row(key) => key.table,
            Self::List(query) => query.table,
        }
    }
}

impl From<Key> for Want {
    fn from(key: Key) -> Self {
        Self::Row(key)
    }
}

impl From<Query> for Want {
    fn from(query: Query) -> Self {
        Self::List(query)
    }
}

/// A row that a decision looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// Which row.
    pub key: Key,
    /// The version seen; 0: there was none.
    pub version: i64,
}

/// What was loaded.
#[derive(Debug, Default)]
pub struct View {
    rows: BTreeMap<Key, Loaded>,
    lists: BTreeMap<Statement, Vec<Decoded>>,
}

#[derive(Debug)]
struct Loaded {
    version: i64,
    record: Option<Decoded>,
    looked_at: AtomicBool,
}

impl View {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of the wants that were not loaded yet.
    pub fn missing(&self, wants: &[Want]) -> Vec<Want> {
        wants.iter().filter(|want| !self.has(want)).cloned().collect()
    }

    /// Whether this was loaded.
    pub fn has(&self, want: &Want) -> bool {
        match want {
            Want::Row(key) => self.rows.contains_key(key),
            Want::List(query) => self.lists.contains_key(&query.statement),
        }
    }

    /// Whether all of this was loaded.
    pub fn is_whole(&self, wants: &[Want]) -> bool {
        wants.iter().all(|want| self.has(want))
    }

    /// The row, for a decision: from now on the commit depends on its version, or on its absence.
    ///
    /// # Panics
    /// Where the turn never wanted that row: a decision on what was not seen is a bug.
    pub fn row<R: Record>(&self, key: impl Into<Vec<Value>>) -> Option<&R> {
        let loaded = self.loaded(&Key::of::<R>(key));
        loaded.looked_at.store(true, Ordering::Relaxed);
        loaded.record.as_ref().map(typed)
    }

    /// The row as far as it is known, to find what else to want; no read of the decision.
    /// `None` where there is none or it was not loaded yet.
    pub fn known<R: Record>(&self, key: impl Into<Vec<Value>>) -> Option<&R> {
        let loaded = self.rows.get(&Key::of::<R>(key))?;
        loaded.record.as_ref().map(typed)
    }

    /// The list.
    ///
    /// # Panics
    /// Where the turn never wanted that list.
    pub fn list<R: Record>(&self, query: &Query) -> Vec<&R> {
        let list = self.lists.get(&query.statement);
        let Some(list) = list else {
            panic!("a turn looked at a list it did not want: {:?}", query.statement);
        };
        list.iter().map(typed).collect()
    }

    /// The list as far as it is known: empty where it was not loaded yet.
    pub fn known_list<R: Record>(&self, query: &Query) -> Vec<&R> {
        self.lists.get(&query.statement).into_iter().flatten().map(typed).collect()
    }

    /// Every row looked at so far, in key order.
    pub fn reads(&self) -> Vec<Read> {
        let looked = self.rows.iter().filter(|(_, row)| row.looked_at.load(Ordering::Relaxed));
        looked.map(|(key, row)| Read { key: key.clone(), version: row.version }).collect()
    }

    /// The read of one row, whether it was looked at or not.
    pub(crate) fn read(&self, key: &Key) -> Read {
        Read { key: key.clone(), version: self.loaded(key).version }
    }

    /// Remembers what an executor found for a want.
    pub(crate) fn take(&mut self, want: &Want, mut found: Vec<Found>) {
        match want {
            Want::Row(key) => {
                self.rows.insert(key.clone(), Loaded::from(found.pop()));
            }
            Want::List(query) => {
                let records = found.into_iter().map(|row| row.record).collect();
                self.lists.insert(query.statement.clone(), records);
            }
        }
    }

    fn loaded(&self, key: &Key) -> &Loaded {
        let Some(loaded) = self.rows.get(key) else {
            panic!("a turn looked at a row it did not want: {} {:?}", key.table.name, key.values);
        };
        loaded
    }
}

impl From<Option<Found>> for Loaded {
    fn from(found: Option<Found>) -> Self {
        let version = found.as_ref().map_or(0, |row| row.version);
        let record = found.map(|row| row.record);
        Self { version, record, looked_at: AtomicBool::new(false) }
    }
}

fn typed<R: Record>(record: &Decoded) -> &R {
    record.downcast_ref().expect("a table has one record type, the one it was wanted with")
}

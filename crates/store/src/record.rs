//! What a row is: a typed record with a key, columns that are looked up, and a JSON document for
//! the rest.
//!
//! The macro `record!` writes the struct and all its SQL; what each table means
//! is said in the file of its subject. Running a statement is left to the executors.

use crate::statement::{Column, Statement, Value};
use serde::de::DeserializeOwned;
use std::{any::Any, fmt::Debug, hash, sync::Arc};

/// Why something remembered could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer release wrote this database.
    #[error(
        "the database has schema version {found}, this release knows {known}: use the release \
         that wrote it, or a newer one"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A row does not say what its type needs.
    #[error("a stored row cannot be read: {0}")]
    Unreadable(String),
    /// The disk has no room for what had to be written.
    #[error("the disk that holds the database is full: free some space, then it goes on by itself")]
    Full,
    /// The URL of the PostgreSQL database.
    #[error("the PostgreSQL URL cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    DatabaseUrl,
    /// PostgreSQL cannot be used from here.
    #[error("PostgreSQL at {at} {problem}")]
    NoPostgres {
        /// Host and port, or the socket.
        at: String,
        /// What is wrong there, and what would be right.
        problem: String,
    },
    /// This database cannot do that; the text names what can.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The database did not answer, or refused.
    #[error("the database failed: {0}")]
    Database(String),
}

/// A table: its names, and the SQL of everything done to one row.
#[derive(Debug)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// The key's columns, in the order of the key.
    pub key: &'static [&'static str],
    /// The columns beside the key and `doc`.
    pub columns: &'static [&'static str],
    /// One row by its key.
    pub select: &'static str,
    /// A row's version by its key.
    pub check: &'static str,
    /// Binds: version, key, columns, doc.
    pub insert: &'static str,
    /// Binds: version, columns, doc, key.
    pub update: &'static str,
    /// Binds: key.
    pub delete: &'static str,
    /// Makes the typed record of a row.
    pub decode: fn(Row) -> Result<Decoded, Error>,
}

/// A record of whatever type its table has.
pub type Decoded = Arc<dyn Any + Send + Sync>;

/// A typed row.
pub trait Record: Clone + Debug + Send + Sync + 'static {
    /// Where it lies.
    const TABLE: &'static Table;
    /// Its key.
    fn key(&self) -> Key;
    /// Its columns beside the key, in the table's order.
    fn columns(&self) -> Vec<Value>;
    /// The rest, as JSON text.
    fn doc(&self) -> String;
    /// The record of a row.
    fn from_row(row: Row) -> Result<Self, Error>;
}

/// A row as an executor read it: its version, then key, columns and doc in the table's order.
#[derive(Debug)]
pub struct Row {
    /// 1 or more; another after every write.
    pub version: i64,
    /// Key, columns, doc.
    pub values: std::vec::IntoIter<Value>,
}

impl Row {
    /// The row of a table, as selected: version, key, columns, doc.
    pub(crate) fn of(table: &Table, values: Vec<Value>) -> Result<Self, Error> {
        let width = table.key.len() + table.columns.len() + 2;
        assert_eq!(values.len(), width, "{} selects other columns", table.name);
        let mut values = values.into_iter();
        let version = values.next().map_or(Ok(0), i64::from_value)?;
        Ok(Self { version, values })
    }

    /// The record that this row is.
    pub(crate) fn decode(self, table: &Table) -> Result<Found, Error> {
        Ok(Found { version: self.version, record: (table.decode)(self)? })
    }

    /// Takes the next column.
    pub fn take<T: Column>(&mut self) -> Result<T, Error> {
        let missing = || Error::Unreadable("a row with too few columns".to_owned());
        T::from_value(self.values.next().ok_or_else(missing)?)
    }

    /// Takes the document, the last column.
    pub fn doc<T: DeserializeOwned>(&mut self, table: &str) -> Result<T, Error> {
        let text: String = self.take()?;
        serde_json::from_str(&text).map_err(|why| Error::Unreadable(format!("{table}: {why}")))
    }
}

/// A row that was found, decoded.
#[derive(Debug)]
pub(crate) struct Found {
    pub version: i64,
    pub record: Decoded,
}

/// Names one row of one table.
#[derive(Clone, Debug)]
pub struct Key {
    /// The table.
    pub table: &'static Table,
    /// The key's values, in the order of the table's key.
    pub values: Vec<Value>,
}

impl Key {
    /// The key of a row of `R`.
    ///
    /// # Panics
    /// Where the number of values is not that of the table's key.
    pub fn of<R: Record>(values: impl Into<Vec<Value>>) -> Self {
        let (table, values) = (R::TABLE, values.into());
        assert_eq!(values.len(), table.key.len(), "the key of {} is {:?}", table.name, table.key);
        Self { table, values }
    }

    /// The statement that reads this row.
    pub fn select(&self) -> Statement {
        Statement { sql: self.table.select, binds: self.values.clone() }
    }

    /// Tables have one name each, so the name stands for the table.
    fn order(&self) -> (&'static str, &[Value]) {
        (self.table.name, &self.values)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl hash::Hash for Key {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.order().hash(state);
    }
}

impl From<Key> for Vec<Value> {
    fn from(key: Key) -> Self {
        key.values
    }
}

impl From<&Key> for Vec<Value> {
    fn from(key: &Key) -> Self {
        key.values.clone()
    }
}

/// A list of rows of one table; made by the named functions of each record.
#[derive(Clone, Debug)]
pub struct Query {
    /// Whose rows it gives.
    pub table: &'static Table,
    /// Selects version, key, columns, doc.
    pub statement: Statement,
}

/// Writes a record: `NAME in "TABLE"; key {…} columns {…} doc {…} lists {…}`.
///
/// Fields of `key` and `columns` are columns of their own, those of `doc` go into the JSON
/// document; a list is `name(arguments) "WHERE … ORDER BY … LIMIT ?" [binds];`. The struct's
/// field docs may be left out where name and type say it all.
macro_rules! record {
    (
        $(#[$about:meta])*
        $name:ident in $table:literal;
        key { $(#[$k1_about:meta])* $k1:ident: $k1_type:ty
              $(, $(#[$k_about:meta])* $k:ident: $k_type:ty)* $(,)? }
        columns { $($(#[$c_about:meta])* $c:ident: $c_type:ty),* $(,)? }
        doc { $($(#[$d_about:meta])* $d:ident: $d_type:ty),* $(,)? }
        lists { $($lists:tt)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "columns are named and typed by the words of `domain`")]
        pub struct $name {
            $(#[$k1_about])* pub $k1: $k1_type,
            $($(#[$k_about])* pub $k: $k_type,)*
            $($(#[$c_about])* pub $c: $c_type,)*
            $($(#[$d_about])* pub $d: $d_type,)*
        }

        impl $crate::Record for $name {
            const TABLE: &'static $crate::Table = &$crate::Table {
                name: $table,
                key: &[stringify!($k1) $(, stringify!($k))*],
                columns: &[$(stringify!($c)),*],
                select: concat!(
                    $crate::record::record!(@select $table; $k1 $($k)* $($c)*), " ",
                    $crate::record::record!(@where $k1 $($k)*)
                ),
                check: concat!(
                    "SELECT version FROM ", $table, " ", $crate::record::record!(@where $k1 $($k)*)
                ),
                insert: concat!(
                    "INSERT INTO ", $table, " (version", ", ", stringify!($k1)
                    $(, ", ", stringify!($k))* $(, ", ", stringify!($c))*, ", doc) VALUES (?, ?"
                    $(, $crate::record::record!(@mark $k))* $(, $crate::record::record!(@mark $c))*, ", ?)"
                ),
                update: concat!(
                    "UPDATE ", $table, " SET version = ?" $(, ", ", stringify!($c), " = ?")*,
                    ", doc = ? ", $crate::record::record!(@where $k1 $($k)*)
                ),
                delete: concat!("DELETE FROM ", $table, " ", $crate::record::record!(@where $k1 $($k)*)),
                decode: |row| Ok(std::sync::Arc::new(<$name as $crate::Record>::from_row(row)?)),
            };

            fn key(&self) -> $crate::Key {
                $name::at(&self.$k1 $(, &self.$k)*)
            }

            fn columns(&self) -> Vec<$crate::Value> {
                vec![$($crate::Value::from(&self.$c)),*]
            }

            fn doc(&self) -> String {
                #[derive(serde::Serialize)]
                struct Doc<'a> {
                    $($d: &'a $d_type,)*
                    #[serde(skip)]
                    of: std::marker::PhantomData<&'a ()>,
                }
                let doc = Doc { $($d: &self.$d,)* of: std::marker::PhantomData };
                serde_json::to_string(&doc).expect("records have text keys and finite numbers")
            }

            #[allow(unused_variables, reason = "a record may have no document")]
            fn from_row(mut row: $crate::Row) -> Result<Self, $crate::Error> {
                #[derive(serde::Deserialize)]
                struct Doc { $($d: $d_type,)* }
                let $k1 = row.take()?;
                $(let $k = row.take()?;)*
                $(let $c = row.take()?;)*
                let doc: Doc = row.doc($table)?;
                Ok(Self { $k1, $($k,)* $($c,)* $($d: doc.$d,)* })
            }
        }

        impl $name {
            /// The key of the row with these values.
            pub fn at($k1: &$k1_type $(, $k: &$k_type)*) -> $crate::Key {
                $crate::Key::of::<Self>(vec![$crate::Value::from($k1) $(, $crate::Value::from($k))*])
            }
        }

        $crate::record::record! { @lists $name, $table, [$k1 $($k)* $($c)*], $($lists)* }
    };
    (@lists $name:ident, $table:literal, [$($column:ident)*],) => {};
    (
        @lists $name:ident, $table:literal, [$($column:ident)*],
        $(#[$about:meta])*
        $list:ident($($argument:ident: $type:ty),* $(,)?)
            $tail:literal [$($bind:expr),* $(,)?];
        $($rest:tt)*
    ) => {
        impl $name {
            $(#[$about])*
            pub fn $list($($argument: $type),*) -> $crate::Query {
                let sql =
                    concat!($crate::record::record!(@select $table; $($column)*), " ", $tail);
                let binds = vec![$($crate::Value::from($bind)),*];
                let statement = $crate::Statement { sql, binds };
                $crate::Query { table: <Self as $crate::Record>::TABLE, statement }
            }
        }

        $crate::record::record! { @lists $name, $table, [$($column)*], $($rest)* }
    };
    (@select $table:literal; $($column:ident)*) => {
        concat!("SELECT version", $(", ", stringify!($column),)* ", doc FROM ", $table)
    };
    (@where $first:ident $($next:ident)*) => {
        concat!("WHERE ", stringify!($first), " = ?" $(, " AND ", stringify!($next), " = ?")*)
    };
    (@mark $column:ident) => { ", ?" };
}

pub(crate) use record;

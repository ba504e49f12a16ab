//! The SQLite executor, synchronous: what one connection loads and commits.
//!
//! The simulator uses [`Core`] as it stands, in its own thread, and takes a whole story back with
//! [`Core::begin`] and [`Core::reset`]. Threads, grouping and waiting are left to `writer.rs`.

mod commit;
mod convert;
mod known;

use crate::changes::CommitError;
use crate::limits::{LOCK_WAIT_MAX, LOG_PAGES, PREPARED_STATEMENTS_MAX, WRITER_CACHE_KIB};
use crate::record::{Error, Found};
use crate::statement::{Statement, Value};
use crate::view::{View, Want};
use convert::owned;
use known::KnownRows;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The schema's steps, in order; their number is the version.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_first.sql"),
    include_str!("../migrations/sqlite/0002_identity.sql"),
    include_str!("../migrations/sqlite/0003_apps.sql"),
    include_str!("../migrations/sqlite/0004_issuers.sql"),
    include_str!("../migrations/sqlite/0005_audit.sql"),
    include_str!("../migrations/sqlite/0006_webhooks.sql"),
    include_str!("../migrations/sqlite/0007_secrets.sql"),
    include_str!("../migrations/sqlite/0008_relying_parties.sql"),
    include_str!("../migrations/sqlite/0009_objects.sql"),
    include_str!("../migrations/sqlite/0010_proxies.sql"),
    include_str!("../migrations/sqlite/0011_versions.sql"),
    include_str!("../migrations/sqlite/0012_hosts_and_departures.sql"),
    include_str!("../migrations/sqlite/0013_revocations.sql"),
    include_str!("../migrations/sqlite/0014_refused_statuses.sql"),
    include_str!("../migrations/sqlite/0015_by_connection.sql"),
];

/// One connection to a SQLite database.
#[derive(Debug)]
pub struct Core {
    connection: Connection,
    known: RefCell<KnownRows>,
}

impl Core {
    /// Opens the database file, making it (0600) where there is none, and brings its schema up to
    /// date.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::prepare(Self::private(path)?)
    }

    /// SQLite gives its log and index files the permissions of the database file.
    pub(crate) fn private(path: &Path) -> Result<Connection, Error> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        file.map_err(|why| Error::Database(format!("{}: {why}", path.display())))?;
        Ok(Connection::open(path)?)
    }

    /// A database of its own in memory.
    pub fn in_memory() -> Result<Self, Error> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// Another connection to a file that [`Core::open`] has opened, which only reads.
    pub fn reader(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(LOCK_WAIT_MAX)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
        Ok(Self { connection, known: RefCell::default() })
    }

    fn prepare(connection: Connection) -> Result<Self, Error> {
        connection.busy_timeout(LOCK_WAIT_MAX)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS_MAX);
        // The vacuum mode can be chosen only while nothing was written, so it comes first.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        // SQLite takes a number below zero for kibibytes, one above for pages.
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        let mut core = Self { connection, known: RefCell::default() };
        core.migrate()?;
        Ok(core)
    }

    fn migrate(&mut self) -> Result<(), Error> {
        let found = Self::version_of(&self.connection)?;
        for (step, sql) in MIGRATIONS.iter().enumerate().skip(found as usize) {
            let transaction = self.connection.transaction()?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", step as i64 + 1)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// The schema's version of a database; fails where a newer release wrote it.
    pub(crate) fn version_of(connection: &Connection) -> Result<i64, Error> {
        let known = MIGRATIONS.len() as i64;
        let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > known { Err(Error::Newer { found, known }) } else { Ok(found) }
    }

    /// Loads what is wanted, all of it from one moment.
    pub fn load(&self, wants: &[Want], into: &mut View) -> Result<(), Error> {
        let moment = wants.len() > 1 && self.connection.is_autocommit();
        let moment = moment.then(|| self.connection.unchecked_transaction()).transpose()?;
        for want in wants {
            into.take(want, self.find(want)?);
        }
        Ok(moment.map_or(Ok(()), rusqlite::Transaction::commit)?)
    }

    fn find(&self, want: &Want) -> Result<Vec<Found>, Error> {
        let statement = want.statement();
        let mut prepared = self.connection.prepare_cached(statement.sql)?;
        let mut rows = prepared.query(params_from_iter(&statement.binds))?;
        let (mut known, mut found) = (self.known.borrow_mut(), Vec::new());
        while let Some(row) = rows.next()? {
            found.push(known.found(want.table(), row)?);
        }
        Ok(found)
    }

    /// Runs any statement and gives what it returns.
    pub(crate) fn select(&self, statement: &Statement) -> Result<Vec<Vec<Value>>, Error> {
        let mut prepared = self.connection.prepare_cached(statement.sql)?;
        let width = prepared.column_count();
        let mut rows = prepared.query(params_from_iter(&statement.binds))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..width).map(|column| Ok(owned(row.get_ref(column)?)));
            found.push(values.collect::<Result<_, Error>>()?);
        }
        Ok(found)
    }

    /// Begins a story that [`Core::reset`] takes back.
    pub fn begin(&mut self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    /// Takes back everything since [`Core::begin`].
    pub fn reset(&mut self) -> Result<(), Error> {
        Ok(self.connection.execute_batch("ROLLBACK")?)
    }

    /// Runs statements in one transaction and gives what each returns.
    pub(crate) fn run_all(
        &mut self,
        statements: &[Statement],
    ) -> Result<Vec<Vec<Vec<Value>>>, CommitError> {
        let each = |core: &Self| statements.iter().map(|one| Ok(core.select(one)?)).collect();
        self.transaction(each)
    }

    /// Gives at most this many free pages back to the file system.
    pub(crate) fn give_pages_back(&self, pages: u32) -> Result<(), Error> {
        let sql = format!("PRAGMA incremental_vacuum({pages})");
        Ok(self.connection.execute_batch(&sql)?)
    }

    /// The connection itself, as the source of a backup.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::Changes;

    #[test]
    fn every_statement_of_every_table_fits_the_schema() {
        let core = Core::in_memory().expect("a database in memory");
        for table in crate::TABLES {
            for sql in [table.select, table.check, table.insert, table.update, table.delete] {
                let prepared = core.connection.prepare(sql);
                assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
            }
        }
    }

    #[test]
    fn a_story_is_taken_back_whole() {
        let mut core = Core::in_memory().expect("a database in memory");
        let key = crate::MetaRow::at(&"story".to_owned());
        core.begin().expect("it begins");
        let mut changes = Changes::of_loop();
        changes.insert(crate::MetaRow { key: "story".to_owned(), value: "told".to_owned() });
        core.commit(changes.clone()).expect("it commits inside the story");
        assert_eq!(core.commit(changes).map(drop), Err(CommitError::Stale));
        core.reset().expect("it ends");
        let mut seen = View::new();
        core.load(&[Want::Row(key.clone())], &mut seen).expect("it reads");
        assert_eq!(seen.row::<crate::MetaRow>(key), None);
    }

    fn read(core: &Core, key: &str) -> Option<String> {
        let key = crate::MetaRow::at(&key.to_owned());
        let mut seen = View::new();
        core.load(&[Want::Row(key.clone())], &mut seen).expect("it reads");
        seen.row::<crate::MetaRow>(key).map(|row| row.value.clone())
    }

    #[test]
    fn a_row_that_is_known_is_read_as_it_is_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("towpath.db");
        let mut writer = Core::open(&file).expect("a database");
        let reader = Core::reader(&file).expect("a reader");
        let mut write = |value: Option<&str>| {
            let key = crate::MetaRow::at(&"k".to_owned());
            let (mut seen, mut changes) = (View::new(), Changes::of_loop());
            writer.load(&[Want::Row(key.clone())], &mut seen).expect("it reads");
            match value {
                Some(value) => {
                    let (key, value) = ("k".to_owned(), value.to_owned());
                    changes.put(&seen, crate::MetaRow { key, value });
                }
                None => changes.delete::<crate::MetaRow>(&seen, key),
            }
            writer.commit(changes).expect("it commits");
        };
        // The same first words twice, then others: no version may stand for both.
        for value in [Some("a"), Some("b"), None, Some("a"), Some("c"), None, None, Some("b")] {
            write(value);
            assert_eq!(read(&reader, "k").as_deref(), value);
            assert_eq!(read(&reader, "k").as_deref(), value, "from what is known");
        }
    }

    /// As if the disk had room for this many pages of 4 KiB more.
    fn limit(core: &Core, pages: i64) {
        let count = |name: &str| -> i64 {
            core.connection.pragma_query_value(None, name, |row| row.get(0)).expect("a count")
        };
        let most = count("page_count") + pages;
        core.connection.pragma_update(None, "max_page_count", most).expect("a limit");
    }

    #[test]
    fn what_does_not_fit_on_the_disk_is_refused_alone_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut core = Core::open(&folder.path().join("towpath.db")).expect("a database");
        let row = |key: &str, value: String| {
            let mut changes = Changes::of_loop();
            changes.insert(crate::MetaRow { key: key.to_owned(), value });
            changes
        };
        core.commit(row("before", "x".to_owned())).expect("there is room");
        limit(&core, 4);
        let large = row("large", "x".repeat(100_000));
        let group = vec![row("one", "x".to_owned()), large.clone(), row("two", "x".to_owned())];
        let answers = core.commit_group(group);
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.map(drop)).collect();
        assert_eq!(answers, [Ok(()), Err(CommitError::Full), Ok(())]);
        limit(&core, 1000);
        core.commit(large).expect("somebody freed some space");

        let reader = Core::reader(&folder.path().join("towpath.db")).expect("a reader");
        for key in ["before", "one", "two", "large"] {
            let key = crate::MetaRow::at(&key.to_owned());
            assert_eq!(reader.select(&key.select()).expect("it reads").len(), 1);
        }
    }

    #[test]
    fn every_commit_is_synced_and_only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let core = Core::open(&folder.path().join("towpath.db")).expect("a database");
        let synchronous = core.connection.pragma_query_value(None, "synchronous", |r| r.get(0));
        assert_eq!(synchronous, Ok(2), "FULL");
        for file in ["towpath.db", "towpath.db-wal"] {
            let found = std::fs::metadata(folder.path().join(file)).expect("a file");
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn a_reader_does_not_write() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("towpath.db");
        let _writer = Core::open(&file).expect("a database");
        let reader = Core::reader(&file).expect("a reader");
        assert!(reader.run("DELETE FROM meta").is_err());
    }
}

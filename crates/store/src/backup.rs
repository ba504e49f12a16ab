//! Copies of a SQLite database, taken while the server runs, and the check of such a copy.
//!
//! Blobs and mirrors are files beside the database; copying them is left to the command, after the
//! database: files that its rows name are there before the row is.

use crate::record::Error;
use crate::sqlite::Core;
use crate::store::{DATABASE_FILE, Database, Store};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

impl Store {
    /// Copies the database as it is at this moment into a folder, and checks the copy. Commits go
    /// on meanwhile; they are not in the copy. The folder must exist and hold no database yet.
    ///
    /// For PostgreSQL it fails and names the program that does it.
    pub async fn backup(&self, into: &Path) -> Result<(), Error> {
        let Database::Sqlite(sqlite) = &self.database else {
            return Err(Error::Unsupported(
                "the database is PostgreSQL's: back it up with pg_dump, restore it with pg_restore",
            ));
        };
        let Some(file) = sqlite.file.clone() else {
            return Err(Error::Unsupported("a database in memory has no backup"));
        };
        let into = into.to_owned();
        let done = tokio::task::spawn_blocking(move || copy(&file, &into)).await;
        done.map_err(|why| Error::Database(format!("the backup: {why}")))?
    }
}

/// Checks the database in a folder before it is used in place of another: that it is whole, and
/// not of a newer release. Gives its schema's version.
pub fn check(folder: &Path) -> Result<i64, Error> {
    let file = folder.join(DATABASE_FILE);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&file, flags)?;
    let verdict: String = connection.pragma_query_value(None, "integrity_check", |r| r.get(0))?;
    if verdict != "ok" {
        return Err(Error::Database(format!("{} is damaged: {verdict}", file.display())));
    }
    Core::version_of(&connection)
}

/// One step copies everything from one moment; in WAL mode the writer goes on beside it.
fn copy(file: &Path, into: &Path) -> Result<(), Error> {
    let target = into.join(DATABASE_FILE);
    if target.exists() {
        return Err(Error::Database(format!("{} is there already", target.display())));
    }
    let source = Core::reader(file)?;
    let mut copied = Core::private(&target)?;
    match Backup::new(source.connection(), &mut copied)?.step(-1)? {
        StepResult::Done => {}
        other => return Err(Error::Database(format!("the backup stopped: {other:?}"))),
    }
    copied.close().map_err(|(_, why)| why)?;
    check(into).map(drop)
}

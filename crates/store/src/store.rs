//! The store as everyone uses it: load, decide elsewhere, commit.

use crate::changes::{Changes, CommitError, Committed};
use crate::inbox::{DeliveryBodyRow, DeliveryRow};
use crate::limits::READERS;
use crate::postgres::Postgres;
use crate::postgres::bell::{Hearing, Ringer};
use crate::record::{Error, Key, Query, Record};
use crate::sqlite::Core;
use crate::statement::{Statement, Value};
use crate::view::{View, Want};
use crate::writer::{Writer, lock};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// The file of a data folder that holds the database.
pub const DATABASE_FILE: &str = "towpath.db";

/// Where what is remembered lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory, gone with the store: for tests.
    Memory,
    /// In [`DATABASE_FILE`] of this folder, which must exist.
    Folder(PathBuf),
    /// In the PostgreSQL database of this URL.
    Postgres(String),
}

/// What is remembered. Cloned freely: all clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) database: Database,
}

#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// One writer, and connections that read beside it; in memory they are one and the same.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    pub(crate) writer: Writer,
    pub(crate) file: Option<PathBuf>,
    readers: Arc<[Arc<Mutex<Core>>]>,
    turn: Arc<AtomicUsize>,
}

impl Store {
    /// Opens the database, making it where there is none, and brings its schema up to date.
    /// Refuses one that a newer release wrote. That no other server has the folder open is left to
    /// the caller's lock.
    pub async fn open(config: &StoreConfig) -> Result<Self, Error> {
        let database = match config {
            StoreConfig::Memory => Database::Sqlite(Sqlite::in_memory()?),
            StoreConfig::Folder(folder) => Database::Sqlite(Sqlite::open(folder)?),
            StoreConfig::Postgres(url) => Database::Postgres(Postgres::open(url).await?),
        };
        Ok(Self { database })
    }

    /// Loads what is wanted and not yet in the view.
    pub async fn load(&self, wants: &[Want], into: &mut View) -> Result<(), Error> {
        let missing = into.missing(wants);
        match &self.database {
            _ if missing.is_empty() => Ok(()),
            Database::Sqlite(sqlite) => sqlite.load(missing, into).await,
            Database::Postgres(postgres) => postgres.load(&missing, into).await,
        }
    }

    /// One row, outside of any decision.
    pub async fn get<R: Record>(&self, key: impl Into<Vec<Value>>) -> Result<Option<R>, Error> {
        let (key, mut view) = (Key::of::<R>(key), View::new());
        self.load(&[Want::Row(key.clone())], &mut view).await?;
        Ok(view.row::<R>(key).cloned())
    }

    /// A list, outside of any decision.
    pub async fn list<R: Record>(&self, query: Query) -> Result<Vec<R>, Error> {
        let mut view = View::new();
        self.load(&[Want::List(query.clone())], &mut view).await?;
        Ok(view.list::<R>(&query).into_iter().cloned().collect())
    }

    /// Commits a decision: all of it, if every row is as it was seen, or nothing. Durable once
    /// answered.
    pub async fn commit(&self, changes: Changes) -> Result<Committed, CommitError> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.writer.commit(changes).await,
            Database::Postgres(postgres) => postgres.commit(changes).await,
        }
    }

    /// Both ends of the bell between servers that share this store; `None` where only one can.
    pub async fn bell(&self) -> Result<Option<(Ringer, Hearing)>, Error> {
        match &self.database {
            Database::Sqlite(_) => Ok(None),
            Database::Postgres(postgres) => postgres.bell().await.map(Some),
        }
    }

    /// Writes a delivery and what it said down, in a group with all others that arrive meanwhile.
    pub async fn receive(
        &self,
        delivery: DeliveryRow,
        body: DeliveryBodyRow,
    ) -> Result<(), CommitError> {
        let mut changes = Changes::of_loop();
        changes.insert(delivery);
        changes.insert(body);
        self.commit(changes).await.map(drop)
    }
}

impl Database {
    /// Runs statements in one transaction and gives what each returns.
    pub(crate) async fn run(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Vec<Value>>>, Error> {
        match self {
            _ if statements.is_empty() => Ok(Vec::new()),
            Self::Sqlite(sqlite) => {
                let done = sqlite.writer.run(move |core| core.run_all(&statements)).await?;
                done.map_err(Error::from)
            }
            Self::Postgres(postgres) => postgres.run(&statements).await,
        }
    }
}

impl Sqlite {
    fn open(folder: &Path) -> Result<Self, Error> {
        let file = folder.join(DATABASE_FILE);
        let writer = Writer::start(shared(Core::open(&file)?))?;
        let readers = (0..READERS).map(|_| Core::reader(&file).map(shared));
        let readers = readers.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { writer, file: Some(file), readers: readers.into(), turn: Arc::default() })
    }

    fn in_memory() -> Result<Self, Error> {
        let core = shared(Core::in_memory()?);
        let writer = Writer::start(Arc::clone(&core))?;
        Ok(Self { writer, file: None, readers: [core].into(), turn: Arc::default() })
    }

    /// Single rows are read in place: that takes microseconds, less than handing it to another
    /// thread. Lists may take longer and go to the blocking pool.
    async fn load(&self, wants: Vec<Want>, into: &mut View) -> Result<(), Error> {
        if wants.iter().all(Want::is_single) {
            return self.reader().load(&wants, into);
        }
        let (sqlite, mut view) = (self.clone(), std::mem::take(into));
        let work = move || {
            let loaded = sqlite.reader().load(&wants, &mut view);
            (view, loaded)
        };
        let done = tokio::task::spawn_blocking(work).await;
        let (view, loaded) = done.map_err(|why| Error::Database(format!("a read: {why}")))?;
        *into = view;
        loaded
    }

    /// A free connection, else the next one in turn.
    fn reader(&self) -> MutexGuard<'_, Core> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        for step in 0..self.readers.len() {
            match self.readers[(first + step) % self.readers.len()].try_lock() {
                Ok(core) => return core,
                Err(TryLockError::Poisoned(core)) => return core.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        lock(&self.readers[first % self.readers.len()])
    }
}

fn shared(core: Core) -> Arc<Mutex<Core>> {
    Arc::new(Mutex::new(core))
}

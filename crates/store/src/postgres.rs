//! The PostgreSQL executor: the same statements with `$1, $2, …`, each decision in a transaction
//! of its own.
//!
//! PostgreSQL syncs concurrent commits in groups by itself. What a decision saw is locked before it
//! is compared: absences and new rows by advisory locks on their keys, in the order of their
//! numbers, then rows by `FOR SHARE` or `FOR UPDATE` in key order. As everyone locks in one order,
//! nobody waits in a circle.

pub(crate) mod bell;
mod chain;
mod connect;
mod convert;

use crate::changes::{Changes, CommitError, Committed, Write, next_version};
use crate::limits::{POSTGRES_CONNECTIONS_MAX, POSTGRES_WAIT_MAX};
use crate::record::{Error, Key, Row};
use crate::statement::{Statement, Value};
use crate::view::{View, Want};
use aws_lc_rs::digest::{SHA256, digest};
use convert::{is_broken, unknown_at_commit, value};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{PgConnection, Row as _, Transaction};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// The schema's steps, numbered as SQLite's are.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/postgres/0001_first.sql"),
    include_str!("../migrations/postgres/0002_identity.sql"),
    include_str!("../migrations/postgres/0003_apps.sql"),
    include_str!("../migrations/postgres/0004_issuers.sql"),
    include_str!("../migrations/postgres/0005_audit.sql"),
    include_str!("../migrations/postgres/0006_webhooks.sql"),
    include_str!("../migrations/postgres/0007_secrets.sql"),
    include_str!("../migrations/postgres/0008_relying_parties.sql"),
    include_str!("../migrations/postgres/0009_objects.sql"),
    include_str!("../migrations/postgres/0010_proxies.sql"),
    include_str!("../migrations/postgres/0011_versions.sql"),
    include_str!("../migrations/postgres/0012_hosts_and_departures.sql"),
    include_str!("../migrations/postgres/0013_revocations.sql"),
    include_str!("../migrations/postgres/0014_refused_statuses.sql"),
    include_str!("../migrations/postgres/0015_by_connection.sql"),
];

/// Two servers that start at once bring the schema up to date one after the other.
const LOCK_SCHEMA: &str = "SELECT pg_advisory_xact_lock(4839201117)";

/// Takes `s` (shared) or `x` (exclusive) and a number, comma-separated, in the order given.
const LOCK_KEYS: &str = "SELECT CASE WHEN left(k, 1) = 's' \
     THEN pg_advisory_xact_lock_shared(substr(k, 2)::bigint)::text \
     ELSE pg_advisory_xact_lock(substr(k, 2)::bigint)::text END \
     FROM unnest(string_to_array(?, ',')) AS k";

/// A database on a PostgreSQL server.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        let options = connect::reached(url).await?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS_MAX)
            .acquire_timeout(POSTGRES_WAIT_MAX)
            // A dead connection shows at its first statement; asking before each costs a trip.
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        let postgres = Self { pool };
        postgres.migrate().await?;
        Ok(postgres)
    }

    /// Both ends of the bell between the servers of this database.
    pub(crate) async fn bell(&self) -> Result<(bell::Ringer, bell::Hearing), Error> {
        bell::open(&self.pool).await
    }

    async fn migrate(&self) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        let connection = &mut *transaction;
        sqlx::raw_sql(LOCK_SCHEMA).execute(&mut *connection).await?;
        let table = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
        sqlx::raw_sql(table).execute(&mut *connection).await?;
        let sql = "SELECT COALESCE(MAX(version), 0) FROM schema_version";
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(Error::Newer { found, known });
        }
        for (step, sql) in MIGRATIONS.iter().copied().enumerate().skip(found as usize) {
            sqlx::raw_sql(sql).execute(&mut *connection).await?;
            let sql = "INSERT INTO schema_version (version) VALUES ($1)";
            sqlx::query(sql).bind(step as i64 + 1).execute(&mut *connection).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Begins a transaction on a connection that answers. After a restart of the server each
    /// connection of the pool is dead once, and the pool drops it when it shows.
    async fn begin(&self) -> Result<Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        for _ in 0..POSTGRES_CONNECTIONS_MAX {
            match self.pool.begin().await {
                Err(why) if is_broken(&why) => tracing::debug!(%why, "a dead connection"),
                begun => return begun,
            }
        }
        self.pool.begin().await
    }

    /// Loads what is wanted. A read that a dead connection swallowed is read again.
    pub(crate) async fn load(&self, wants: &[Want], into: &mut View) -> Result<(), Error> {
        let mut read = self.read(wants).await;
        for _ in 0..POSTGRES_CONNECTIONS_MAX {
            match &read {
                Err(why) if is_broken(why) => read = self.read(wants).await,
                _ => break,
            }
        }
        for (want, found) in wants.iter().zip(read?) {
            let table = want.table();
            let rows = values(&found)?.into_iter();
            let rows = rows.map(|values| Row::of(table, values)?.decode(table));
            into.take(want, rows.collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    async fn read(&self, wants: &[Want]) -> Result<Vec<Vec<PgRow>>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let mut found = Vec::with_capacity(wants.len());
        for want in wants {
            let statement = want.statement();
            let query = bound(numbered(statement.sql, ""), &statement.binds);
            found.push(query.fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }

    /// Runs statements in one transaction and gives what each returns.
    pub(crate) async fn run(
        &self,
        statements: &[Statement],
    ) -> Result<Vec<Vec<Vec<Value>>>, Error> {
        let mut transaction = self.begin().await?;
        let mut found = Vec::with_capacity(statements.len());
        for statement in statements {
            found.push(select(&mut transaction, statement).await?);
        }
        transaction.commit().await?;
        Ok(found)
    }

    /// Commits one decision.
    pub(crate) async fn commit(&self, changes: Changes) -> Result<Committed, CommitError> {
        let mut transaction = self.begin().await?;
        let connection = &mut *transaction;
        if let Some((key, at)) = &changes.key {
            let sql = "INSERT INTO commits (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING";
            let binds = [Value::from(key), Value::Int(at.0)];
            if execute(connection, sql, "", &binds).await? == 0 {
                return Ok(Committed { effects: changes.effects, repeated: true });
            }
        }
        lock_absent(connection, &changes).await?;
        for (key, version) in &changes.reads {
            let writes = changes.writes.contains_key(key);
            if version_locked(connection, key, *version, writes).await? != *version {
                return Err(CommitError::Stale);
            }
        }
        for (key, change) in &changes.writes {
            let seen = changes.reads.get(key).copied().unwrap_or(0);
            write(connection, key, seen, change).await?;
        }
        chain::seal(connection, changes.audited().cloned().collect()).await?;
        transaction.commit().await.map_err(|why| unknown_at_commit(&why))?;
        Ok(Committed { effects: changes.effects, repeated: false })
    }
}

/// Locks what is not there, and what is about to be: rows that do not exist cannot be locked.
async fn lock_absent(connection: &mut PgConnection, changes: &Changes) -> Result<(), CommitError> {
    let absent = changes.reads.iter().filter(|(_, version)| **version == 0).map(|(key, _)| key);
    let new = changes.writes.iter().filter(|(key, write)| {
        let seen = changes.reads.get(key).is_some_and(|version| *version > 0);
        !seen && !matches!(write, Write::Delete)
    });
    let mut locks: BTreeMap<i64, char> = absent.map(|key| (lock_number(key), 's')).collect();
    locks.extend(new.map(|(key, _)| (lock_number(key), 'x')));
    if locks.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = locks.iter().map(|(number, kind)| format!("{kind}{number}")).collect();
    let binds = vec![Value::Text(list.join(","))];
    select(connection, &Statement { sql: LOCK_KEYS, binds }).await?;
    Ok(())
}

/// Two keys with one number only wait for each other needlessly. The number must be the same on
/// every server of the database, whatever it was compiled with.
fn lock_number(key: &Key) -> i64 {
    let text = format!("{} {:?}", key.table.name, key.values);
    let mut number = [0; 8];
    number.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..8]);
    i64::from_be_bytes(number)
}

async fn version_locked(
    connection: &mut PgConnection,
    key: &Key,
    seen: i64,
    writes: bool,
) -> Result<i64, CommitError> {
    let lock = match (seen, writes) {
        (0, _) => "",
        (_, true) => " FOR UPDATE",
        (_, false) => " FOR SHARE",
    };
    let sql = numbered(key.table.check, lock);
    let found = bound(sql, &key.values).fetch_optional(connection).await?;
    Ok(found.map_or(Ok(0), |row| row.try_get(0))?)
}

async fn write(
    connection: &mut PgConnection,
    key: &Key,
    seen: i64,
    write: &Write,
) -> Result<(), CommitError> {
    let (columns, doc) = match write {
        Write::Put { columns, doc } | Write::Insert { columns, doc } => (columns, doc),
        Write::Delete => {
            return execute(connection, key.table.delete, "", &key.values).await.map(drop);
        }
    };
    let doc_value = Value::Text(doc.clone());
    let version = Value::Int(next_version(seen, columns, doc));
    if seen == 0 {
        let binds = [&version].into_iter().chain(&key.values).chain(columns).chain([&doc_value]);
        execute(connection, key.table.insert, "", binds).await.map(drop)
    } else {
        let binds = [&version].into_iter().chain(columns).chain([&doc_value]).chain(&key.values);
        execute(connection, key.table.update, "", binds).await.map(drop)
    }
}

async fn execute<'a>(
    connection: &mut PgConnection,
    sql: &'static str,
    suffix: &'static str,
    binds: impl IntoIterator<Item = &'a Value>,
) -> Result<u64, CommitError> {
    Ok(bound(numbered(sql, suffix), binds).execute(connection).await?.rows_affected())
}

async fn select(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Vec<Vec<Value>>, Error> {
    let query = bound(numbered(statement.sql, ""), &statement.binds);
    values(&query.fetch_all(connection).await?)
}

fn values(rows: &[PgRow]) -> Result<Vec<Vec<Value>>, Error> {
    rows.iter().map(|row| (0..row.len()).map(|column| value(row, column)).collect()).collect()
}

fn bound<'a>(
    sql: &'static str,
    binds: impl IntoIterator<Item = &'a Value>,
) -> sqlx::query::Query<'a, sqlx::Postgres, sqlx::postgres::PgArguments> {
    binds.into_iter().fold(sqlx::query(sql), |query, value| query.bind(value))
}

/// The text with `$1, $2, …` for its `?`s, and the suffix. Each is made once and kept for the
/// process's life: statements are constants, so there is a fixed number of them.
fn numbered(sql: &'static str, suffix: &'static str) -> &'static str {
    static MADE: Mutex<Option<HashMap<(&str, &str), &'static str>>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = made.get_or_insert_default();
    made.entry((sql, suffix)).or_insert_with(|| {
        let mut parts = sql.split('?');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (number, part) in parts.enumerate() {
            text += &format!("${}{part}", number + 1);
        }
        Box::leak((text + suffix).into_boxed_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered() {
        assert_eq!(numbered("a = ? AND b = ?", " FOR SHARE"), "a = $1 AND b = $2 FOR SHARE");
        assert_eq!(numbered("SELECT 1", ""), "SELECT 1");
    }
}

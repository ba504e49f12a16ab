//! The audit log's chains on PostgreSQL: a commit takes one that no other commit is adding to.
//!
//! A chain is taken last, after every row that a decision locks, and while it is held nothing else
//! is waited for: so nobody waits in a circle.

use super::{select, write};
use crate::audit::{FIRST_CHAIN, LAST_CHAIN, SealRow, sealed};
use crate::changes::CommitError;
use crate::record::{Error, Record, Row};
use crate::statement::{Statement, Value};
use identity::audit::Entry;
use sqlx::PgConnection;

/// The numbers of the locks: this one and the next ones, one a chain.
const LOCKS: i64 = 4_839_201_200;
const TRY: &str = "SELECT CASE WHEN pg_try_advisory_xact_lock(?) THEN 1::bigint ELSE 0::bigint END";
const WAIT: &str = "SELECT pg_advisory_xact_lock(?)::text";

/// Adds a decision's entries to a chain: one group, one seal.
pub(super) async fn seal(
    connection: &mut PgConnection,
    entries: Vec<Entry>,
) -> Result<(), CommitError> {
    if entries.is_empty() {
        return Ok(());
    }
    let chain = take(connection).await?;
    let newest = newest(connection, chain).await?;
    for (key, change) in sealed(chain, newest.as_ref(), entries) {
        write(connection, &key, 0, &change).await?;
    }
    Ok(())
}

/// A free chain, else the first one once it is free; held until the transaction ends.
async fn take(connection: &mut PgConnection) -> Result<i64, Error> {
    let lock = |sql, chain: i64| Statement { sql, binds: vec![Value::Int(LOCKS + chain)] };
    for chain in FIRST_CHAIN..=LAST_CHAIN {
        let taken = select(connection, &lock(TRY, chain)).await?;
        if taken == [[Value::Int(1)]] {
            return Ok(chain);
        }
    }
    select(connection, &lock(WAIT, FIRST_CHAIN)).await?;
    Ok(FIRST_CHAIN)
}

/// Read after the lock, so that what the commit before wrote is seen.
async fn newest(connection: &mut PgConnection, chain: i64) -> Result<Option<SealRow>, Error> {
    let found = select(connection, &SealRow::newest(chain).statement).await?;
    let row = found.into_iter().next().map(|values| Row::of(SealRow::TABLE, values));
    row.transpose()?.map(SealRow::from_row).transpose()
}

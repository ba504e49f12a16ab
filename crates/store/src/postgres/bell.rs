//! The bell between servers of one database: LISTEN and NOTIFY. A ring may get lost; whoever waits
//! for one also looks by himself now and then.

use crate::record::Error;
use sqlx::postgres::{PgListener, PgPool};

/// The channel that all servers of a database listen on.
const CHANNEL: &str = "towpath";

/// Tells the other servers that something was committed.
#[derive(Clone, Debug)]
pub struct Ringer {
    pool: PgPool,
}

/// Hears what other servers commit.
#[derive(Debug)]
pub struct Hearing {
    listener: PgListener,
}

/// Both ends of the bell of the database that a pool leads to.
pub(super) async fn open(pool: &PgPool) -> Result<(Ringer, Hearing), Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok((Ringer { pool: pool.clone() }, Hearing { listener }))
}

impl Ringer {
    /// Rings, in the name of `holder`.
    ///
    /// Never within the transaction that it tells of: PostgreSQL lets only one transaction with a
    /// notification commit at a time.
    pub async fn ring(&self, holder: &str) -> Result<(), Error> {
        let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(holder);
        Ok(notify.execute(&self.pool).await.map(drop)?)
    }
}

impl Hearing {
    /// Waits until somebody rings; gives who it was, or `None` where the connection was lost
    /// meanwhile, and rings with it. It is made again by the next call.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let heard = self.listener.try_recv().await?;
        Ok(heard.map(|ring| ring.payload().to_owned()))
    }
}

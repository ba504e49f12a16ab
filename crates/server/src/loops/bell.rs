//! Rings for the other servers on one database, and hears them: a page on this server then follows
//! what another commits, and a line that another changed is looked at here.

use std::sync::Arc;

use store::{Hearing, Ringer};
use tokio::sync::Notify;

use crate::limits::{RING_PAUSE, WAIT_MAX};
use crate::shared::Shared;

/// Starts both ends; nothing where this server is alone on its database. `committed` is notified
/// by each of this server's own commits.
///
/// # Errors
/// The database does not answer.
pub async fn start(shared: &Arc<Shared>, committed: Arc<Notify>) -> anyhow::Result<()> {
    if let Some((ringer, hearing)) = shared.desk.store.bell().await? {
        tokio::spawn(ring(shared.clone(), ringer, committed));
        tokio::spawn(hear(shared.clone(), hearing));
    }
    Ok(())
}

/// Rings after a commit. Those that come during the pause after it share the next ring.
async fn ring(shared: Arc<Shared>, ringer: Ringer, committed: Arc<Notify>) {
    loop {
        tokio::select! {
            () = committed.notified() => {}
            () = shared.stop.cancelled() => return,
        }
        if let Err(cause) = ringer.ring(shared.desk.holder.as_str()).await {
            tracing::debug!(%cause, "other servers were not told of a commit");
        }
        tokio::time::sleep(RING_PAUSE).await;
    }
}

/// Passes on what others ring; what this server rang, it knows.
async fn hear(shared: Arc<Shared>, mut hearing: Hearing) {
    loop {
        let heard = tokio::select! {
            heard = hearing.next() => heard,
            () = shared.stop.cancelled() => return,
        };
        match heard {
            Ok(Some(holder)) if holder == shared.desk.holder.as_str() => continue,
            Ok(_) => shared.changed.send_modify(|count| *count += 1),
            Err(cause) => {
                tracing::warn!(%cause, "what other servers commit is not heard for a while");
                tokio::time::sleep(WAIT_MAX).await;
            }
        }
    }
}

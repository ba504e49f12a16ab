//! Seals anew what an older sealing key sealed: once after the start, and whenever there is a new key.

use std::sync::Arc;

use anyhow::Result;

use crate::first_start::reseal_page_key;
use crate::shared::Shared;

/// Starts the loop.
pub fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        loop {
            if let Err(cause) = reseal(&shared).await {
                tracing::error!(%cause, "what an older key sealed was not all sealed anew; the next start goes on");
            }
            tokio::select! {
                () = shared.resealing.notified() => {}
                () = shared.stop.cancelled() => return,
            }
        }
    });
}

async fn reseal(shared: &Shared) -> Result<()> {
    let mut rows = usize::from(reseal_page_key(&shared.desk.store, &shared.vault).await?);
    loop {
        let done = shared.desk.store.reseal(&shared.vault).await?;
        rows += done.rows;
        shared.changed.send_modify(|count| *count += 1);
        if done.rows == 0 {
            if rows > 0 {
                tracing::info!(rows, "what an older key sealed is sealed with the newest one");
            }
            if done.broken > 0 {
                tracing::error!(rows = done.broken, "rows that no key of the file opens");
            }
            return Ok(());
        }
        if shared.stop.is_cancelled() {
            return Ok(());
        }
    }
}

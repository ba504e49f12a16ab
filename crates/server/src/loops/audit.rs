//! Signs where the audit log stands, with a key that the database does not hold: once a minute where
//! it has grown. A server signs the chains of all servers of its store.

use std::sync::Arc;

use identity::audit::Head;
use store::{Changes, HeadsRow};

use crate::limits::AUDIT_SIGN_PERIOD;
use crate::shared::Shared;

/// Starts the loop: once after the start, then once a period.
pub fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut period = tokio::time::interval(AUDIT_SIGN_PERIOD);
        let mut signed = Vec::new();
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            match grown(&shared, &signed).await {
                Ok(heads) => signed = heads.unwrap_or(signed),
                Err(cause) => {
                    tracing::error!(%cause, "the audit log was not signed; it is tried again")
                }
            }
        }
    });
}

/// Signs the heads unless they are those that were signed last.
async fn grown(shared: &Shared, signed: &[Head]) -> anyhow::Result<Option<Vec<Head>>> {
    let heads = shared.desk.store.audit_heads().await?;
    if heads == signed {
        return Ok(None);
    }
    sign(shared, heads.clone()).await?;
    Ok(Some(heads))
}

/// Signs where the log stands now.
///
/// # Errors
/// The store does not answer.
pub async fn sign(shared: &Shared, heads: Vec<Head>) -> anyhow::Result<()> {
    let (at, holder) = (shared.now(), shared.desk.holder.clone());
    let signature = shared.vault.sign(&HeadsRow::signed_text(at, &heads));
    let mut changes = Changes::of_loop();
    changes.insert(HeadsRow { at, holder, heads, signature });
    shared.desk.store.commit(changes).await?;
    Ok(())
}

//! Has the next keys made in good time, so that they are published before they sign.

use std::sync::Arc;

use store::IssuerRow;

use crate::issuers;
use crate::limits::{ISSUERS_AT_ONCE_MAX, ISSUERS_PERIOD};
use crate::shared::Shared;

/// Starts the loop. An issuer that nobody asked for yet has no keys, and is left alone.
pub fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut period = tokio::time::interval(ISSUERS_PERIOD);
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            if let Err(cause) = look(&shared).await {
                tracing::error!(cause = %format!("{cause:#}"), "keys that are due could not be made; trying again");
            }
        }
    });
}

async fn look(shared: &Shared) -> anyhow::Result<()> {
    let due = IssuerRow::due_until(shared.now(), ISSUERS_AT_ONCE_MAX);
    for row in shared.desk.store.list::<IssuerRow>(due).await? {
        issuers::keys(shared, &row.account).await?;
    }
    Ok(())
}

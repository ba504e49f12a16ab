//! Has tokens renewed before they end, and waits for it where a forge did not take one.

use std::sync::Arc;

use domain::Timestamp;
use operations::tokens::{Prospect, WantNewer, renewal_due};
use store::TokenRow;

use crate::limits::{RENEWAL_WAIT_MAX, TOKENS_AT_ONCE_MAX, TOKENS_PERIOD};
use crate::shared::Shared;

/// Starts the loop.
pub fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut changed = shared.changed.subscribe();
        let mut soonest = look(&shared).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep(TOKENS_PERIOD) => {}
                // A stepped clock rings; on a busy server this is one comparison.
                _ = changed.changed() => if soonest.is_none_or(|at| shared.now() < at) { continue },
                () = shared.stop.cancelled() => return,
            }
            soonest = look(&shared).await;
        }
    });
}

/// Asks for what is due; gives when the next is.
async fn look(shared: &Shared) -> Option<Timestamp> {
    let (now, reach) = (shared.now(), operations::limits::RENEWAL_SECONDS);
    let ending = TokenRow::expiring(now.plus_seconds(10 * reach), TOKENS_AT_ONCE_MAX);
    let rows = shared.desk.store.list::<TokenRow>(ending).await.unwrap_or_default();
    let due = rows.into_iter().filter_map(|row| renewal_due(&row).map(|at| (at, row)));
    let (due, later): (Vec<_>, Vec<_>) = due.partition(|(at, _)| *at <= now);
    for (_, row) in due {
        want_newer(shared, &row).await;
    }
    later.into_iter().map(|(at, _)| at).min()
}

async fn want_newer(shared: &Shared, row: &TokenRow) {
    let (account, connection) = (row.account.clone(), row.connection.clone());
    let want = WantNewer { account, connection, generation: row.generation };
    if let Err(cause) = shared.desk.take(&want, shared.now()).await {
        tracing::error!(connection = %row.connection, %cause, "a token could not be asked for");
    }
}

/// Waits for a newer token than one that the forge did not take.
pub async fn newer(shared: &Shared, want: &WantNewer) -> Prospect {
    let mut changed = shared.changed.subscribe();
    let waiting = async {
        loop {
            changed.mark_unchanged();
            match shared.desk.take(want, shared.now()).await {
                Ok(Prospect::UnderWay) | Err(_) => {}
                Ok(settled) => return settled,
            }
            if changed.changed().await.is_err() {
                return Prospect::UnderWay;
            }
        }
    };
    tokio::time::timeout(RENEWAL_WAIT_MAX, waiting).await.unwrap_or(Prospect::UnderWay)
}

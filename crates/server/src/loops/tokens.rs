//! Has tokens renewed before they end, and waits for it where a forge did not take one.

use std::sync::Arc;

use domain::{AccountId, ConnectionArn, Timestamp};
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

/// Asks for what is due; gives when the next is. Page by page: what is due and is not had, because
/// its forge does not answer, must not keep what ends later from its turn.
async fn look(shared: &Shared) -> Option<Timestamp> {
    let (mut last, mut soonest) = (None, None);
    loop {
        let rows = ending(shared, last.as_ref()).await;
        let is_whole = rows.len() < TOKENS_AT_ONCE_MAX as usize;
        last = rows.last().cloned();
        for row in rows {
            match renewal_due(&row) {
                Some(at) if at <= shared.now() => want_newer(shared, &row).await,
                Some(at) => soonest = Some(soonest.map_or(at, |it: Timestamp| it.min(at))),
                None => {}
            }
        }
        if is_whole {
            return soonest;
        }
    }
}

/// The tokens that end before long, those after `last`.
async fn ending(shared: &Shared, last: Option<&TokenRow>) -> Vec<TokenRow> {
    let before = shared.now().plus_seconds(10 * operations::limits::RENEWAL_SECONDS);
    let first = (Timestamp(i64::MIN), AccountId::default(), ConnectionArn::default());
    let after = last.map(|it| (it.expires, it.account.clone(), it.connection.clone()));
    let (after, account, connection) =
        after.map_or(first, |(end, account, arn)| (end.unwrap_or_default(), account, arn));
    let page = TokenRow::expiring(before, after, &account, &connection, TOKENS_AT_ONCE_MAX);
    shared.desk.store.list::<TokenRow>(page).await.unwrap_or_default()
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

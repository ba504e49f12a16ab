//! Wakes lines whose time has come: expired approvals, performers that stayed silent too long.

use std::sync::Arc;
use std::time::Duration;

use operations::time::Wake;
use store::LineRow;

use crate::limits::{LINES_AT_ONCE_MAX, WAIT_MAX};
use crate::shared::Shared;

/// Starts the loop. It sleeps until the soonest line is due, or until a commit may have changed
/// which one that is.
pub fn start(shared: &Arc<Shared>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut changed = shared.changed.subscribe();
        loop {
            wake(&shared).await;
            let pause = pause(&shared).await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = changed.changed() => tokio::time::sleep(Duration::from_millis(50)).await,
                () = shared.stop.cancelled() => return,
            }
        }
    });
}

async fn wake(shared: &Shared) {
    let due =
        shared.desk.store.list::<LineRow>(LineRow::due(shared.now(), LINES_AT_ONCE_MAX)).await;
    for row in due.unwrap_or_default() {
        let nonce = shared.event_nonce();
        let turn = Wake { account: row.account, pipeline: row.pipeline, nonce };
        if let Err(cause) = shared.desk.take(&turn, shared.now()).await {
            tracing::error!(%cause, "a line whose time had come could not be decided");
        }
    }
}

async fn pause(shared: &Shared) -> Duration {
    let soonest = shared.desk.store.list::<LineRow>(LineRow::soonest(1)).await.unwrap_or_default();
    let until = soonest.first().and_then(|row| row.wake_at);
    let millis = until.map_or(WAIT_MAX.as_millis() as i64, |at| at.millis_since(shared.now()));
    Duration::from_millis(millis.max(1) as u64).min(WAIT_MAX)
}

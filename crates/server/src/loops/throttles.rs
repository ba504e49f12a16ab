//! Writes down which forges are left alone for a while, so that people are told.

use std::sync::Arc;

use effects::Throttled;
use tokio::sync::mpsc;

use crate::shared::Shared;

/// Starts the loop.
pub fn start(shared: &Arc<Shared>, mut told: mpsc::UnboundedReceiver<Throttled>) {
    let shared = shared.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(told) = told.recv() => write(&shared, told).await,
                () = shared.stop.cancelled() => return,
            }
        }
    });
}

async fn write(shared: &Shared, told: Throttled) {
    let Throttled { account, connection, host, until, why } = told;
    let throttle = store::Throttle { host, until, why };
    let turn = operations::throttles::Throttled { account, connection, throttle };
    if let Err(cause) = shared.desk.take(&turn, shared.now()).await {
        tracing::error!(%cause, "a throttled forge could not be written down");
    }
}

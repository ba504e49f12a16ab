//! Writes down which connections' Apps are given no tokens any more, so that people are told.

use std::sync::Arc;

use effects::Stopped;
use tokio::sync::mpsc;

use crate::shared::Shared;

/// Starts the loop.
pub fn start(shared: &Arc<Shared>, mut told: mpsc::UnboundedReceiver<Stopped>) {
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

async fn write(shared: &Shared, told: Stopped) {
    let Stopped { account, connection, halted, asked } = told;
    let turn = operations::installations::Stopped { account, connection, halted, asked };
    if let Err(cause) = shared.desk.take(&turn, shared.now()).await {
        tracing::error!(%cause, "what an App's installation said could not be written down");
    }
}

//! Deletes what nobody keeps any more: rows first, then the bytes that only they named.

use std::sync::Arc;

use store::Retention;

use crate::limits::SWEEP_PERIOD;
use crate::shared::Shared;

/// Starts the loop: once after the start, then once a period.
pub fn start(shared: &Arc<Shared>, mirrors: forges::Mirrors) {
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut period = tokio::time::interval(SWEEP_PERIOD);
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            if let Err(cause) = sweep(&shared, &mirrors).await {
                tracing::error!(%cause, "the sweep ended early; the next one goes on");
            }
        }
    });
}

async fn sweep(shared: &Shared, mirrors: &forges::Mirrors) -> anyhow::Result<()> {
    let (retention, at) = (Retention::default(), shared.now());
    loop {
        let swept = shared.desk.store.sweep(&retention, at).await?;
        for artifact in &swept.artifacts {
            if !shared.desk.store.names_artifact(artifact).await? {
                shared.blobs.delete(&artifact.digest)?;
            }
        }
        for attempt in &swept.logs {
            shared.blobs.delete_log(&engine::action_execution_id(attempt))?;
        }
        if !swept.more {
            break;
        }
    }
    let days = retention.mirrors_days;
    mirrors.sweep(at.plus_seconds(-days * 86_400)).await?;
    Ok(())
}

//! Deletes what nobody keeps any more: rows first, then the bytes that only they named.

use std::sync::Arc;

use blobs::{LOCAL, Stored};
use domain::{ArtifactRef, Timestamp};

use crate::limits::{ARTIFACT_YOUNG_SECONDS, SWEEP_PERIOD};
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
    let (retention, at) = (shared.config.retention, shared.now());
    loop {
        let swept = shared.desk.store.sweep(&retention, at).await?;
        for attempt in &swept.logs {
            shared.blobs.delete_log(&engine::action_execution_id(attempt))?;
        }
        if !swept.more {
            break;
        }
    }
    super::audit::sweep(shared, at.plus_seconds(-retention.audit_days * 86_400)).await?;
    sweep_artifacts(shared, at).await?;
    let days = retention.mirrors_days;
    mirrors.sweep(at.plus_seconds(-days * 86_400)).await?;
    Ok(())
}

/// Looks through the artifacts that are there for those that no row names: their rows were swept, or
/// a crash came before the commit. A young one's commit may be on its way, and a job's working copy
/// is named by nobody else.
///
/// # Errors
/// The store or the disk does not answer.
pub async fn sweep_artifacts(shared: &Shared, at: Timestamp) -> anyhow::Result<()> {
    let blobs = shared.blobs.clone();
    let stored = tokio::task::spawn_blocking(move || blobs.list()).await??;
    let young = at.plus_seconds(-ARTIFACT_YOUNG_SECONDS);
    for Stored { digest, size, .. } in stored.into_iter().filter(|it| it.kept_at < young) {
        let artifact = ArtifactRef { digest, size, store: LOCAL.to_owned() };
        let is_needed = shared.needed.has(&artifact.digest);
        if !is_needed && !shared.desk.store.names_artifact(&artifact).await? {
            shared.blobs.delete(&artifact.digest)?;
        }
    }
    Ok(())
}

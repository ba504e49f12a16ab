//! Finds pushes that no delivery told of, and hooks that a forge has lost: at the start, because
//! forges do not deliver again what a stopped server missed, and then once a period.

use std::sync::Arc;
use std::time::Duration;

use domain::PipelineName;
use domain::connection::HookState;
use domain::forge_event::{ChangedFiles, FilesUnknown, GitRef, RefTarget};
use effects::Performer;
use operations::hooks::HookMissing;
use operations::reconcile::{Found, Outcome};
use operations::turn::Failure;
use store::{AccountRow, ConnectionRow, HookRow};

use crate::limits::{HOOKS_LOOKED_AT_MAX, RECONCILE_DELAY};
use crate::shared::Shared;

/// Starts the loop, where `reconcile.seconds` says how often. What is already in the inbox gets a head start.
pub fn start(shared: &Arc<Shared>, performer: Performer) {
    let period = Duration::from_secs(shared.config.reconcile_seconds);
    if period.is_zero() {
        return;
    }
    let shared = shared.clone();
    tokio::spawn(async move {
        let first = tokio::time::Instant::now() + RECONCILE_DELAY;
        let mut period = tokio::time::interval_at(first, period);
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            if let Err(cause) = look(&shared, &performer).await {
                tracing::warn!(%cause, "not every repository could be compared with what is known of it");
            }
        }
    });
}

async fn look(shared: &Shared, performer: &Performer) -> anyhow::Result<()> {
    let store = &shared.desk.store;
    for account in store.list::<AccountRow>(AccountRow::all(HOOKS_LOOKED_AT_MAX)).await? {
        let connections = ConnectionRow::of_account(&account.account, "", HOOKS_LOOKED_AT_MAX);
        for connection in store.list::<ConnectionRow>(connections).await? {
            let hooks =
                HookRow::of_connection(&account.account, &connection.arn, HOOKS_LOOKED_AT_MAX);
            let hooks = store.list::<HookRow>(hooks).await?;
            for hook in &hooks {
                if matches!(hook.state, HookState::Registered | HookState::Failed) {
                    mend(shared, performer, hook).await;
                }
                if hook.state == HookState::Registered {
                    compare(shared, performer, hook).await;
                }
            }
        }
    }
    Ok(())
}

/// A hook that somebody removed, or that the forge gave up, is registered again.
async fn mend(shared: &Shared, performer: &Performer, hook: &HookRow) {
    match performer.hook_stands(hook).await {
        Ok(true) => return,
        Ok(false) => {
            tracing::info!(repository = %hook.repository, "the forge has lost its hook, or holds it back")
        }
        Err(cause) => {
            return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "hook not looked at");
        }
    }
    let missing = HookMissing { hook: hook.id.clone(), occasion: shared.entropy.uuid() };
    if let Err(cause) = shared.desk.take(&missing, shared.now()).await {
        tracing::error!(%cause, "a lost hook could not be asked for again");
    }
}

/// One repository that does not answer does not hold up the others.
async fn compare(shared: &Shared, performer: &Performer, hook: &HookRow) {
    let moved = match performer.moved_heads(hook).await {
        Ok(moved) => moved,
        Err(cause) => {
            return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "heads not compared");
        }
    };
    for (git_ref, target) in moved {
        let full = git_ref.full();
        match decide(shared, performer, hook, git_ref, target).await {
            Ok(started) => {
                tracing::info!(repository = %hook.repository, r#ref = full, ?started, "a push that no delivery told of")
            }
            Err(cause) => tracing::error!(%cause, "a found push could not be decided"),
        }
    }
}

/// Decides one find; where a filter has to know which files changed, git is asked and it is decided
/// again.
async fn decide(
    shared: &Shared,
    performer: &Performer,
    hook: &HookRow,
    git_ref: GitRef,
    target: RefTarget,
) -> Result<Vec<PipelineName>, Failure> {
    let (nonce, files) = (shared.event_nonce(), None);
    let mut turn = Found { hook: hook.id.clone(), git_ref, target, files, nonce };
    loop {
        match shared.desk.take(&turn, shared.now()).await? {
            Outcome::Started(pipelines) => return Ok(pipelines),
            Outcome::NeedsFiles(since) => {
                let (HookRow { account, connection, repository, .. }, commit) =
                    (hook, &turn.target.commit);
                let asked =
                    performer.changed_files(account, connection, repository, commit, &since).await;
                let silent = |cause: anyhow::Error| {
                    ChangedFiles::Unknown(FilesUnknown::NotTold { why: format!("{cause:#}") })
                };
                turn.files = Some(asked.unwrap_or_else(silent));
            }
        }
    }
}

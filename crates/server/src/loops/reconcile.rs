//! Finds pushes that no delivery told of: at the start, because forges do not deliver again what a
//! stopped server missed, and then once a period.

use std::sync::Arc;
use std::time::Duration;

use domain::connection::HookState;
use effects::Performer;
use operations::reconcile::Found;
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
            for hook in hooks.iter().filter(|hook| hook.state == HookState::Registered) {
                compare(shared, performer, hook).await;
            }
        }
    }
    Ok(())
}

/// One repository that does not answer does not hold up the others.
async fn compare(shared: &Shared, performer: &Performer, hook: &HookRow) {
    let moved = match performer.moved_heads(hook).await {
        Ok(moved) => moved,
        Err(cause) => {
            return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "heads not compared");
        }
    };
    for ref_moved in moved {
        let nonce = shared.event_nonce();
        let (git_ref, points_at, commit) =
            (ref_moved.git_ref, ref_moved.points_at, ref_moved.commit);
        let full = git_ref.full();
        let turn = Found { hook: hook.id.clone(), git_ref, points_at, commit, nonce };
        match shared.desk.take(&turn, shared.now()).await {
            Ok(started) => {
                tracing::info!(repository = %hook.repository, r#ref = full, ?started, "a push that no delivery told of")
            }
            Err(cause) => tracing::error!(%cause, "a found push could not be decided"),
        }
    }
}

//! What a server does before anything else: it takes over what the one before it held.
//!
//! Who gets the lock of a data folder knows that the server before is dead. What can be repeated
//! without harm is performed again; a command that died with its process is lost, and the engine
//! starts the next attempt.

use std::sync::Arc;

use engine::{Effect, EventKind};
use operations::attempts::{Report, TakeOver};
use store::{AttemptRow, Changes, EffectRow, Store, View, Want};

use crate::limits::EFFECTS_AT_ONCE_MAX;
use crate::shared::Shared;

/// Takes over everything that other holders of this store hold, and hands it to this process'
/// performers.
///
/// # Errors
/// The store does not answer.
pub async fn take_over(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let holder = &shared.desk.holder;
    loop {
        let rows = shared
            .desk
            .store
            .list::<EffectRow>(EffectRow::not_of(holder, EFFECTS_AT_ONCE_MAX))
            .await?;
        let Some(first) = rows.first() else { return Ok(()) };
        tracing::info!(effects = rows.len(), from = %first.holder, "taking over");
        for row in rows {
            resume(shared, row).await?;
        }
    }
}

async fn resume(shared: &Shared, row: EffectRow) -> anyhow::Result<()> {
    let held = hold(&shared.desk.store, shared, &row).await?;
    let Effect::StartAction(start) = &row.effect else {
        (shared.desk.hand_over)(vec![held]);
        return Ok(());
    };
    let attempt = start.attempt.clone();
    shared.desk.take(&TakeOver { attempt: attempt.clone() }, shared.now()).await?;
    if is_repeatable(&row.effect) {
        (shared.desk.hand_over)(vec![held]);
        return Ok(());
    }
    let mut nonce = [0; 16];
    shared.entropy.fill(&mut nonce);
    let kind = EventKind::AttemptLost { attempt: attempt.clone() };
    let (effect, epoch) = (Some(row.id), shared.desk.epoch);
    let lost = Report { attempt, kind, effect, artifacts: Vec::new(), epoch, nonce };
    shared.desk.take(&lost, shared.now()).await?;
    Ok(())
}

/// Whether performing it twice does no harm. Commands are the one thing of which nobody knows what
/// they did.
fn is_repeatable(effect: &Effect) -> bool {
    match effect {
        Effect::StartAction(start) => {
            !matches!(start.work.action_type.provider.as_str(), "Commands" | "BitbucketPipelines")
        }
        _ => true,
    }
}

/// Makes an effect this process' own.
async fn hold(store: &Store, shared: &Shared, row: &EffectRow) -> anyhow::Result<EffectRow> {
    let (mut seen, key) = (View::new(), EffectRow::at(&row.account, &row.id));
    store.load(&[Want::Row(key)], &mut seen).await?;
    let (holder, epoch) = (shared.desk.holder.clone(), shared.desk.epoch);
    let held = EffectRow { holder, epoch, ..row.clone() };
    let mut changes = Changes::of_loop();
    changes.put(&seen, held.clone());
    store.commit(changes).await?;
    Ok(held)
}

/// Attempts that are live under another holder without an effect of their own: none, unless a
/// release had an error; they are lost.
///
/// # Errors
/// The store does not answer.
pub async fn lose_orphans(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let query = AttemptRow::live_not_of(&shared.desk.holder, EFFECTS_AT_ONCE_MAX);
    for row in shared.desk.store.list::<AttemptRow>(query).await? {
        if row.doc.token.is_some() {
            // An approval waits for a person; nobody holds it.
            continue;
        }
        let attempt = row.doc.of.clone();
        shared.desk.take(&TakeOver { attempt: attempt.clone() }, shared.now()).await?;
        let mut nonce = [0; 16];
        shared.entropy.fill(&mut nonce);
        let kind = EventKind::AttemptLost { attempt: attempt.clone() };
        let epoch = shared.desk.epoch;
        let lost = Report { attempt, kind, effect: None, artifacts: Vec::new(), epoch, nonce };
        shared.desk.take(&lost, shared.now()).await?;
    }
    Ok(())
}

//! What a server does before anything else: it takes over what the one before it held.
//!
//! Who gets the lock of a data folder knows that the server before is dead. What can be repeated
//! without harm is performed again; a command that died with its process is lost, and the engine
//! starts the next attempt.

use std::sync::Arc;

use domain::{AttemptRef, EffectId, HolderId};
use engine::{Effect, EventKind};
use operations::attempts::{Report, TakeOver};
use store::{AttemptRow, Changes, EffectRow, Query, Store, View, Want};

use crate::limits::EFFECTS_AT_ONCE_MAX;
use crate::shared::Shared;

/// Takes over everything that others hold: who has the lock of the data folder is alone.
///
/// # Errors
/// The store does not answer.
pub async fn take_over_all(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let own = &shared.desk.holder;
    take_over(shared, EffectRow::not_of(own, EFFECTS_AT_ONCE_MAX)).await?;
    lose(shared, AttemptRow::live_not_of(own, EFFECTS_AT_ONCE_MAX)).await
}

/// Takes over everything that a dead server holds.
///
/// # Errors
/// The store does not answer.
pub async fn take_over_from(shared: &Arc<Shared>, dead: &HolderId) -> anyhow::Result<()> {
    take_over(shared, EffectRow::of_holder(dead, EFFECTS_AT_ONCE_MAX)).await?;
    lose(shared, AttemptRow::live_of(dead, EFFECTS_AT_ONCE_MAX)).await
}

/// Hands the effects of a list to this process' performers, until the list is empty.
async fn take_over(shared: &Arc<Shared>, list: Query) -> anyhow::Result<()> {
    loop {
        let rows = shared.desk.store.list::<EffectRow>(list.clone()).await?;
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
    report_lost(shared, attempt, Some(row.id)).await
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
    // Whether the dead one had begun is not known.
    let held = EffectRow { holder, epoch, tries: row.tries + 1, ..row.clone() };
    let mut changes = Changes::of_loop();
    changes.put(&seen, held.clone());
    store.commit(changes).await?;
    Ok(held)
}

/// Attempts that are live without an effect of their own: their performer got so far that the
/// effect was done. Nobody but a person holds an approval; the others are lost.
async fn lose(shared: &Arc<Shared>, list: Query) -> anyhow::Result<()> {
    for row in shared.desk.store.list::<AttemptRow>(list).await? {
        if row.doc.token.is_some() {
            continue;
        }
        let attempt = row.doc.of.clone();
        shared.desk.take(&TakeOver { attempt: attempt.clone() }, shared.now()).await?;
        report_lost(shared, attempt, None).await?;
    }
    Ok(())
}

/// Says that an attempt's performer is gone; the effect that asked for it goes with the answer.
async fn report_lost(
    shared: &Shared,
    attempt: AttemptRef,
    effect: Option<EffectId>,
) -> anyhow::Result<()> {
    let nonce = shared.event_nonce();
    let kind = EventKind::AttemptLost { attempt: attempt.clone() };
    let epoch = shared.desk.epoch;
    let lost = Report { attempt, kind, effect, artifacts: Vec::new(), epoch, nonce };
    shared.desk.take(&lost, shared.now()).await?;
    Ok(())
}

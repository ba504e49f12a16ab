//! Several servers on one PostgreSQL: each shows that it lives, and takes over from those that do
//! not.
//!
//! A server counts up its own row. One whose count stayed the same for a while of *our* monotonic
//! clock is taken for dead: whoever changes its row first holds what it held. No two machines'
//! clocks are ever compared. A server that finds its own row changed by another stops at once: it
//! was taken for dead, and what it does now would be done twice.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::HolderId;
use store::{Changes, CommitError, EffectRow, HolderRow, View, Want};

use super::recovery;
use crate::limits::{BEAT_PERIOD, DEAD_AFTER, EFFECTS_AT_ONCE_MAX, HOLDERS_MAX};
use crate::shared::Shared;

/// Writes this server's row and starts the loop.
///
/// # Errors
/// The store does not answer.
pub async fn start(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let desk = &shared.desk;
    let mut changes = Changes::of_loop();
    changes.insert(HolderRow { id: desk.holder.clone(), epoch: desk.epoch, beat: 1 });
    desk.store.commit(changes).await?;
    let mut seen = HashMap::new();
    turn(shared, &mut seen).await?;
    let shared = shared.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(BEAT_PERIOD) => {}
                () = shared.stop.cancelled() => return,
            }
            match turn(&shared, &mut seen).await {
                Ok(true) => {}
                Ok(false) => return shared.stop.cancel(),
                Err(cause) => tracing::error!(%cause, "the holders could not be looked at"),
            }
        }
    });
    Ok(())
}

/// The count of another server and since when it has stayed the same.
type Seen = HashMap<HolderId, (i64, Instant)>;

/// Beats once and looks at the others; false where this server was taken for dead.
async fn turn(shared: &Arc<Shared>, seen: &mut Seen) -> anyhow::Result<bool> {
    let holders: Vec<HolderRow> = shared.desk.store.list(HolderRow::all(HOLDERS_MAX)).await?;
    if !beat(shared).await? {
        tracing::error!("another server took this one for dead and holds its work; stopping");
        return Ok(false);
    }
    orphans(shared, &holders).await?;
    for other in holders.into_iter().filter(|row| row.id != shared.desk.holder) {
        if is_dead(&other, seen) && bury(shared, &other).await? {
            tracing::warn!(holder = %other.id, "a server is dead; taking over what it held");
            seen.remove(&other.id);
            recovery::take_over_from(shared, &other.id).await?;
        }
    }
    Ok(true)
}

/// Takes over what holders without a row left behind: they stopped in good order, or were buried
/// by a server that died over it.
async fn orphans(shared: &Arc<Shared>, holders: &[HolderRow]) -> anyhow::Result<()> {
    let others = EffectRow::not_of(&shared.desk.holder, EFFECTS_AT_ONCE_MAX);
    let rows: Vec<EffectRow> = shared.desk.store.list(others).await?;
    let left: BTreeSet<HolderId> = rows.into_iter().map(|row| row.holder).collect();
    for gone in left.iter().filter(|id| holders.iter().all(|row| row.id != **id)) {
        recovery::take_over_from(shared, gone).await?;
    }
    Ok(())
}

/// Counts this server's row up; false where it is not there any more.
async fn beat(shared: &Shared) -> anyhow::Result<bool> {
    let (mut view, key) = (View::new(), HolderRow::at(&shared.desk.holder));
    shared.desk.store.load(&[Want::Row(key.clone())], &mut view).await?;
    let Some(row) = view.row::<HolderRow>(key) else { return Ok(false) };
    let mut changes = Changes::of_loop();
    changes.put(&view, HolderRow { beat: row.beat + 1, ..row.clone() });
    match shared.desk.store.commit(changes).await {
        Ok(_) => Ok(true),
        Err(CommitError::Stale) => Ok(false),
        // A database that is busy or away has buried nobody.
        Err(cause) => Err(cause.into()),
    }
}

#[allow(clippy::disallowed_methods, reason = "a process measures how long another was silent")]
fn is_dead(other: &HolderRow, seen: &mut Seen) -> bool {
    let now = Instant::now();
    let entry = seen.entry(other.id.clone()).or_insert((other.beat, now));
    if entry.0 != other.beat {
        *entry = (other.beat, now);
    }
    now.duration_since(entry.1) >= DEAD_AFTER
}

/// Takes a dead server's row away; only one of several that try succeeds.
async fn bury(shared: &Shared, other: &HolderRow) -> anyhow::Result<bool> {
    let (mut view, key) = (View::new(), HolderRow::at(&other.id));
    shared.desk.store.load(&[Want::Row(key.clone())], &mut view).await?;
    let unchanged = view.row::<HolderRow>(key.clone()).is_some_and(|row| row.beat == other.beat);
    let mut changes = Changes::of_loop();
    changes.delete::<HolderRow>(&view, key);
    changes.saw(&view);
    Ok(unchanged && shared.desk.store.commit(changes).await.is_ok())
}

/// Takes this server's own row away at a stop in good order, so that others need not wait.
pub async fn leave(shared: &Shared) {
    let leaving = async {
        let (mut view, key) = (View::new(), HolderRow::at(&shared.desk.holder));
        shared.desk.store.load(&[Want::Row(key.clone())], &mut view).await.ok()?;
        view.row::<HolderRow>(key.clone())?;
        let mut changes = Changes::of_loop();
        changes.delete::<HolderRow>(&view, key);
        shared.desk.store.commit(changes).await.ok()
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), leaving).await;
}

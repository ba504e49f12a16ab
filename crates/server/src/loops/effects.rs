//! Performs what commits ask for, as they ask for it. What the world did not answer is tried again,
//! each time a little later.
//!
//! What becomes of an outcome is in `brought_back.rs`, of an effect that has none in `given_up.rs`, how a
//! job goes to the worker and comes back in `job.rs`.

mod brought_back;
mod given_up;
mod job;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::reason::{FailureCode, Silence};
use domain::{ActionExecutionId, EffectId, HookId, Timestamp};
use effects::{Performed, Performer};
use engine::{AttemptResult, Effect};
use forges::git::GitError;
use operations::service_role::Deed;
use operations::silence::Silent;
use operations::tokens::{Prospect, WantNewer};
use store::EffectRow;
use tokio::sync::mpsc;

use self::job::Job;
use super::tokens;
use crate::jobs::{Order, ServerEnd};
use crate::leave;
use crate::limits::{
    EFFECT_SETTLED_SECONDS, EFFECT_TRIES_MAX, EFFECTS_AT_ONCE_MAX, EFFECTS_NET_PERIOD,
    EFFECTS_OF_A_HOST_MAX, EFFECTS_OF_HOSTS_MAX, EFFECTS_OF_NO_HOST_MAX, STATUS_TRIES_MAX,
};
use crate::places::{Place, Places};
use crate::shared::Shared;

/// The loop's own things.
pub struct Effects {
    shared: Arc<Shared>,
    performer: Performer,
    orders: mpsc::UnboundedSender<Order>,
    /// The hooks that a forge has again, of repositories that were known.
    registered: mpsc::UnboundedSender<HookId>,
    /// Of those that ask a host, and of those that ask nobody.
    places: (Places, Places),
    jobs: Mutex<HashMap<ActionExecutionId, Job>>,
    /// The effects that are being performed, so that the net takes none of them twice.
    under_way: Mutex<HashSet<EffectId>>,
}

/// Starts the loop over the effects that are handed over and the words of the worker.
pub fn start(
    shared: &Arc<Shared>,
    performer: Performer,
    worker: ServerEnd,
    mut handed: mpsc::UnboundedReceiver<Vec<EffectRow>>,
    registered: mpsc::UnboundedSender<HookId>,
) -> Arc<Effects> {
    let ServerEnd { orders, mut words, mut asks } = worker;
    let effects = Arc::new(Effects {
        shared: shared.clone(),
        performer,
        orders,
        registered,
        places: (
            Places::new(EFFECTS_OF_A_HOST_MAX, EFFECTS_OF_HOSTS_MAX),
            Places::new(EFFECTS_OF_NO_HOST_MAX, EFFECTS_OF_NO_HOST_MAX),
        ),
        jobs: Mutex::default(),
        under_way: Mutex::default(),
    });
    let looping = effects.clone();
    tokio::spawn(async move {
        let mut net = tokio::time::interval(EFFECTS_NET_PERIOD);
        loop {
            tokio::select! {
                Some(rows) = handed.recv() => rows.into_iter().for_each(|row| looping.take(row)),
                Some(word) = words.recv() => looping.hear(word),
                Some(ask) = asks.recv() => looping.identify(ask),
                _ = net.tick() => looping.take_forgotten().await,
                () = looping.shared.stop.cancelled() => return,
            }
        }
    });
    effects
}

impl Effects {
    /// Performs one effect in a task of its own.
    fn take(self: &Arc<Self>, row: EffectRow) {
        if self.under_way().insert(row.id.clone()) {
            self.perform(row);
        }
    }

    fn perform(self: &Arc<Self>, row: EffectRow) {
        tokio::spawn(self.clone().carry_out(row));
    }

    /// A place among those that are performed at once and ask the same host: one that hangs is in the
    /// way of nobody else. Others wait for a renewal, each in its place.
    async fn place(&self, effect: &Effect, host: Option<&str>) -> Option<Place> {
        match (effect, host) {
            (Effect::RenewToken { .. }, _) => None,
            (_, Some(host)) => Some(self.places.0.at(host).await),
            (_, None) => Some(self.places.1.at("").await),
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<EffectId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what this process holds and nobody performs: a commit of which the database did not
    /// say whether it took place hands nothing over.
    async fn take_forgotten(self: &Arc<Self>) {
        let own = EffectRow::of_holder(&self.shared.desk.holder, EFFECTS_AT_ONCE_MAX);
        let rows = self.shared.desk.store.list::<EffectRow>(own).await.unwrap_or_default();
        // What was committed a moment ago is on its way over.
        let settled = self.shared.now().plus_seconds(-EFFECT_SETTLED_SECONDS);
        for row in rows.into_iter().filter(|row| row.created < settled) {
            if !self.under_way().insert(row.id.clone()) {
                continue;
            }
            // It may have been done since the list was read: then it is gone.
            let key = EffectRow::at(&row.account, &row.id);
            match self.shared.desk.store.get::<EffectRow>(key).await {
                Ok(Some(row)) => self.perform(row),
                _ => drop(self.under_way().remove(&row.id)),
            }
        }
    }

    async fn carry_out(self: Arc<Self>, mut row: EffectRow) {
        let tries_max = match &row.effect {
            Effect::ReportStatus(_) => STATUS_TRIES_MAX,
            _ => EFFECT_TRIES_MAX,
        };
        let host = self.performer.host_of(&row.effect).await.unwrap_or_default();
        let (mut tries, mut last) = (0, String::new());
        while tries < tries_max || is_never_given_up(&row.effect) {
            let place = self.place(&row.effect, host.as_deref()).await;
            let due = match self.caught(&row).await {
                Ok(performed) => {
                    self.shared.counters.effects.fetch_add(1, Relaxed);
                    let (id, is_job) = (row.id.clone(), matches!(performed, Performed::Job(_)));
                    self.bring_back(row, performed).await;
                    if !is_job {
                        self.under_way().remove(&id);
                    }
                    return;
                }
                Err(cause) => {
                    tracing::warn!(effect = %row.id, tries, cause = %format!("{cause:#}"), "the world did not answer");
                    let rest = host.as_ref().and_then(|host| self.performer.hosts.rest_of(host));
                    let now = self.shared.now();
                    let (pause, asked) = pause(&cause, (tries, rest), now);
                    (tries, row.tries) = (tries + i64::from(asked), row.tries + i64::from(asked));
                    last = given_up::in_public(&cause);
                    now.plus_millis(pause.as_millis() as i64)
                }
            };
            // Who waits is in nobody's way.
            drop(place);
            self.fell_silent(&row, &last, due).await;
            if !self.rest(due).await {
                return;
            }
        }
        let id = row.id.clone();
        self.give_up(row, &last).await;
        self.under_way().remove(&id);
    }

    /// Whoever asks what waits for this effect is told.
    async fn fell_silent(&self, row: &EffectRow, why: &str, again: Timestamp) {
        let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
        let silence = Silence { tries, why: why.to_owned(), again };
        let (account, effect) = (row.account.clone(), row.id.clone());
        let silent = Silent { account, effect, silence };
        if let Err(cause) = self.shared.desk.take(&silent, self.shared.now()).await {
            tracing::warn!(effect = %row.id, %cause, "why an effect waits could not be written down");
        }
    }

    /// Waits until then, by the server's clock too; `false` where it is to stop.
    async fn rest(&self, due: Timestamp) -> bool {
        let mut changed = self.shared.changed.subscribe();
        let left = due.millis_since(self.shared.now()).max(0).unsigned_abs();
        let sleeping = tokio::time::sleep(Duration::from_millis(left));
        tokio::pin!(sleeping);
        // A stepped clock rings; on a busy server this is one comparison.
        while self.shared.now() < due {
            tokio::select! {
                () = &mut sleeping => return true,
                _ = changed.changed() => {}
                () = self.shared.stop.cancelled() => return false,
            }
        }
        true
    }

    /// What an effect comes to whose pipeline may not do what it is to do. A status that is not told
    /// keeps nobody from anything: why it is not stands in the log, and under the id that it names.
    async fn refused(&self, row: &EffectRow) -> anyhow::Result<Option<Performed>> {
        match &row.effect {
            Effect::StartAction(start) => {
                let asked = leave::ask(&self.shared, &row.account, Deed::Action(start)).await?;
                Ok(asked.err().map(|message| {
                    let code = FailureCode::PermissionError;
                    let result = AttemptResult::Failed { code, message };
                    Performed::Ended(Box::new((start.attempt.clone(), result, Vec::new())))
                }))
            }
            Effect::ReportStatus(report) => {
                let Some(execution) = &report.execution else { return Ok(None) };
                let deed = Deed::Status(report, execution);
                let asked = leave::ask(&self.shared, &row.account, deed).await?;
                Ok(asked.err().map(|why| {
                    tracing::warn!(context = report.context, why, "a commit status is not told");
                    Performed::Done
                }))
            }
            _ => Ok(None),
        }
    }

    /// A bug that panics is a try that failed: the effect is not forgotten until the next start.
    async fn caught(self: &Arc<Self>, row: &EffectRow) -> anyhow::Result<Performed> {
        let (effects, own) = (self.clone(), row.clone());
        let attempt = tokio::spawn(async move { effects.attempt(&own).await });
        attempt.await.unwrap_or_else(|cause| Err(anyhow::anyhow!("performing it broke: {cause}")))
    }

    /// Performs an effect; where the forge does not take the token, once more with a newer one.
    async fn attempt(&self, row: &EffectRow) -> anyhow::Result<Performed> {
        if let Some(refused) = self.refused(row).await? {
            return Ok(refused);
        }
        let performed = self.performer.perform(row).await?;
        let Performed::TokenLost { account, connection, generation, .. } = &performed else {
            return Ok(performed);
        };
        let (account, connection) = (account.clone(), connection.clone());
        let want = WantNewer { account, connection, generation: *generation };
        match tokens::newer(&self.shared, &want).await {
            Prospect::Newer | Prospect::NotAvailable => self.performer.perform(row).await,
            Prospect::UnderWay => anyhow::bail!("the forge does not renew {} now", want.connection),
            Prospect::Hopeless => Ok(performed),
        }
    }
}

/// A renewal whose answer may have been lost is remembered as that until an answer comes: begun anew
/// it would take a token that it spent itself for one that somebody revoked.
fn is_never_given_up(effect: &Effect) -> bool {
    matches!(effect, Effect::RenewToken { .. })
}

/// How long after a try the next one comes, and whether the world was asked at all: a forge that is
/// left alone for a while was not. What git was not answered waits for the end of such a `rest` too,
/// though git is not held up by it at first.
fn pause(
    cause: &anyhow::Error,
    (tries, rest): (i64, Option<Timestamp>),
    now: Timestamp,
) -> (Duration, bool) {
    let short = Duration::from_millis(200 << tries.min(8));
    let until = |until: Timestamp| {
        short.max(Duration::from_millis(until.millis_since(now).max(0).unsigned_abs()))
    };
    if let Some(GitError::RateLimited { wait }) = cause.chain().find_map(|it| it.downcast_ref()) {
        return (short.max(*wait), true);
    }
    match cause.chain().find_map(|it| it.downcast_ref::<forges::Error>()) {
        Some(forges::Error::RateLimited { wait }) => (short.max(*wait), true),
        Some(forges::Error::Held { until: end, .. }) => (until(*end), false),
        _ => (rest.map_or(short, until), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use effects::NoAccess;

    #[test]
    fn what_a_forge_asks_for_is_waited_for_whatever_the_cause_is_wrapped_in() {
        fn check(cause: impl Into<anyhow::Error>, rest: Option<i64>, expect: (u64, bool)) {
            let rest = rest.map(|seconds| Timestamp(0).plus_seconds(seconds));
            let (pause, asked) = pause(&cause.into(), (0, rest), Timestamp(0));
            assert_eq!((pause.as_millis(), asked), (expect.0.into(), expect.1));
        }
        let held = || forges::Error::Held {
            host: "forge.example".to_owned(),
            until: Timestamp(0).plus_seconds(900),
            why: "it says so".to_owned(),
        };
        check(held(), None, (900_000, false));
        check(anyhow::Error::from(held()).context("a status"), None, (900_000, false));
        // The token of an App is asked for when a connection is opened.
        check(NoAccess::Forge(held()), None, (900_000, false));
        let wait = Duration::from_secs(60);
        check(NoAccess::Forge(forges::Error::RateLimited { wait }), None, (60_000, true));
        check(GitError::RateLimited { wait }, None, (60_000, true));
        let silent = || GitError::Unreachable { why: "it hung up".to_owned() };
        check(silent(), None, (200, true));
        check(silent(), Some(30), (30_000, true));
    }
}

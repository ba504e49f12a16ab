//! Performs what commits ask for, as they ask for it, and brings the outcome back as a turn.
//!
//! What the world did not answer is tried again, each time a little later; a job goes to the
//! worker, and its end comes back over a channel.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::Lost;
use domain::forge_event::{ChangedFiles, FilesUnknown};
use domain::reason::FailureCode;
use domain::{ActionExecutionId, AttemptRef, DeliveryId, EffectId, Timestamp};
use effects::{FileRead, Performed, Performer};
use engine::{AttemptResult, Effect, EventKind, ReadSyncFile, StartAction};
use operations::attempts::{Done, Report, Stored};
use operations::hooks::{HookDone, HookOutcome, Registered};
use operations::intake::{Answer, Said};
use operations::sync::{File, Synced, Unread};
use operations::tokens::{Prospect, Renewed, TokenLost, WantNewer};
use operations::turn::{Failure, Turn};
use runners::{End, Outcome};
use store::{DeliveryRow, EffectRow};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

use super::{intake, tokens};
use crate::jobs::{Event, Order, Word};
use crate::limits::{
    EFFECT_SETTLED_SECONDS, EFFECT_TRIES_MAX, EFFECTS_AT_ONCE_MAX, EFFECTS_CONCURRENCY_MAX,
    EFFECTS_NET_PERIOD,
};
use crate::shared::Shared;

/// What is said of a forge that never answered.
const SILENT: &str = "the forge did not answer; see the server's log";

/// The loop's own things.
pub struct Effects {
    shared: Arc<Shared>,
    performer: Performer,
    orders: mpsc::UnboundedSender<Order>,
    places: Semaphore,
    jobs: Mutex<HashMap<ActionExecutionId, (EffectRow, StartAction)>>,
    /// The effects that are being performed, so that the net takes none of them twice.
    under_way: Mutex<HashSet<EffectId>>,
}

/// Starts the loop over the effects that are handed over and the words of the worker.
pub fn start(
    shared: &Arc<Shared>,
    performer: Performer,
    orders: mpsc::UnboundedSender<Order>,
    mut handed: mpsc::UnboundedReceiver<Vec<EffectRow>>,
    mut words: mpsc::UnboundedReceiver<Word>,
) -> Arc<Effects> {
    let effects = Arc::new(Effects {
        shared: shared.clone(),
        performer,
        orders,
        places: Semaphore::new(EFFECTS_CONCURRENCY_MAX),
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

    /// A place among those that are performed at once. Others wait for a renewal, each in its place.
    async fn place(&self, effect: &Effect) -> Option<SemaphorePermit<'_>> {
        match effect {
            Effect::RenewToken { .. } => None,
            _ => self.places.acquire().await.ok(),
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
        let mut tries = 0;
        while tries < EFFECT_TRIES_MAX {
            let place = self.place(&row.effect).await;
            let pause = match self.attempt(&row).await {
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
                    let (pause, asked) = pause(&cause, tries, self.shared.now());
                    (tries, row.tries) = (tries + i64::from(asked), row.tries + i64::from(asked));
                    pause
                }
            };
            // Who waits is in nobody's way.
            drop(place);
            if !self.rest(pause).await {
                return;
            }
        }
        let id = row.id.clone();
        self.give_up(row).await;
        self.under_way().remove(&id);
    }

    /// Waits for so long, by the server's clock too; `false` where it is to stop.
    async fn rest(&self, pause: Duration) -> bool {
        let due = self.shared.now().plus_millis(pause.as_millis() as i64);
        let mut changed = self.shared.changed.subscribe();
        let sleeping = tokio::time::sleep(pause);
        tokio::pin!(sleeping);
        loop {
            tokio::select! {
                () = &mut sleeping => return true,
                // A stepped clock rings; on a busy server this is one comparison.
                _ = changed.changed() => if self.shared.now() >= due { return true },
                () = self.shared.stop.cancelled() => return false,
            }
        }
    }

    /// Performs an effect; where the forge does not take the token, once more with a newer one.
    async fn attempt(&self, row: &EffectRow) -> anyhow::Result<Performed> {
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

    /// What an outcome means is a turn's; here each is only handed to its turn.
    async fn bring_back(&self, row: EffectRow, performed: Performed) {
        match performed {
            Performed::Ended(ended) => {
                let (attempt, result, artifacts) = *ended;
                let kind = EventKind::AttemptEnded { attempt: attempt.clone(), result };
                self.report(attempt, kind, Some(&row), artifacts).await;
            }
            Performed::Job(job) => {
                let (start, job, secrets) = *job;
                self.submit(row, start, job, secrets);
            }
            Performed::Abandon(id) => {
                let _ = self.orders.send(Order::Abandon(id));
                self.done(&row).await;
            }
            Performed::Hook(hook, outcome) => {
                let (effect, account) = (row.id.clone(), row.account.clone());
                self.turn(&HookDone { hook, effect, account, outcome: hook_outcome(outcome) })
                    .await;
            }
            Performed::Head { delivery, change_index, head, .. } => {
                self.answer(&row, &delivery, change_index, Said::Head(head)).await;
            }
            Performed::Files { delivery, change_index, commit, files, .. } => {
                self.answer(&row, &delivery, change_index, Said::Files { commit, files }).await;
            }
            Performed::FileRead(read) => {
                let (asked, read) = *read;
                self.synced(&row, &asked, read).await;
            }
            Performed::TokenLost { account, connection, generation, then } => {
                let lost = Lost::Revoked;
                self.turn(&TokenLost { account, connection, generation, lost }).await;
                Box::pin(self.bring_back(row, *then)).await;
            }
            Performed::Renewed(renewal) => {
                let effects::Renewal { account, connection, generation, outcome } = *renewal;
                self.turn(&Renewed { account, connection, generation, outcome }).await;
            }
            Performed::Permissions(found) => {
                self.shared.answers.put(row.id.clone(), *found);
                self.done(&row).await;
            }
            Performed::Done => self.done(&row).await,
        }
    }

    /// A file that a resource is kept in step with is applied, or a blocker says why not.
    async fn synced(&self, row: &EffectRow, asked: &ReadSyncFile, read: FileRead) {
        let unread = |reason| Unread { commit: read.commit.clone(), reason };
        let file = match (&read.commit, read.content) {
            (Some(commit), Ok(content)) => {
                Ok(File { path: asked.path.clone(), commit: commit.clone(), content })
            }
            (None, Ok(_)) => unreachable!("what was read is of a commit"),
            (_, Err(reason)) => Err(unread(reason)),
        };
        let caller = self.shared.caller_of(&row.account);
        self.turn(&Synced::new(asked, row.id.clone(), file, caller)).await;
    }

    /// The delivery that asked is decided with the answer.
    async fn answer(&self, row: &EffectRow, delivery: &DeliveryId, change_index: u32, said: Said) {
        let key = DeliveryRow::at(&row.account, delivery);
        self.done(row).await;
        if let Ok(Some(delivery)) = self.shared.desk.store.get::<DeliveryRow>(key).await {
            let answer = Answer { question: row.id.clone(), said };
            intake::decide(&self.shared, delivery, [(change_index, answer)].into()).await;
        }
    }

    fn submit(
        &self,
        row: EffectRow,
        start: StartAction,
        job: runners::Job,
        secrets: Vec<domain::Secret>,
    ) {
        self.jobs().insert(job.attempt.clone(), (row, start));
        // Without a worker the process is ending; the next one finds the effect.
        let _ = self.orders.send(Order::Run(Box::new(job), secrets));
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<ActionExecutionId, (EffectRow, StartAction)>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A word of the worker about a job.
    fn hear(self: &Arc<Self>, word: Word) {
        let effects = self.clone();
        let known = self.jobs().get(&word.attempt).cloned();
        let Some((row, start)) = known else { return };
        tokio::spawn(async move {
            match word.event {
                Event::Started => {
                    let (attempt, holder) =
                        (start.attempt.clone(), effects.shared.desk.holder.clone());
                    let kind = EventKind::AttemptStarted { attempt: attempt.clone(), holder };
                    effects.report(attempt, kind, None, Vec::new()).await;
                }
                Event::Ended(outcome) => effects.ended(row, start, *outcome).await,
            }
        });
    }

    async fn ended(&self, row: EffectRow, start: StartAction, outcome: Outcome) {
        let id = row.id.clone();
        self.jobs().remove(&start.action_execution);
        let artifacts = self.performer.stored(&start, &outcome);
        let kind =
            EventKind::AttemptEnded { attempt: start.attempt.clone(), result: result(outcome) };
        self.report(start.attempt, kind, Some(&row), artifacts).await;
        self.under_way().remove(&id);
    }

    async fn report(
        &self,
        attempt: AttemptRef,
        kind: EventKind,
        row: Option<&EffectRow>,
        artifacts: Vec<effects::Stored>,
    ) {
        let nonce = self.shared.event_nonce();
        let stored = |it: effects::Stored| Stored {
            name: it.name,
            artifact: it.artifact,
            bucket: it.bucket,
            object_key: it.object_key,
        };
        let artifacts = artifacts.into_iter().map(stored).collect();
        let (effect, epoch) = (row.map(|row| row.id.clone()), self.shared.desk.epoch);
        self.turn(&Report { attempt, kind, effect, artifacts, epoch, nonce }).await;
    }

    async fn done(&self, row: &EffectRow) {
        self.turn(&Done { account: row.account.clone(), effect: row.id.clone() }).await;
    }

    /// Takes a turn; one that the store cannot take now is taken again, as long as it must be.
    async fn turn<T: Turn>(&self, turn: &T) {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.shared.desk.take(turn, self.shared.now()).await {
                Ok(_) => return,
                Err(Failure::Refused(refused)) => {
                    return tracing::error!(%refused, "an outcome was refused");
                }
                Err(cause) => {
                    tracing::error!(%cause, "an outcome could not be written down; trying again")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(10)),
                () = self.shared.stop.cancelled() => return,
            }
        }
    }

    /// The world never answered: an attempt fails, a change of a delivery is unusable, anything else
    /// is dropped with a line in the log.
    async fn give_up(&self, row: EffectRow) {
        tracing::error!(effect = %row.id, "given up: the world did not answer {EFFECT_TRIES_MAX} times");
        match &row.effect {
            Effect::StartAction(start) => {
                let (code, message) = (
                    FailureCode::SystemUnavailable,
                    "what the action needs did not answer; see the server's log".to_owned(),
                );
                let result = AttemptResult::Failed { code, message };
                let kind = EventKind::AttemptEnded { attempt: start.attempt.clone(), result };
                self.report(start.attempt.clone(), kind, Some(&row), Vec::new()).await;
            }
            Effect::AskHead { delivery, change_index, .. } => {
                self.answer(&row, delivery, *change_index, Said::Head(Err(SILENT.to_owned())))
                    .await;
            }
            Effect::ChangedFiles(ask) => {
                let files = ChangedFiles::Unknown(FilesUnknown::NotTold { why: SILENT.to_owned() });
                let said = Said::Files { commit: ask.commit.clone(), files };
                self.answer(&row, &ask.delivery, ask.change_index, said).await;
            }
            Effect::ReadSyncFile(asked) => {
                let content = Err(SILENT.to_owned());
                let read = FileRead { commit: asked.commit.clone(), content };
                self.synced(&row, asked, read).await;
            }
            _ => self.done(&row).await,
        }
    }
}

/// How long after a try the next one comes, and whether the world was asked at all: a forge that is
/// left alone for a while was not.
fn pause(cause: &anyhow::Error, tries: i64, now: Timestamp) -> (Duration, bool) {
    let short = Duration::from_millis(200 << tries.min(8));
    match cause.downcast_ref::<forges::Error>() {
        Some(forges::Error::RateLimited { wait }) => (short.max(*wait), true),
        Some(forges::Error::Held { until, .. }) => {
            let millis = until.millis_since(now).max(0);
            (short.max(Duration::from_millis(millis as u64)), false)
        }
        _ => (short, true),
    }
}

fn hook_outcome(outcome: effects::HookOutcome) -> HookOutcome {
    match outcome {
        effects::HookOutcome::Registered(it) => HookOutcome::Registered(Registered {
            forge_hook_id: it.forge_hook_id,
            repository_id: it.repository_id,
            known_as: it.known_as,
            signs: it.signs,
            heads: it.heads,
        }),
        effects::HookOutcome::Removed => HookOutcome::Removed,
        effects::HookOutcome::Failed { trouble, heads } => HookOutcome::Failed { trouble, heads },
    }
}

/// A run's end in the engine's words.
fn result(outcome: Outcome) -> AttemptResult {
    let message = outcome.end.to_string();
    let code = match outcome.end {
        End::Succeeded => {
            let outputs = outcome.outputs.into_iter().map(|it| (it.name, it.artifact)).collect();
            let variables = outcome.variables.into_iter().collect();
            let produced = engine::Produced { outputs, variables, ..engine::Produced::default() };
            return AttemptResult::Succeeded(Box::new(produced));
        }
        End::Failed { .. } | End::Abandoned => FailureCode::JobFailed,
        End::LimitReached { .. } => FailureCode::LimitReached,
        End::IsolationUnavailable { .. } => FailureCode::IsolationUnavailable,
        End::InputUnusable { .. } | End::OutputUnusable { .. } => FailureCode::ConfigurationError,
        End::Broken { .. } => FailureCode::SystemUnavailable,
    };
    AttemptResult::Failed { code, message }
}

//! A job goes to the worker, and its words and questions come back over a channel.

use std::collections::HashMap;
use std::net::SocketAddrV4;
use std::sync::{Arc, MutexGuard, PoisonError};

use domain::ActionExecutionId;
use domain::reason::FailureCode;
use effects::{Bearer, Prepared};
use engine::{AttemptResult, EventKind, StartAction};
use recipes::bitbucket::variables::Scope;
use runners::{Ask, End, Identity, Outcome, Withheld};
use store::EffectRow;

use super::Effects;
use crate::jobs::{Event, Order, Word};
use crate::minting;
use crate::shared::Shared;
use crate::step_secrets;

/// A job that a worker has.
#[derive(Clone)]
pub(super) struct Job {
    row: EffectRow,
    start: StartAction,
    /// Who its steps are.
    bearers: Arc<Vec<Option<Bearer>>>,
    /// Whose variables they have.
    scopes: Arc<Vec<Vec<Scope>>>,
}

impl Effects {
    pub(super) fn submit(&self, row: EffectRow, prepared: Prepared) {
        let Prepared { start, job, secrets, bearers, scopes } = prepared;
        let (bearers, scopes) = (Arc::new(bearers), Arc::new(scopes));
        self.shared.needed.add(&job);
        self.jobs().insert(job.attempt.clone(), Job { row, start, bearers, scopes });
        // Without a worker the process is ending; the next one finds the effect.
        let _ = self.orders.send(Order::Run(Box::new(job), secrets));
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<ActionExecutionId, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A word of the worker about a job.
    pub(super) fn hear(self: &Arc<Self>, word: Word) {
        let effects = self.clone();
        let known = self.jobs().get(&word.attempt).cloned();
        let Some(Job { row, start, .. }) = known else { return };
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

    /// A step that has begun asks who it is. It is told as long as its attempt lives, under the
    /// epoch that it was handed out with.
    pub(super) fn identify(self: &Arc<Self>, ask: Ask) {
        let known = self.jobs().get(&ask.attempt).cloned();
        let live = known.filter(|job| job.row.epoch.unsigned_abs() == ask.epoch);
        let (shared, Ask { step, gateway, reply, .. }) = (self.shared.clone(), ask);
        tokio::spawn(async move {
            let identity = match live {
                Some(job) => told(&shared, &job, step, gateway).await,
                None => Err(Withheld::Identity("its attempt is over".to_owned())),
            };
            reply(identity);
        });
    }

    async fn ended(&self, row: EffectRow, start: StartAction, outcome: Outcome) {
        let id = row.id.clone();
        self.jobs().remove(&start.action_execution);
        self.shared.askers.forget(&start.action_execution);
        self.shared.needed.remove(&start.action_execution);
        let artifacts = self.performer.stored(&start, &outcome);
        let kind =
            EventKind::AttemptEnded { attempt: start.attempt.clone(), result: result(outcome) };
        self.report(start.attempt, kind, Some(&row), artifacts).await;
        self.under_way().remove(&id);
    }
}

/// What a step is told that has begun: who it is, where it asked for it, and its secrets.
async fn told(
    shared: &Arc<Shared>,
    job: &Job,
    step: usize,
    gateway: Option<SocketAddrV4>,
) -> Result<Identity, Withheld> {
    let scopes = job.scopes.get(step).map(Vec::as_slice).unwrap_or_default();
    let known = step_secrets::of_step(shared, &job.start, scopes).await?;
    let Some(bearer) = job.bearers.get(step).and_then(Option::as_ref) else { return Ok(known) };
    let Identity { secrets, masked, .. } = known;
    // A role that a variable names is as good as one in the step's own text.
    let role = secrets.iter().rev().find(|(name, _)| name == "AWS_ROLE_ARN");
    let mut bearer = bearer.clone();
    bearer.asked.role_arn = bearer.asked.role_arn.or(role.map(|(_, arn)| arn.expose().to_owned()));
    let attempt = &job.start.action_execution;
    let identity = minting::identity(shared, attempt, &bearer, gateway).await;
    let identity = identity.map_err(Withheld::Identity)?;
    Ok(Identity { secrets, masked, ..identity })
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
        End::Failed { .. } | End::VariablesTooLarge { .. } | End::Abandoned => {
            FailureCode::JobFailed
        }
        End::LimitReached { .. } => FailureCode::LimitReached,
        End::IsolationUnavailable { .. } => FailureCode::IsolationUnavailable,
        End::SecretUnavailable { denied: true, .. } => FailureCode::PermissionError,
        End::SecretUnavailable { .. } => FailureCode::ConfigurationError,
        End::IdentityUnavailable { .. } => FailureCode::SystemUnavailable,
        End::InputUnusable { .. } | End::OutputUnusable { .. } => FailureCode::ConfigurationError,
        End::Broken { .. } => FailureCode::SystemUnavailable,
    };
    AttemptResult::Failed { code, message }
}

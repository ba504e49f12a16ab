//! What facts ask the world to do.

use crate::apply::apply;
use crate::attempt::{Attempt, AttemptEnd};
use crate::effect::{CommitState, Effect, ReportStatus, StartAction};
use crate::execution::{Execution, ExecutionStatus};
use crate::fact::{Fact, FactKind};
use crate::line::Line;
use domain::pipeline::ArtifactStore;
use domain::reason::{End, Failure, Reason, say};
use domain::revision::Trigger;
use domain::{AttemptRef, CommitSha, ConnectionArn, ExecutionId, RepositoryName};

/// The longest description that every forge takes (GitHub's limit).
const DESCRIPTION_CHARACTERS_MAX: usize = 140;

/// Applies a decision's facts and gives the effects that they call for, in their order.
pub fn carry_out(line: &mut Line, facts: &[Fact]) -> Vec<Effect> {
    facts.iter().for_each(|fact| apply(line, fact));
    facts.iter().flat_map(|fact| effects(line, fact)).collect()
}

/// What a fact asks the world to do. The line has every fact of the same decision applied: an
/// attempt that ended in the decision that began it is not handed out.
pub fn effects(line: &Line, fact: &Fact) -> Vec<Effect> {
    match &fact.kind {
        FactKind::AttemptBegan(began) => hand_out(line, &began.attempt).into_iter().collect(),
        FactKind::AttemptEnded { attempt, end } => match end {
            AttemptEnd::Succeeded(produced) if produced.revision.is_some() => {
                report_arrived(line, attempt, fact)
            }
            AttemptEnd::Abandoned(_) | AttemptEnd::Failed(Failure::TimedOut { .. }) => {
                give_up(line, attempt).into_iter().collect()
            }
            _ => vec![],
        },
        FactKind::ExecutionStarted(started) => report(line, &started.execution, fact),
        FactKind::StageRetried { execution, .. } | FactKind::ExecutionEnded { execution, .. } => {
            report(line, execution, fact)
        }
        FactKind::PipelineDeclared { .. }
        | FactKind::PipelineDeleted
        | FactKind::ExecutionWaits { .. }
        | FactKind::ExecutionStopping { .. }
        | FactKind::StageEntered { .. }
        | FactKind::StageEnded { .. }
        | FactKind::TransitionSet { .. }
        | FactKind::AttemptTaken { .. } => vec![],
    }
}

/// An approval is a person's to perform, not a process's.
fn hand_out(line: &Line, of: &AttemptRef) -> Option<Effect> {
    let attempt = line.attempts.get(of).filter(|it| it.is_live() && it.token.is_none())?;
    let execution = line.executions.get(&of.execution)?;
    Some(Effect::StartAction(Box::new(StartAction {
        attempt: of.clone(),
        action_execution: attempt.id.clone(),
        version: attempt.version,
        trigger: execution.trigger.clone(),
        artifact_store: artifact_store(line, attempt),
        work: attempt.work.clone(),
    })))
}

fn give_up(line: &Line, of: &AttemptRef) -> Option<Effect> {
    let performed = line.attempts.get(of).is_some_and(|attempt| attempt.token.is_none());
    performed.then(|| Effect::AbandonAction { attempt: of.clone() })
}

/// The declared store, or of several the one of the action's region; the first one for an
/// action without a region.
fn artifact_store(line: &Line, attempt: &Attempt) -> Option<ArtifactStore> {
    let declaration = line.head.declarations.get(&attempt.version)?;
    let Some(stores) = &declaration.artifact_stores else {
        return declaration.artifact_store.clone();
    };
    match &attempt.work.region {
        Some(region) => stores.get(region).cloned(),
        None => stores.values().next().cloned(),
    }
}

/// Where a commit of an execution is from.
type Origin<'a> = (&'a ConnectionArn, &'a RepositoryName, &'a CommitSha);

/// A source brought a commit. The one that was pushed was reported at the start.
fn report_arrived(line: &Line, attempt: &AttemptRef, fact: &Fact) -> Vec<Effect> {
    let Some(execution) = line.executions.get(&attempt.execution) else { return vec![] };
    let pushed = pushed(execution).map(|(_, _, commit)| commit);
    let brought = execution.revisions.iter().filter(|it| it.action == attempt.action);
    let unknown = brought.filter(|it| Some(&it.commit) != pushed);
    let origins = unknown.map(|it| (&it.connection, &it.repository, &it.commit));
    origins.map(|origin| status(line, execution, origin, fact)).collect()
}

/// Where an execution stands, for every commit that is known to be in it.
fn report(line: &Line, id: &ExecutionId, fact: &Fact) -> Vec<Effect> {
    let Some(execution) = line.executions.get(id) else { return vec![] };
    let brought = execution.revisions.iter();
    let mut origins: Vec<Origin<'_>> =
        brought.map(|it| (&it.connection, &it.repository, &it.commit)).collect();
    origins.extend(pushed(execution).filter(|pushed| origins.iter().all(|it| it.2 != pushed.2)));
    origins.into_iter().map(|origin| status(line, execution, origin, fact)).collect()
}

fn pushed(execution: &Execution) -> Option<Origin<'_>> {
    match &execution.trigger {
        Trigger::WebhookV2(push) => Some((&push.connection, &push.repository, &push.commit)),
        Trigger::CreatePipeline { .. } | Trigger::StartPipelineExecution { .. } => None,
    }
}

fn status(line: &Line, execution: &Execution, origin: Origin<'_>, fact: &Fact) -> Effect {
    let (connection, repository, commit) = origin;
    let (state, description) = match &execution.status {
        ExecutionStatus::Ended(end) => (commit_state(end), in_public(end)),
        _ => (CommitState::Pending, format!("Execution {} is in progress.", execution.id)),
    };
    Effect::ReportStatus(Box::new(ReportStatus {
        account: line.head.account.clone(),
        connection: connection.clone(),
        repository: repository.clone(),
        commit: commit.clone(),
        context: format!("towpath/{}", line.head.pipeline),
        state,
        description: description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect(),
        pipeline: line.head.pipeline.clone(),
        execution: Some(execution.id.clone()),
        fact: fact.id,
    }))
}

fn commit_state(end: &End) -> CommitState {
    match end {
        End::Succeeded => CommitState::Success,
        End::Failed { .. } => CommitState::Failure,
        End::Superseded { .. } | End::Stopped(_) | End::Cancelled(_) => CommitState::Error,
    }
}

/// How it ended, in words that may stand in public: whoever can see the repository reads them,
/// so they name no person and repeat nothing that somebody or something wrote.
fn in_public(end: &End) -> String {
    match end {
        End::Succeeded => "Every stage succeeded.".to_owned(),
        End::Failed { stage, action, failure, .. } => {
            let code = say(Reason::Failure(failure)).code;
            format!("Action {action} of stage {stage} failed: {code}.")
        }
        End::Superseded { by, .. } => format!("Superseded by the newer execution {by}."),
        End::Stopped(_) => "The execution was stopped.".to_owned(),
        End::Cancelled(_) => "The execution was cancelled.".to_owned(),
    }
}

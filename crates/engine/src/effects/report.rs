//! What the forges are told of the commits of an execution: how the whole of it stands, and how an
//! action stands that asks for it.
//!
//! When a status is told, and that those of one context are told in order, is left to who performs.

use crate::attempt::{Attempt, AttemptEnd, AttemptState};
use crate::effect::{CommitState, Effect, ReportStatus};
use crate::execution::{Execution, ExecutionStatus};
use crate::fact::Fact;
use crate::line::Line;
use domain::forge_event::GitRef;
use domain::reason::{End, Failure, Reason, Wait, say};
use domain::revision::{SourceRevision, Trigger};
use domain::{AttemptRef, CommitSha, ConnectionArn, ExecutionId, RepositoryName};

/// The longest description that every forge takes (GitHub's limit).
const DESCRIPTION_CHARACTERS_MAX: usize = 140;

/// Where a commit of an execution is from.
pub struct Origin<'a> {
    /// By which connection.
    pub connection: &'a ConnectionArn,
    /// From which repository.
    pub repository: &'a RepositoryName,
    /// Which.
    pub commit: &'a CommitSha,
    /// The branch or tag that led to it, of a pull request its source branch; where known.
    pub git_ref: Option<&'a GitRef>,
}

impl<'a> Origin<'a> {
    fn brought(it: &'a SourceRevision) -> Self {
        let SourceRevision { connection, repository, commit, git_ref, .. } = it;
        Self { connection, repository, commit, git_ref: git_ref.as_ref() }
    }
}

/// A state, and the words for it. Whoever can see the repository reads them, so they name no person
/// and repeat nothing that somebody or something wrote.
type Said = (CommitState, String);

/// Whether a status says how things stand now. It is performed after it was decided, again where the
/// forge did not answer or a process died; what was true then may have been told otherwise since.
pub fn still_holds(
    report: &ReportStatus,
    execution: &Execution,
    attempt: Option<&Attempt>,
) -> bool {
    let Some(of) = &report.attempt else { return of_execution(execution).0 == report.state };
    let stage = execution.stage(&of.stage).and_then(|stage| stage.action(&of.action));
    let is_latest = stage.is_some_and(|action| action.attempts == of.attempt);
    is_latest && attempt.is_some_and(|attempt| of_attempt(attempt).0 == report.state)
}

/// Where an execution stands, for every commit that is known to be in it.
pub(super) fn execution(line: &Line, id: &ExecutionId, fact: &Fact) -> Vec<Effect> {
    let Some(execution) = line.executions.get(id) else { return vec![] };
    let (origins, said) = (origins(execution), of_execution(execution));
    let effect = |origin| effect(line, execution, None, origin, &said, fact);
    origins.into_iter().map(effect).collect()
}

/// A source brought a commit. The one that was pushed was reported at the start.
pub(super) fn arrived(line: &Line, attempt: &AttemptRef, fact: &Fact) -> Vec<Effect> {
    let Some(execution) = line.executions.get(&attempt.execution) else { return vec![] };
    let pushed = pushed(execution).map(|it| it.commit);
    let brought = execution.revisions.iter().filter(|it| it.action == attempt.action);
    let unknown = brought.filter(|it| Some(&it.commit) != pushed);
    let said = of_execution(execution);
    unknown
        .map(Origin::brought)
        .map(|origin| effect(line, execution, None, origin, &said, fact))
        .collect()
}

/// Where an attempt stands, where its action asks for a status of its own. One that was lost says
/// nothing where another follows.
pub(super) fn attempt(line: &Line, of: &AttemptRef, fact: &Fact) -> Vec<Effect> {
    let attempt = line.attempts.get(of).filter(|attempt| attempt.work.asks_for_status());
    let (Some(attempt), Some(execution)) = (attempt, line.executions.get(&of.execution)) else {
        return vec![];
    };
    let next = AttemptRef { attempt: of.attempt + 1, ..of.clone() };
    if line.attempts.contains_key(&next) {
        return vec![];
    }
    let said = of_attempt(attempt);
    let effect = |origin| effect(line, execution, Some(of), origin, &said, fact);
    origins(execution).into_iter().map(effect).collect()
}

/// Where the commits of an execution are from that forges are told about.
pub fn origins(execution: &Execution) -> Vec<Origin<'_>> {
    let mut origins: Vec<_> = execution.revisions.iter().map(Origin::brought).collect();
    let is_new = |it: &Origin<'_>| origins.iter().all(|known| known.commit != it.commit);
    let pushed = pushed(execution).filter(is_new);
    origins.extend(pushed);
    origins
}

fn pushed(execution: &Execution) -> Option<Origin<'_>> {
    match &execution.trigger {
        Trigger::WebhookV2(push) => Some(Origin {
            connection: &push.connection,
            repository: &push.repository,
            commit: &push.commit,
            git_ref: Some(&push.git_ref),
        }),
        Trigger::CreatePipeline { .. } | Trigger::StartPipelineExecution { .. } => None,
    }
}

fn effect(
    line: &Line,
    execution: &Execution,
    attempt: Option<&AttemptRef>,
    origin: Origin<'_>,
    (state, description): &Said,
    fact: &Fact,
) -> Effect {
    let pipeline = &line.head.pipeline;
    let context = match attempt {
        None => format!("towpath/{pipeline}"),
        Some(of) => format!("towpath/{pipeline}/{}/{}", of.stage, of.action),
    };
    Effect::ReportStatus(Box::new(ReportStatus {
        account: line.head.account.clone(),
        connection: origin.connection.clone(),
        repository: origin.repository.clone(),
        commit: origin.commit.clone(),
        git_ref: origin.git_ref.cloned(),
        context,
        state: *state,
        description: description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect(),
        pipeline: pipeline.clone(),
        execution: Some(execution.id.clone()),
        attempt: attempt.cloned(),
        fact: fact.id,
    }))
}

fn of_execution(execution: &Execution) -> Said {
    let ExecutionStatus::Ended(end) = &execution.status else {
        return (CommitState::Pending, format!("Execution {} is in progress.", execution.id));
    };
    match end {
        End::Succeeded => (CommitState::Success, "Every stage succeeded.".to_owned()),
        End::Failed { stage, action, failure, .. } => {
            let text = format!("Action {action} of stage {stage} failed: {}.", code(failure));
            (CommitState::Failure, text)
        }
        End::Superseded { by, .. } => {
            (CommitState::Error, format!("Superseded by the newer execution {by}."))
        }
        End::Stopped(_) => (CommitState::Error, "The execution was stopped.".to_owned()),
        End::Cancelled(_) => (CommitState::Error, "The execution was cancelled.".to_owned()),
    }
}

fn of_attempt(attempt: &Attempt) -> Said {
    let (state, how) = match &attempt.state {
        AttemptState::Waiting(Wait::Approval { .. }) => {
            (CommitState::Waiting, "waits for an approval".to_owned())
        }
        AttemptState::Waiting(_) | AttemptState::Running { .. } => {
            (CommitState::Pending, "is in progress".to_owned())
        }
        AttemptState::Ended { end, .. } => match end {
            AttemptEnd::Succeeded(_) => (CommitState::Success, "succeeded".to_owned()),
            AttemptEnd::Approved { .. } => (CommitState::Success, "was approved".to_owned()),
            AttemptEnd::Failed(failure) => {
                (CommitState::Failure, format!("failed: {}", code(failure)))
            }
            AttemptEnd::Lost => (CommitState::Error, "was lost".to_owned()),
            AttemptEnd::Abandoned(_) => (CommitState::Error, "was given up".to_owned()),
        },
    };
    let AttemptRef { stage, action, .. } = &attempt.of;
    (state, format!("Action {action} of stage {stage} {how}."))
}

fn code(failure: &Failure) -> &'static str {
    say(Reason::Failure(failure)).code
}

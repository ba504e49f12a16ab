//! A person retries the stage in which an execution failed or was stopped.

use super::{Decision, action, stage};
use crate::event::{NotRetryable, Refused};
use crate::execution::{ActionRun, ActionState, Execution, StageEnd};
use crate::fact::FactKind;
use crate::structure;
use domain::pipeline::RetryMode;
use domain::reason::Cause;
use domain::{ActionName, ExecutionId, StageName};

pub(super) fn retry(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    mode: RetryMode,
    by: &str,
) -> Result<(), Refused> {
    check(decision, execution, stage, mode)?;
    let now = failed_beside_running(decision, execution, stage);
    let (id, name) = (execution.clone(), stage.clone());
    let kind = FactKind::StageRetried { execution: id, stage: name, mode };
    let retried = decision.note(Cause::Asked(by.to_owned()), kind);
    for action in now {
        action::begin(decision, execution, stage, &action, 0, retried);
    }
    stage::proceed(decision, execution, stage, retried);
    Ok(())
}

/// Actions that begin again at once, beside those of their `runOrder` that still run.
fn failed_beside_running(
    decision: &Decision,
    execution: &ExecutionId,
    stage: &StageName,
) -> Vec<ActionName> {
    let run = decision.line.executions.get(execution).filter(|run| !run.is_ended());
    let actions = run.and_then(|run| run.stage(stage)).map(|stage| stage.actions.as_slice());
    let failed = |action: &&ActionRun| action.state == ActionState::Failed;
    let failed = actions.unwrap_or_default().iter().filter(failed);
    failed.map(|action| action.name.clone()).collect()
}

/// A stage whose latest execution failed in it, or was stopped there, is free or still its own, and
/// nobody newer has passed it: that is why the retry needs no place at the door.
fn check(
    decision: &Decision,
    id: &ExecutionId,
    name: &StageName,
    mode: RetryMode,
) -> Result<(), Refused> {
    let line = &decision.line;
    let current = line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let (execution, stage) = (id.clone(), name.clone());
    let run = line.executions.get(id).ok_or(Refused::ExecutionUnknown { execution })?;
    let head = line.head.stage(name).ok_or(Refused::StageUnknown { stage })?;
    let refuse = |why| Refused::NotRetryable { stage: name.clone(), why };
    may_run_again(run, name, mode).map_err(refuse)?;
    let same = line
        .declaration_of(id)
        .is_some_and(|began_with| !structure::structural_change(began_with, current));
    if !same {
        return Err(refuse(NotRetryable::StructureChanged));
    }
    match &head.latest {
        Some(latest) if latest.execution == *id => Ok(()),
        Some(latest) => Err(Refused::NotLatest {
            execution: id.clone(),
            stage: name.clone(),
            latest: latest.execution.clone(),
        }),
        // It ran in a pipeline of this name that was deleted since.
        None => Err(refuse(NotRetryable::StructureChanged)),
    }
}

/// "You can retry a stage immediately after any of the actions in the stage fail" (user guide,
/// "Retry failed actions"); of a stopped execution too ("Stop a pipeline execution").
fn may_run_again(
    execution: &Execution,
    stage: &StageName,
    mode: RetryMode,
) -> Result<(), NotRetryable> {
    let Some(run) = execution.stage(stage) else { return Err(NotRetryable::NotFailed) };
    let any = |state| run.actions.iter().any(|action| action.state == state);
    match run.ended {
        Some((StageEnd::Failed | StageEnd::Stopped, _)) if execution.is_ended() => Ok(()),
        Some(_) => Err(NotRetryable::NotFailed),
        None if !any(ActionState::Failed) => Err(NotRetryable::NotFailed),
        None if execution.stop.is_some() => Err(NotRetryable::Stopping),
        None if mode == RetryMode::AllActions => Err(NotRetryable::StillRunning),
        None => Ok(()),
    }
}

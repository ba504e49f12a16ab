//! A person retries the stage in which an execution failed.

use super::{Decision, stage};
use crate::event::{NotRetryable, Refused};
use crate::execution::{Execution, StageEnd};
use crate::fact::FactKind;
use crate::structure;
use domain::pipeline::RetryMode;
use domain::reason::Cause;
use domain::{ExecutionId, StageName};

pub(super) fn retry(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    mode: RetryMode,
    by: &str,
) -> Result<(), Refused> {
    check(decision, execution, stage)?;
    let (id, name) = (execution.clone(), stage.clone());
    let kind = FactKind::StageRetried { execution: id, stage: name, mode };
    let retried = decision.note(Cause::Asked(by.to_owned()), kind);
    stage::proceed(decision, execution, stage, retried);
    Ok(())
}

/// A stage whose latest execution failed in it is free, and nobody newer has passed it: that is
/// why the retry needs no place at the door.
fn check(decision: &Decision, id: &ExecutionId, name: &StageName) -> Result<(), Refused> {
    let line = &decision.line;
    let current = line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let (execution, stage) = (id.clone(), name.clone());
    let run = line.executions.get(id).ok_or(Refused::ExecutionUnknown { execution })?;
    let head = line.head.stage(name).ok_or(Refused::StageUnknown { stage })?;
    let refuse = |why| Refused::NotRetryable { stage: name.clone(), why };
    if !failed_in(run, name) {
        return Err(refuse(NotRetryable::NotFailed));
    }
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

fn failed_in(execution: &Execution, stage: &StageName) -> bool {
    let ended = execution.stage(stage).and_then(|run| run.ended);
    execution.is_ended() && ended.is_some_and(|(end, _)| end == StageEnd::Failed)
}

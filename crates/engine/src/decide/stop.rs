//! Executions that end before their time: stopped by a person, cancelled with what they ran on.

use super::{Decision, door};
use crate::attempt::AttemptEnd;
use crate::event::Refused;
use crate::execution::{ExecutionStatus, StageEnd};
use crate::fact::FactKind;
use domain::reason::{Abandonment, Cancellation, Cause, End, FactId, Stop};
use domain::{ExecutionId, StageName};

/// A person stops an execution. At a door it ends at once; inside a stage its running actions
/// end first, unless they are to be given up.
pub(super) fn stop(
    decision: &mut Decision,
    execution: &ExecutionId,
    stop: &Stop,
) -> Result<(), Refused> {
    decision.line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let execution = execution.clone();
    let run = decision.line.executions.get(&execution);
    let Some(run) = run else { return Err(Refused::ExecutionUnknown { execution }) };
    if run.is_ended() {
        return Err(Refused::NotStoppable { execution, status: run.status_word() });
    }
    if run.stop.is_some() && !stop.abandon {
        return Err(Refused::StopRepeated { execution });
    }
    let inside = matches!(run.status, ExecutionStatus::InStage(_));
    let kind = FactKind::ExecutionStopping { execution: execution.clone(), stop: stop.clone() };
    let asked = decision.note(Cause::Asked(stop.by.clone()), kind);
    if stop.abandon || !inside {
        let abandonment = Abandonment::Stopped(stop.clone());
        give_up(decision, &execution, &abandonment, asked);
    }
    Ok(())
}

/// An execution loses what it ran on.
pub(super) fn cancel(
    decision: &mut Decision,
    execution: &ExecutionId,
    why: &Cancellation,
    because: FactId,
) {
    give_up(decision, execution, &Abandonment::Cancelled(why.clone()), because);
}

/// Ends an execution where it stands. After a stop, the next one may come in; after a
/// cancellation nobody is left to come.
fn give_up(decision: &mut Decision, execution: &ExecutionId, why: &Abandonment, because: FactId) {
    let live = decision.line.live_attempts().filter(|it| it.of.execution == *execution);
    let live: Vec<_> = live.map(|attempt| attempt.of.clone()).collect();
    for attempt in live {
        let end = AttemptEnd::Abandoned(why.clone());
        decision.note(Cause::Fact(because), FactKind::AttemptEnded { attempt, end });
    }
    let (stage_end, end) = match why {
        Abandonment::Stopped(stop) => (StageEnd::Stopped, End::Stopped(stop.clone())),
        Abandonment::Cancelled(why) => (StageEnd::Cancelled, End::Cancelled(why.clone())),
    };
    let left = leave(decision, execution, stage_end, because);
    let kind = FactKind::ExecutionEnded { execution: execution.clone(), end };
    let ended = decision.note(Cause::Fact(because), kind);
    if let (Some(stage), Abandonment::Stopped(_)) = (left, why) {
        door::admit(decision, &stage, ended);
    }
}

/// Leaves the stage that the execution is in, if it is in one.
fn leave(
    decision: &mut Decision,
    execution: &ExecutionId,
    end: StageEnd,
    because: FactId,
) -> Option<StageName> {
    let ExecutionStatus::InStage(stage) = &decision.line.executions.get(execution)?.status else {
        return None;
    };
    let stage = stage.clone();
    let (execution, name) = (execution.clone(), stage.clone());
    let kind = FactKind::StageEnded { execution, stage: name, end };
    decision.note(Cause::Fact(because), kind);
    Some(stage)
}

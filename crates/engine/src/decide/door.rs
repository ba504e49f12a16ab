//! The doors between stages in SUPERSEDED mode: one execution inside, the newest one waiting.

use super::{Decision, stage};
use crate::fact::FactKind;
use crate::line::{StageHead, Transition};
use domain::reason::{Cause, End, FactId, Wait};
use domain::{ExecutionId, StageName};

/// An execution comes to a stage's door. Whoever waits there is older, since nobody overtakes
/// inside a stage, and gives way.
pub(super) fn arrive(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    because: FactId,
) {
    let older = decision.line.head.stage(stage).and_then(|door| door.waiting.clone());
    if let Some(older) = older {
        let end = End::Superseded { by: execution.clone(), stage: stage.clone() };
        let kind = FactKind::ExecutionEnded { execution: older, end };
        decision.note(Cause::Fact(because), kind);
    }
    pass_or_wait(decision, execution, stage, because);
}

/// A stage has become free or its way was opened or closed: who waits there may come in, or
/// waits for something else from now on.
pub(super) fn admit(decision: &mut Decision, stage: &StageName, because: FactId) {
    let waiting = decision.line.head.stage(stage).and_then(|door| door.waiting.clone());
    if let Some(execution) = waiting {
        pass_or_wait(decision, &execution, stage, because);
    }
}

fn pass_or_wait(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    because: FactId,
) {
    let (execution, stage_name) = (execution.clone(), stage.clone());
    match decision.line.head.stage(stage).and_then(obstacle) {
        None => {
            let kind = FactKind::StageEntered { execution: execution.clone(), stage: stage_name };
            let entered = decision.note(Cause::Fact(because), kind);
            stage::proceed(decision, &execution, stage, entered);
        }
        Some(wait) if decision.line.waits(&execution) == [wait.clone()] => {}
        Some(wait) => {
            decision.note(Cause::Fact(because), FactKind::ExecutionWaits { execution, wait });
        }
    }
}

/// What keeps executions out. A closed way is named before an occupant: the occupant leaves by
/// itself, the way does not open by itself.
fn obstacle(door: &StageHead) -> Option<Wait> {
    let stage = door.name.clone();
    match (&door.transition, &door.occupant) {
        (Transition::Disabled { by, at, comment }, _) => Some(Wait::TransitionDisabled {
            stage,
            by: by.clone(),
            since: *at,
            comment: comment.clone(),
        }),
        (_, Some(by)) => Some(Wait::StageOccupied { stage, by: by.clone() }),
        (_, None) => None,
    }
}

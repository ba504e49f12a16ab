//! What a fact changes in a line. Total and dull: it decides nothing, refuses nothing, and never
//! changes its meaning, so that a recorded history reads the same for ever.

mod attempt;
mod execution;
mod pipeline;

use crate::fact::{Fact, FactKind};
use crate::line::Line;

/// Makes the line what the fact says.
pub fn apply(line: &mut Line, fact: &Fact) {
    line.head.last_fact = fact.id;
    let at = fact.at;
    match &fact.kind {
        FactKind::PipelineDeclared { declaration } => {
            pipeline::declare(&mut line.head, declaration)
        }
        FactKind::PipelineDeleted => line.head.deleted = true,
        FactKind::ExecutionStarted(started) => execution::start(line, started, at),
        FactKind::ExecutionWaits { execution, wait } => {
            execution::wait_at_door(line, execution, wait, at)
        }
        FactKind::ExecutionStopping { execution, stop } => {
            execution::ask_to_stop(line, execution, stop, at)
        }
        FactKind::ExecutionEnded { execution, end } => execution::end(line, execution, end, at),
        FactKind::StageEntered { execution, stage } => execution::enter(line, execution, stage, at),
        FactKind::StageEnded { execution, stage, end } => {
            execution::leave(line, execution, stage, *end, at)
        }
        FactKind::StageRetried { execution, stage, mode } => {
            execution::retry(line, execution, stage, *mode, at);
        }
        FactKind::TransitionSet { stage, transition } => {
            if let Some(stage) = line.head.stage_mut(stage) {
                stage.transition = transition.clone();
            }
        }
        FactKind::AttemptBegan(began) => attempt::begin(line, began, at),
        FactKind::AttemptTaken { attempt, holder, deadline } => {
            attempt::take(line, attempt, holder, *deadline, at);
        }
        FactKind::RevisionKnown { attempt, revision } => attempt::bring(line, attempt, revision),
        FactKind::AttemptEnded { attempt, end } => attempt::end(line, attempt, end, at),
    }
}

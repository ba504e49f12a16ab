//! What facts ask the world to do.

mod report;

pub use report::{Origin, origins, still_holds};

use crate::apply::apply;
use crate::attempt::{Attempt, AttemptEnd};
use crate::effect::{Effect, StartAction};
use crate::fact::{Fact, FactKind};
use crate::line::Line;
use domain::AttemptRef;
use domain::pipeline::ArtifactStore;
use domain::reason::Failure;

/// Applies a decision's facts and gives the effects that they call for, in their order.
pub fn carry_out(line: &mut Line, facts: &[Fact]) -> Vec<Effect> {
    facts.iter().for_each(|fact| apply(line, fact));
    facts.iter().flat_map(|fact| effects(line, fact)).collect()
}

/// What a fact asks the world to do. The line has every fact of the same decision applied: an
/// attempt that ended in the decision that began it is not handed out.
pub fn effects(line: &Line, fact: &Fact) -> Vec<Effect> {
    match &fact.kind {
        FactKind::AttemptBegan(began) => {
            let mut effects: Vec<_> = hand_out(line, &began.attempt).into_iter().collect();
            effects.extend(report::attempt(line, &began.attempt, fact));
            effects
        }
        FactKind::AttemptEnded { attempt, end } => {
            let mut effects = match end {
                AttemptEnd::Succeeded(produced) if produced.revision.is_some() => {
                    report::arrived(line, attempt, fact)
                }
                AttemptEnd::Abandoned(_) | AttemptEnd::Failed(Failure::TimedOut { .. }) => {
                    give_up(line, attempt).into_iter().collect()
                }
                _ => vec![],
            };
            effects.extend(report::attempt(line, attempt, fact));
            effects
        }
        FactKind::RevisionKnown { attempt, .. } => report::arrived(line, attempt, fact),
        FactKind::ExecutionStarted(started) => report::execution(line, &started.execution, fact),
        FactKind::StageRetried { execution, .. } | FactKind::ExecutionEnded { execution, .. } => {
            report::execution(line, execution, fact)
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

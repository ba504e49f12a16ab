//! Inside a stage: actions of one `runOrder` side by side, the orders one after the other.

use super::{Decision, action, door};
use crate::attempt::{AttemptEnd, AttemptState};
use crate::execution::{ActionState, StageEnd, StageRun};
use crate::fact::FactKind;
use domain::pipeline::{ActionDeclaration, StageDeclaration};
use domain::reason::{Cause, End, FactId, Failure};
use domain::{ActionName, ExecutionId, StageName};

/// What can be done next.
enum Next {
    /// Something of the current order still runs.
    Wait,
    /// These come next.
    Begin(Vec<ActionName>),
    /// Nothing is left to do.
    Finish(StageEnd),
}

/// Goes on inside a stage after something in it changed.
pub(super) fn proceed(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    because: FactId,
) {
    match next(decision, execution, stage) {
        Next::Wait => {}
        Next::Begin(actions) => {
            for action in &actions {
                action::begin(decision, execution, stage, action, 0, because);
            }
            // What cannot be begun has failed by now, and may have been the only one.
            let last = decision.facts.last().map_or(because, |fact| fact.id);
            proceed(decision, execution, stage, last);
        }
        Next::Finish(end) => finish(decision, execution, stage, end, because),
    }
}

fn next(decision: &Decision, execution: &ExecutionId, stage: &StageName) -> Next {
    let line = &decision.line;
    let run = line.executions.get(execution).and_then(|run| Some((run, run.stage(stage)?)));
    let declared = line.declaration_of(execution).and_then(|it| it.stage(stage));
    let (Some((execution, run)), Some(declared)) = (run, declared) else { return Next::Wait };
    let any = |state| run.actions.iter().any(|action| action.state == state);
    if any(ActionState::InProgress) {
        Next::Wait
    } else if any(ActionState::Failed) {
        Next::Finish(StageEnd::Failed)
    } else if execution.stop.is_some() {
        Next::Finish(StageEnd::Stopped)
    } else if any(ActionState::Pending) {
        Next::Begin(lowest_order(declared, run))
    } else {
        Next::Finish(StageEnd::Succeeded)
    }
}

fn lowest_order(declared: &StageDeclaration, run: &StageRun) -> Vec<ActionName> {
    let pending = |action: &&ActionDeclaration| {
        run.action(&action.name).is_some_and(|it| it.state == ActionState::Pending)
    };
    let pending: Vec<_> = declared.actions.iter().filter(pending).collect();
    let lowest = pending.iter().map(|action| action.run_order()).min();
    let of_lowest = pending.iter().filter(|action| Some(action.run_order()) == lowest);
    of_lowest.map(|action| action.name.clone()).collect()
}

/// Leaves a stage: onward, or to the execution's end. Then the next one may come in.
fn finish(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    end: StageEnd,
    because: FactId,
) {
    let (id, name) = (execution.clone(), stage.clone());
    let kind = FactKind::StageEnded { execution: id, stage: name, end };
    let left = decision.note(Cause::Fact(because), kind);
    match (end, following(decision, execution, stage)) {
        (StageEnd::Succeeded, Some(next)) => door::arrive(decision, execution, &next, left),
        _ => {
            let end = execution_end(decision, execution, stage);
            let kind = FactKind::ExecutionEnded { execution: execution.clone(), end };
            decision.note(Cause::Fact(left), kind);
        }
    }
    door::admit(decision, stage, left);
}

fn following(decision: &Decision, execution: &ExecutionId, stage: &StageName) -> Option<StageName> {
    let stages = &decision.line.declaration_of(execution)?.stages;
    let at = stages.iter().position(|it| it.name == *stage)?;
    stages.get(at + 1).map(|next| next.name.clone())
}

/// A stopped execution is Stopped, even if one of its last actions failed.
fn execution_end(decision: &Decision, execution: &ExecutionId, stage: &StageName) -> End {
    let run = decision.line.executions.get(execution);
    if let Some(stop) = run.and_then(|run| run.stop.clone()) {
        return End::Stopped(stop);
    }
    match run.and_then(|run| first_failure(decision, execution, run.stage(stage)?)) {
        Some((action, attempt, failure)) => {
            End::Failed { stage: stage.clone(), action, attempt, failure }
        }
        None => End::Succeeded,
    }
}

fn first_failure(
    decision: &Decision,
    execution: &ExecutionId,
    run: &StageRun,
) -> Option<(ActionName, u32, Failure)> {
    let failed = run.actions.iter().find(|action| action.state == ActionState::Failed)?;
    let attempt = decision.line.latest_attempt(execution, &run.name, &failed.name)?;
    match &attempt.state {
        AttemptState::Ended { end: AttemptEnd::Failed(failure), .. } => {
            Some((failed.name.clone(), failed.attempts, failure.clone()))
        }
        _ => None,
    }
}

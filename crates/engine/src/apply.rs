//! What a fact changes in a line. Total and dull: it decides nothing, refuses nothing, and never
//! changes its meaning, so that a recorded history reads the same for ever.

use crate::attempt::{Attempt, AttemptEnd, AttemptState, action_execution_id};
use crate::execution::{ActionRun, ActionState, Execution, ExecutionStatus, StageEnd, StageRun};
use crate::fact::{AttemptBegan, ExecutionStarted, Fact, FactKind};
use crate::line::{LatestExecution, Line, LineHead, StageHead};
use domain::pipeline::{PipelineDeclaration, RetryMode};
use domain::reason::{End, Stop, Wait};
use domain::{AttemptRef, ExecutionId, HolderId, StageName, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Makes the line what the fact says.
pub fn apply(line: &mut Line, fact: &Fact) {
    line.head.last_fact = fact.id;
    let at = fact.at;
    match &fact.kind {
        FactKind::PipelineDeclared { declaration } => declare(&mut line.head, declaration),
        FactKind::PipelineDeleted => line.head.deleted = true,
        FactKind::ExecutionStarted(started) => start(line, started, at),
        FactKind::ExecutionWaits { execution, wait } => wait_at_door(line, execution, wait, at),
        FactKind::ExecutionStopping { execution, stop } => ask_to_stop(line, execution, stop, at),
        FactKind::ExecutionEnded { execution, end } => end_execution(line, execution, end, at),
        FactKind::StageEntered { execution, stage } => enter(line, execution, stage, at),
        FactKind::StageEnded { execution, stage, end } => leave(line, execution, stage, *end, at),
        FactKind::StageRetried { execution, stage, mode } => {
            retry(line, execution, stage, *mode, at);
        }
        FactKind::TransitionSet { stage, transition } => {
            if let Some(stage) = line.head.stage_mut(stage) {
                stage.transition = transition.clone();
            }
        }
        FactKind::AttemptBegan(began) => begin(line, began, at),
        FactKind::AttemptTaken { attempt, holder, deadline } => {
            take(line, attempt, holder, *deadline, at);
        }
        FactKind::AttemptEnded { attempt, end } => end_attempt(line, attempt, end, at),
    }
}

/// Stages keep what they know where a stage of the same name was there before.
fn declare(head: &mut LineHead, declaration: &Arc<PipelineDeclaration>) {
    if std::mem::take(&mut head.deleted) {
        head.stages.clear();
        head.declarations.clear();
    }
    let mut before = std::mem::take(&mut head.stages);
    let known = |name: &StageName, before: &mut Vec<StageHead>| {
        let at = before.iter().position(|stage| stage.name == *name)?;
        Some(before.swap_remove(at))
    };
    let fresh = |name: &StageName| StageHead {
        name: name.clone(),
        transition: Default::default(),
        occupant: None,
        waiting: None,
        latest: None,
    };
    head.stages = declaration
        .stages
        .iter()
        .map(|stage| known(&stage.name, &mut before).unwrap_or_else(|| fresh(&stage.name)))
        .collect();
    head.version = declaration.version.unwrap_or(head.version + 1);
    head.declarations.insert(head.version, Arc::clone(declaration));
    forget_versions(head);
}

/// A declaration is kept while it is current, while an execution runs it, and while it may be
/// needed to retry a stage of the execution that was there last.
fn forget_versions(head: &mut LineHead) {
    let latest = head.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let mut used: BTreeSet<u32> = latest.map(|latest| latest.version).collect();
    used.extend(head.live.values());
    used.insert(head.version);
    head.declarations.retain(|version, _| used.contains(version));
}

fn start(line: &mut Line, started: &ExecutionStarted, at: Timestamp) {
    let ExecutionStarted { execution, trigger, variables, wanted } = started.clone();
    let Some(declaration) = line.head.declarations.get(&line.head.version) else { return };
    line.head.last_order += 1;
    line.head.live.insert(execution.clone(), line.head.version);
    let run = Execution {
        id: execution.clone(),
        order: line.head.last_order,
        version: line.head.version,
        mode: declaration.execution_mode(),
        trigger,
        variables,
        wanted,
        revisions: vec![],
        started: at,
        updated: at,
        attempt: 1,
        stop: None,
        status: ExecutionStatus::BetweenStages,
        stages: vec![],
    };
    line.executions.insert(execution, run);
}

/// The execution's row, marked as changed now.
fn changed<'a>(
    line: &'a mut Line,
    execution: &ExecutionId,
    at: Timestamp,
) -> Option<&'a mut Execution> {
    let run = line.executions.get_mut(execution)?;
    run.updated = at;
    Some(run)
}

fn wait_at_door(line: &mut Line, execution: &ExecutionId, wait: &Wait, at: Timestamp) {
    if let Some(stage) = line.head.stage_mut(wait.stage()) {
        stage.waiting = Some(execution.clone());
    }
    if let Some(run) = changed(line, execution, at) {
        run.status = ExecutionStatus::Waiting(wait.clone());
    }
}

fn ask_to_stop(line: &mut Line, execution: &ExecutionId, stop: &Stop, at: Timestamp) {
    if let Some(run) = changed(line, execution, at) {
        run.stop = Some(stop.clone());
    }
}

fn end_execution(line: &mut Line, execution: &ExecutionId, end: &End, at: Timestamp) {
    line.head.live.remove(execution);
    for stage in &mut line.head.stages {
        stage.waiting.take_if(|waiting| waiting == execution);
        stage.occupant.take_if(|occupant| occupant == execution);
    }
    forget_versions(&mut line.head);
    if let Some(run) = changed(line, execution, at) {
        run.status = ExecutionStatus::Ended(end.clone());
    }
}

fn enter(line: &mut Line, execution: &ExecutionId, stage: &StageName, at: Timestamp) {
    occupy(line, execution, stage);
    let declaration = line.declaration_of(execution).cloned();
    let declared = declaration.as_ref().and_then(|it| it.stage(stage));
    let actions = declared.map(|it| it.actions.as_slice()).unwrap_or_default();
    let pending = |name| ActionRun { name, attempts: 0, state: ActionState::Pending };
    let actions = actions.iter().map(|action| pending(action.name.clone())).collect();
    let run = StageRun { name: stage.clone(), entered: at, ended: None, retries: 0, actions };
    if let Some(execution) = changed(line, execution, at) {
        execution.status = ExecutionStatus::InStage(stage.clone());
        execution.stages.push(run);
    }
}

fn occupy(line: &mut Line, execution: &ExecutionId, stage: &StageName) {
    let version = line.executions.get(execution).map_or(line.head.version, |run| run.version);
    if let Some(stage) = line.head.stage_mut(stage) {
        stage.waiting.take_if(|waiting| waiting == execution);
        stage.occupant = Some(execution.clone());
        stage.latest = Some(LatestExecution { execution: execution.clone(), version });
    }
}

fn leave(
    line: &mut Line,
    execution: &ExecutionId,
    stage: &StageName,
    end: StageEnd,
    at: Timestamp,
) {
    if let Some(stage) = line.head.stage_mut(stage) {
        stage.occupant.take_if(|occupant| occupant == execution);
    }
    let Some(execution) = changed(line, execution, at) else { return };
    execution.status = ExecutionStatus::BetweenStages;
    if let Some(run) = execution.stage_mut(stage) {
        run.ended = Some((end, at));
    }
}

fn retry(
    line: &mut Line,
    execution: &ExecutionId,
    stage: &StageName,
    mode: RetryMode,
    at: Timestamp,
) {
    occupy(line, execution, stage);
    let version = line.executions.get(execution).map_or(line.head.version, |run| run.version);
    line.head.live.insert(execution.clone(), version);
    let Some(execution) = changed(line, execution, at) else { return };
    execution.attempt += 1;
    execution.stop = None;
    execution.status = ExecutionStatus::InStage(stage.clone());
    let Some(run) = execution.stage_mut(stage) else { return };
    (run.ended, run.retries) = (None, run.retries + 1);
    let keep = |state| mode == RetryMode::FailedActions && state == ActionState::Succeeded;
    for action in run.actions.iter_mut().filter(|action| !keep(action.state)) {
        action.state = ActionState::Pending;
    }
}

fn begin(line: &mut Line, began: &AttemptBegan, at: Timestamp) {
    let AttemptBegan { attempt: of, work, wait, token, losses, deadline } = began.clone();
    let version = line.executions.get(&of.execution).map_or(line.head.version, |run| run.version);
    set_action(line, &of, ActionState::InProgress, at);
    let attempt = Attempt {
        id: action_execution_id(&of),
        of: of.clone(),
        version,
        began: at,
        updated: at,
        deadline,
        losses,
        token,
        work,
        state: AttemptState::Waiting(wait),
    };
    line.attempts.insert(of, attempt);
}

fn take(line: &mut Line, of: &AttemptRef, holder: &HolderId, deadline: Timestamp, at: Timestamp) {
    if let Some(attempt) = line.attempts.get_mut(of) {
        attempt.updated = at;
        attempt.deadline = deadline;
        attempt.state = AttemptState::Running { holder: holder.clone(), since: at };
    }
}

fn end_attempt(line: &mut Line, of: &AttemptRef, end: &AttemptEnd, at: Timestamp) {
    let state = match end {
        AttemptEnd::Succeeded(_) | AttemptEnd::Approved { .. } => ActionState::Succeeded,
        AttemptEnd::Failed(_) => ActionState::Failed,
        AttemptEnd::Abandoned(_) => ActionState::Abandoned,
        AttemptEnd::Lost => ActionState::Pending,
    };
    set_action(line, of, state, at);
    if let Some(attempt) = line.attempts.get_mut(of) {
        attempt.updated = at;
        attempt.state = AttemptState::Ended { at, end: end.clone() };
    }
    let AttemptEnd::Succeeded(produced) = end else { return };
    let Some(execution) = line.executions.get_mut(&of.execution) else { return };
    if let Some(revision) = &produced.revision {
        execution.revisions.retain(|known| known.action != revision.action);
        execution.revisions.push(revision.clone());
    }
}

fn set_action(line: &mut Line, of: &AttemptRef, state: ActionState, at: Timestamp) {
    let execution = changed(line, &of.execution, at);
    let stage = execution.and_then(|it| it.stage_mut(&of.stage));
    if let Some(action) = stage.and_then(|it| it.action_mut(&of.action)) {
        action.state = state;
        action.attempts = action.attempts.max(of.attempt);
    }
}

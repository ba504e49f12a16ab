//! What facts about executions and their stages change.

use super::pipeline::forget_versions;
use crate::execution::{ActionRun, ActionState, Execution, ExecutionStatus, StageEnd, StageRun};
use crate::fact::ExecutionStarted;
use crate::line::{LatestExecution, Line};
use domain::pipeline::RetryMode;
use domain::reason::{End, Stop, Wait};
use domain::{ExecutionId, StageName, Timestamp};

pub(super) fn start(line: &mut Line, started: &ExecutionStarted, at: Timestamp) {
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
pub(super) fn changed<'a>(
    line: &'a mut Line,
    execution: &ExecutionId,
    at: Timestamp,
) -> Option<&'a mut Execution> {
    let run = line.executions.get_mut(execution)?;
    run.updated = at;
    Some(run)
}

pub(super) fn wait_at_door(line: &mut Line, execution: &ExecutionId, wait: &Wait, at: Timestamp) {
    if let Some(stage) = line.head.stage_mut(wait.stage()) {
        stage.waiting = Some(execution.clone());
    }
    if let Some(run) = changed(line, execution, at) {
        run.status = ExecutionStatus::Waiting(wait.clone());
    }
}

pub(super) fn ask_to_stop(line: &mut Line, execution: &ExecutionId, stop: &Stop, at: Timestamp) {
    if let Some(run) = changed(line, execution, at) {
        run.stop = Some(stop.clone());
    }
}

pub(super) fn end(line: &mut Line, execution: &ExecutionId, end: &End, at: Timestamp) {
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

pub(super) fn enter(line: &mut Line, execution: &ExecutionId, stage: &StageName, at: Timestamp) {
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

pub(super) fn leave(
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

pub(super) fn retry(
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
    let well = |state| matches!(state, ActionState::Succeeded | ActionState::InProgress);
    let keep = |state| mode == RetryMode::FailedActions && well(state);
    for action in run.actions.iter_mut().filter(|action| !keep(action.state)) {
        action.state = ActionState::Pending;
    }
}

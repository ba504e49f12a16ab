//! What facts about attempts change.

use super::execution::changed;
use crate::attempt::{Attempt, AttemptEnd, AttemptState, action_execution_id};
use crate::execution::ActionState;
use crate::fact::AttemptBegan;
use crate::line::Line;
use domain::revision::SourceRevision;
use domain::{AttemptRef, HolderId, Timestamp};

pub(super) fn begin(line: &mut Line, began: &AttemptBegan, at: Timestamp) {
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

pub(super) fn take(
    line: &mut Line,
    of: &AttemptRef,
    holder: &HolderId,
    deadline: Timestamp,
    at: Timestamp,
) {
    if let Some(attempt) = line.attempts.get_mut(of) {
        attempt.updated = at;
        attempt.deadline = deadline;
        attempt.state = AttemptState::Running { holder: holder.clone(), since: at };
    }
}

pub(super) fn end(line: &mut Line, of: &AttemptRef, end: &AttemptEnd, at: Timestamp) {
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
    if let Some(revision) = &produced.revision {
        bring(line, of, revision);
    }
}

pub(super) fn bring(line: &mut Line, of: &AttemptRef, revision: &SourceRevision) {
    let Some(execution) = line.executions.get_mut(&of.execution) else { return };
    execution.revisions.retain(|known| known.action != revision.action);
    execution.revisions.push(revision.clone());
}

fn set_action(line: &mut Line, of: &AttemptRef, state: ActionState, at: Timestamp) {
    let execution = changed(line, &of.execution, at);
    let stage = execution.and_then(|it| it.stage_mut(&of.stage));
    if let Some(action) = stage.and_then(|it| it.action_mut(&of.action)) {
        action.state = state;
        action.attempts = action.attempts.max(of.attempt);
    }
}

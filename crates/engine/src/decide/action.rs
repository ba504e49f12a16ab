//! Attempts at an action: begun, taken, ended, lost.

use super::scope::Scope;
use super::{Decision, stage};
use crate::attempt::{ApprovalToken, Attempt, AttemptEnd, AttemptState, Produced};
use crate::event::{AttemptResult, Refused};
use crate::fact::{AttemptBegan, FactKind};
use crate::limits::{NEW_ATTEMPTS_AFTER_LOSS_MAX, OUTPUT_VARIABLES_BYTES_MAX, STEP_GRACE_SECONDS};
use domain::reason::{Cause, FactId, Failure, FailureCode, Wait};
use domain::{ActionName, AttemptRef, ExecutionId, HolderId, StageName, Timestamp};

/// Hands out a new attempt. One that cannot be performed as it is declared fails on the spot.
pub(super) fn begin(
    decision: &mut Decision,
    execution: &ExecutionId,
    stage: &StageName,
    action: &ActionName,
    losses: u32,
    because: FactId,
) {
    let Some((began, failure)) = prepare(decision, execution, stage, action, losses) else {
        return;
    };
    let attempt = began.attempt.clone();
    let began = FactKind::AttemptBegan(Box::new(began));
    let because = decision.note(Cause::Fact(because), began);
    if let Some(failure) = failure {
        let end = AttemptEnd::Failed(failure);
        decision.note(Cause::Fact(because), FactKind::AttemptEnded { attempt, end });
    }
}

fn prepare(
    decision: &Decision,
    execution: &ExecutionId,
    stage: &StageName,
    action: &ActionName,
    losses: u32,
) -> Option<(AttemptBegan, Option<Failure>)> {
    let line = &decision.line;
    let run = line.executions.get(execution)?;
    let declaration = line.declaration_of(execution)?;
    let declared = declaration.stage(stage)?.action(action)?;
    let number = run.stage(stage)?.action(action)?.attempts + 1;
    let attempt = line.attempt_ref(execution, stage, action, number);
    let (work, failure) = Scope { line, execution: run, declaration }.work(declared);
    let (token, wait, deadline) = if declared.is_approval() {
        let expires = decision.at.plus_seconds(i64::from(work.timeout_seconds));
        let wait = Wait::Approval { stage: stage.clone(), action: action.clone(), expires };
        (Some(ApprovalToken::derive(&decision.nonce, &attempt)), wait, expires)
    } else {
        let (stage, action) = (stage.clone(), action.clone());
        let wait = Wait::ActionNotTaken { stage, action, attempt: number };
        (None, wait, deadline(decision.at, work.timeout_seconds))
    };
    Some((AttemptBegan { attempt, work, wait, token, losses, deadline }, failure))
}

/// Its performer ends a step in time; this is for a performer that does not speak any more.
fn deadline(at: Timestamp, timeout_seconds: u32) -> Timestamp {
    at.plus_seconds(i64::from(timeout_seconds) + i64::from(STEP_GRACE_SECONDS))
}

/// A performer has begun an attempt, or has taken it over from one that is gone.
pub(super) fn taken(
    decision: &mut Decision,
    of: &AttemptRef,
    holder: &HolderId,
) -> Result<(), Refused> {
    let attempt = performed(decision, of)?;
    if matches!(&attempt.state, AttemptState::Running { holder: known, .. } if known == holder) {
        return Ok(());
    }
    let deadline = deadline(decision.at, attempt.work.timeout_seconds);
    let (attempt, holder) = (of.clone(), holder.clone());
    let kind = FactKind::AttemptTaken { attempt, holder, deadline };
    decision.note(Cause::Reported(of.clone()), kind);
    Ok(())
}

/// A performer has done an attempt.
pub(super) fn ended(
    decision: &mut Decision,
    of: &AttemptRef,
    result: &AttemptResult,
) -> Result<(), Refused> {
    let attempt = performed(decision, of)?;
    let end = match result {
        AttemptResult::Succeeded(produced) => match shortcoming(attempt, produced) {
            None => AttemptEnd::Succeeded(produced.clone()),
            Some(failure) => AttemptEnd::Failed(failure),
        },
        AttemptResult::Failed { code, message } => reported(*code, message),
        AttemptResult::Unfetched { code, message, revision } => {
            let end = reported(*code, message);
            let run = decision.line.executions.get(&of.execution);
            if run.is_some_and(|run| !run.is_ended()) {
                let (attempt, revision) = (of.clone(), revision.clone());
                let kind = FactKind::RevisionKnown { attempt, revision };
                decision.note(Cause::Reported(of.clone()), kind);
            }
            end
        }
    };
    settle(decision, of, end, Cause::Reported(of.clone()));
    Ok(())
}

fn reported(code: FailureCode, message: &str) -> AttemptEnd {
    AttemptEnd::Failed(Failure::Reported { code, message: message.to_owned() })
}

/// Whoever performed an attempt is gone. The next attempt follows by itself, a few times.
pub(super) fn lost(decision: &mut Decision, of: &AttemptRef) -> Result<(), Refused> {
    let losses = performed(decision, of)?.losses + 1;
    let cause = Cause::HolderGone(of.clone());
    if losses > NEW_ATTEMPTS_AFTER_LOSS_MAX {
        let failure = Failure::LostTooOften { times: losses };
        settle(decision, of, AttemptEnd::Failed(failure), cause);
        return Ok(());
    }
    let (attempt, end) = (of.clone(), AttemptEnd::Lost);
    let because = decision.note(cause, FactKind::AttemptEnded { attempt, end });
    let stopping = decision.line.executions.get(&of.execution).is_some_and(|it| it.stop.is_some());
    if !stopping {
        begin(decision, &of.execution, &of.stage, &of.action, losses, because);
    }
    stage::proceed(decision, &of.execution, &of.stage, because);
    Ok(())
}

/// Ends an attempt and goes on in its stage.
pub(super) fn settle(decision: &mut Decision, of: &AttemptRef, end: AttemptEnd, cause: Cause) {
    let kind = FactKind::AttemptEnded { attempt: of.clone(), end };
    let because = decision.note(cause, kind);
    stage::proceed(decision, &of.execution, &of.stage, because);
}

/// A live attempt that a process performs; nobody but a person can speak for an approval.
fn performed<'a>(decision: &'a Decision, of: &AttemptRef) -> Result<&'a Attempt, Refused> {
    let attempt = decision.line.attempts.get(of);
    let live = attempt.filter(|attempt| attempt.is_live() && attempt.token.is_none());
    live.ok_or_else(|| Refused::Stale { attempt: Box::new(of.clone()) })
}

/// What a performer that says "done" has left undone.
fn shortcoming(attempt: &Attempt, produced: &Produced) -> Option<Failure> {
    let missing = attempt.work.outputs.iter().find(|it| !produced.outputs.contains_key(&it.name));
    if let Some(missing) = missing {
        return Some(Failure::OutputMissing { artifact: missing.name.clone() });
    }
    let bytes = produced.variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    let bytes_max = OUTPUT_VARIABLES_BYTES_MAX;
    (bytes > bytes_max).then_some(Failure::VariablesTooLarge { bytes, bytes_max })
}

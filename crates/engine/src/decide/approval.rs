//! A person answers an approval.

use super::{Decision, action};
use crate::attempt::{Attempt, AttemptEnd, AttemptState};
use crate::event::{ApprovalOver, Approve, Refused};
use domain::Timestamp;
use domain::reason::{Cause, Failure};

pub(super) fn answer(decision: &mut Decision, answer: &Approve) -> Result<(), Refused> {
    let declaration = decision.line.head.declaration().ok_or(Refused::PipelineUnknown)?;
    let (stage, action) = (answer.stage.clone(), answer.action.clone());
    let declared = declaration.stage(&stage).ok_or(Refused::StageUnknown { stage })?;
    let stage = answer.stage.clone();
    declared.action(&action).ok_or(Refused::ActionUnknown { stage, action })?;

    // Whoever is asked is in the stage now or was there last; older questions are forgotten.
    let latest = decision.line.head.stage(&answer.stage).and_then(|stage| stage.latest.as_ref());
    let asked = decision.line.attempts.values().find(|attempt| {
        let of = &attempt.of;
        latest.is_some_and(|latest| latest.execution == of.execution)
            && (&of.stage, &of.action) == (&answer.stage, &answer.action)
            && attempt.token.as_ref().is_some_and(|token| token.is(&answer.token))
    });
    let asked = asked.ok_or(Refused::TokenWrong)?;
    still_open(asked, decision.at)?;
    let (by, summary) = (answer.by.clone(), answer.summary.clone());
    let end = if answer.approved {
        AttemptEnd::Approved { by, summary }
    } else {
        AttemptEnd::Failed(Failure::Rejected { by, summary })
    };
    let of = asked.of.clone();
    action::settle(decision, &of, end, Cause::Asked(answer.by.clone()));
    Ok(())
}

/// Time is up at the deadline, noticed or not.
fn still_open(asked: &Attempt, at: Timestamp) -> Result<(), Refused> {
    let over = |why| Err(Refused::ApprovalOver { why });
    match &asked.state {
        AttemptState::Ended { end, .. } => match end {
            AttemptEnd::Abandoned(_) => over(ApprovalOver::Abandoned),
            AttemptEnd::Failed(Failure::ApprovalExpired { .. }) => over(ApprovalOver::Expired),
            _ => Err(Refused::ApprovalCompleted),
        },
        _ if at >= asked.deadline => over(ApprovalOver::Expired),
        _ => Ok(()),
    }
}

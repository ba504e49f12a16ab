//! Time passes: what did not end by its deadline ends now.

use super::{Decision, action};
use crate::attempt::{Attempt, AttemptEnd};
use crate::event::Refused;
use domain::reason::{Cause, Failure};

pub(super) fn tick(decision: &mut Decision) -> Result<(), Refused> {
    let due = decision.line.live_attempts().filter(|attempt| attempt.deadline <= decision.at);
    let due: Vec<_> = due.map(|attempt| (attempt.of.clone(), failure(attempt))).collect();
    for (attempt, failure) in due {
        action::settle(decision, &attempt, AttemptEnd::Failed(failure), Cause::Time);
    }
    Ok(())
}

fn failure(attempt: &Attempt) -> Failure {
    let seconds = attempt.work.timeout_seconds;
    match attempt.token {
        Some(_) => Failure::ApprovalExpired { seconds },
        None => Failure::TimedOut { seconds },
    }
}

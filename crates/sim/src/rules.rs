//! What must hold after every commit.

use std::collections::BTreeSet;

use domain::pipeline::RetryMode;
use domain::reason::Failure;
use domain::{ActionName, AttemptRef, ExecutionId, PipelineName, StageName, Timestamp};
use engine::{
    ActionState, AttemptBegan, AttemptEnd, AttemptState, Execution, ExecutionStatus, Fact,
    FactKind, Line, StageRun,
};
use operations::attempts::Taken;

use crate::process::Progress;
use crate::story::{Held, Story};

/// New attempts that may follow lost ones by themselves, as the product promises.
const NEW_ATTEMPTS_AFTER_LOSS_MAX: usize = 2;

/// An action of one execution.
pub type Action = (ExecutionId, StageName, ActionName);

/// What is over stays over, nobody overtakes, and no action succeeds twice. The line is as it was
/// before the fact.
pub fn check_fact(succeeded: &mut BTreeSet<Action>, line: &Line, fact: &Fact) -> Held {
    if fact.id.0 != line.head.last_fact.0 + 1 {
        return Err(format!("fact {} follows {}", fact.id, line.head.last_fact));
    }
    let run = fact.kind.execution().and_then(|id| line.executions.get(id));
    let over = run.is_some_and(Execution::is_ended);
    match &fact.kind {
        FactKind::StageRetried { execution, stage, mode } => {
            if *mode == RetryMode::AllActions {
                succeeded.retain(|(id, name, _)| (id, name) != (execution, stage));
            }
            let failed = run.and_then(|run| run.stage(stage)).is_some_and(has_failed);
            let beside = *mode == RetryMode::FailedActions && failed;
            let why = || format!("{execution} was retried, and was neither over nor failing");
            return check(over || beside, why);
        }
        FactKind::AttemptBegan(began) => check_beginning(line, began)?,
        FactKind::AttemptEnded { attempt, end } => check_end(succeeded, attempt, end)?,
        FactKind::StageEntered { stage, .. } => check_entry(line, run, stage)?,
        _ => {}
    }
    check(!over, || format!("it was over before: {:?}", fact.kind))
}

fn has_failed(run: &StageRun) -> bool {
    run.actions.iter().any(|action| action.state == ActionState::Failed)
}

/// The actions of lower `runOrder` have succeeded, and not too many attempts were lost in a row.
fn check_beginning(line: &Line, began: &AttemptBegan) -> Held {
    let of = &began.attempt;
    let declared = line.declaration_of(&of.execution).and_then(|it| it.stage(&of.stage));
    let run = line.executions.get(&of.execution).and_then(|run| run.stage(&of.stage));
    let (Some(declared), Some(run)) = (declared, run) else {
        return Err(format!("{of} began outside of its stage"));
    };
    let order = declared.action(&of.action).map(|action| action.run_order());
    let earlier = declared.actions.iter().filter(|action| Some(action.run_order()) < order);
    for action in earlier {
        let state = run.action(&action.name).map(|it| it.state);
        let done = state == Some(ActionState::Succeeded);
        check(done, || format!("{of} began before {}: {state:?}", action.name))?;
    }
    let before = |attempt| line.attempts.get(&AttemptRef { attempt, ..of.clone() });
    let lost = (1..of.attempt).rev().map_while(before).take_while(|attempt| {
        matches!(attempt.state, AttemptState::Ended { end: AttemptEnd::Lost, .. })
    });
    let (lost, counted) = (lost.count(), began.losses as usize);
    // A person who tries again begins a new count.
    let right = counted == 0 || counted == lost;
    check(right, || format!("{of} counts {counted} losses, and there were {lost}"))?;
    check(lost <= NEW_ATTEMPTS_AFTER_LOSS_MAX, || format!("{of} began after {lost} lost ones"))
}

/// No action succeeds twice, and an answer ends the approval that it was meant for: people say in
/// their answer which one that is.
fn check_end(succeeded: &mut BTreeSet<Action>, of: &AttemptRef, end: &AttemptEnd) -> Held {
    match end {
        AttemptEnd::Succeeded(_) => {
            let action = (of.execution.clone(), of.stage.clone(), of.action.clone());
            check(succeeded.insert(action), || format!("{of} is a second success"))
        }
        AttemptEnd::Approved { summary: meant, .. }
        | AttemptEnd::Failed(Failure::Rejected { summary: meant, .. }) => {
            check(*meant == of.to_string(), || format!("{of} took an answer to {meant}"))
        }
        _ => Ok(()),
    }
}

/// The way in is open, and nobody newer has passed.
fn check_entry(line: &Line, run: Option<&Execution>, stage: &StageName) -> Held {
    let open = line.head.stage(stage).is_some_and(|door| door.transition.is_enabled());
    let (id, order) = run.map(|run| (&run.id, run.order)).unzip();
    check(open, || format!("{id:?} entered {stage}, and the way in is closed"))?;
    let before = line.executions.values().filter(|it| it.stage(stage).is_some());
    let newest = before.map(|it| it.order).max();
    check(order > newest, || format!("{id:?} overtook a newer one at {stage}"))
}

/// What holds between two commits.
pub fn check_line(line: &Line) -> Held {
    for run in line.executions.values().filter(|run| !run.is_ended()) {
        let known = line.head.live.contains_key(&run.id);
        check(known, || format!("{} is live, and the line does not know", run.id))?;
        let waits = !line.waits(&run.id).is_empty();
        check(waits, || format!("{} waits for nothing: {:?}", run.id, run.status))?;
        if let ExecutionStatus::InStage(stage) = &run.status {
            let occupant = line.head.stage(stage).and_then(|it| it.occupant.as_ref());
            let inside = occupant == Some(&run.id);
            check(inside, || format!("{} is in {stage} beside {occupant:?}", run.id))?;
        }
        if let ExecutionStatus::Waiting(wait) = &run.status {
            let stage = wait.stage();
            let waiting = line.head.stage(stage).and_then(|it| it.waiting.as_ref());
            let there = waiting == Some(&run.id);
            check(there, || format!("{} waits at {stage}, and {waiting:?} is there", run.id))?;
        }
    }
    let mut live = BTreeSet::new();
    for attempt in line.live_attempts() {
        let of = &attempt.of;
        let first = live.insert((&of.execution, &of.stage, &of.action));
        check(first, || format!("{of} is a second live attempt"))?;
        let alive = line.head.live.contains_key(&of.execution);
        check(alive, || format!("{of} outlives its execution"))?;
    }
    Ok(())
}

impl Story<'_> {
    /// Once an attempt was taken over, a performer of an earlier life changes nothing about it.
    pub fn check_fence(&self, performance: u64, taken: Taken) -> Held {
        let cut_off = self.performances.iter().find(|it| it.id == performance);
        let taken_over = |of: &AttemptRef| self.ledger.taken_over.get(of).copied().unwrap_or(0);
        let cut_off = cut_off.filter(|it| it.epoch < taken_over(&it.start.attempt));
        match (cut_off, taken) {
            (Some(it), Taken::Yes) => {
                Err(format!("{} was reported by life {} and believed", it.start.attempt, it.epoch))
            }
            _ => Ok(()),
        }
    }

    /// What is written about an attempt is what its performer said.
    pub fn check_word(&self, performance: u64, failed: bool) -> Held {
        let Some(it) = self.performances.iter().find(|it| it.id == performance) else {
            return Ok(());
        };
        let of = &it.start.attempt;
        let line = self.ledger.lines.get(&of.pipeline);
        let written = line.and_then(|line| line.attempts.get(of)).map(|attempt| &attempt.state);
        let succeeded =
            matches!(written, Some(AttemptState::Ended { end: AttemptEnd::Succeeded(_), .. }));
        check(succeeded != failed, || format!("{of} failed: {failed}; it is {written:?}"))
    }

    /// Once a line was woken, nothing in it is overdue.
    pub fn check_awake(&self, pipeline: &PipelineName, at: Timestamp) -> Held {
        let Some(line) = self.ledger.lines.get(pipeline) else { return Ok(()) };
        let overdue = line.live_attempts().find(|attempt| attempt.deadline <= at);
        check(overdue.is_none(), || format!("it is overdue: {:?}", overdue.map(|it| &it.of)))
    }

    /// Nothing is performed twice at once in one life.
    pub fn check_performers(&self) -> Held {
        let own = self.performances.iter().filter(|it| it.epoch == self.process.epoch);
        let busy = own.filter(|it| it.state == Progress::Running || it.state == Progress::Due);
        let mut performed = BTreeSet::new();
        for it in busy {
            let first = performed.insert(&it.start.attempt);
            check(first, || format!("{} is performed twice at once", it.start.attempt))?;
        }
        Ok(())
    }
}

pub fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(otherwise()) }
}

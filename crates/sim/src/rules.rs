//! What must hold after every commit.

use std::collections::BTreeSet;

use domain::pipeline::RetryMode;
use domain::{ActionName, AttemptRef, ExecutionId, StageName};
use engine::{AttemptEnd, ExecutionStatus, Fact, FactKind, Line};
use operations::attempts::Taken;

use crate::process::Progress;
use crate::story::{Held, Story};

/// What is over stays over, nobody overtakes, and no action succeeds twice.
pub fn check_fact(
    succeeded: &mut BTreeSet<(ExecutionId, StageName, ActionName)>,
    line: &Line,
    fact: &Fact,
) -> Held {
    if fact.id.0 != line.head.last_fact.0 + 1 {
        return Err(format!("fact {} follows {}", fact.id, line.head.last_fact));
    }
    let run = fact.kind.execution().and_then(|id| line.executions.get(id));
    let over = run.is_some_and(engine::Execution::is_ended);
    match &fact.kind {
        FactKind::StageRetried { execution, stage, mode } => {
            if *mode == RetryMode::AllActions {
                succeeded.retain(|(id, name, _)| (id, name) != (execution, stage));
            }
            return check(over, || format!("{execution} was retried before it was over"));
        }
        FactKind::AttemptEnded { attempt, end: AttemptEnd::Succeeded(_) } => {
            let action = (attempt.execution.clone(), attempt.stage.clone(), attempt.action.clone());
            check(succeeded.insert(action), || format!("{attempt} is a second success"))?;
        }
        FactKind::StageEntered { execution, stage } => {
            let before = line.executions.values().filter(|it| it.stage(stage).is_some());
            let newest = before.map(|it| it.order).max().unwrap_or(0);
            let order = run.map_or(0, |it| it.order);
            check(order > newest, || format!("{execution} overtook a newer one at {stage}"))?;
        }
        _ => {}
    }
    check(!over, || format!("it was over before: {:?}", fact.kind))
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

//! What must hold after every event.

use crate::*;
use domain::pipeline::RetryMode;
use domain::reason::{Cause, End};
use domain::{AttemptRef, ExecutionId, StageName};
use std::collections::BTreeSet;

/// Only the rows that `touched` names have changed.
pub(super) fn check_touched(before: &Line, after: &Line, facts: &[Fact]) {
    let touched = touched(facts);
    for (id, run) in &after.executions {
        assert!(before.executions.get(id) == Some(run) || touched.executions.contains(id), "{id}");
    }
    for (of, attempt) in &after.attempts {
        assert!(before.attempts.get(of) == Some(attempt) || touched.attempts.contains(of), "{of}");
    }
}

/// What is over stays over, and what follows from a fact comes after it.
pub(super) fn check_facts(before: &Line, facts: &[Fact]) {
    let ended = |run: &&Execution| run.is_ended();
    let mut ended: BTreeSet<ExecutionId> =
        before.executions.values().filter(ended).map(|run| run.id.clone()).collect();
    let over = before.attempts.values().filter(|attempt| !attempt.is_live());
    let mut over: BTreeSet<AttemptRef> = over.map(|attempt| attempt.of.clone()).collect();
    for fact in facts {
        if let Cause::Fact(cause) = fact.because {
            assert!(cause < fact.id, "{fact:?}");
        }
        match &fact.kind {
            FactKind::StageRetried { execution, stage, mode } => {
                let beside = *mode == RetryMode::FailedActions && fails(before, execution, stage);
                assert!(ended.remove(execution) || beside, "only what is over or fails is retried");
            }
            FactKind::ExecutionEnded { execution, .. } => {
                assert!(ended.insert(execution.clone()), "{execution} ends once");
            }
            FactKind::AttemptEnded { attempt, .. } => {
                assert!(over.insert(attempt.clone()), "{attempt} ends once");
            }
            FactKind::AttemptTaken { attempt, .. } => assert!(!over.contains(attempt), "{fact:?}"),
            FactKind::StageEntered { execution, stage } => {
                let entered = before.executions.values().filter(|it| it.stage(stage).is_some());
                let newest = entered.map(|run| run.order).max().unwrap_or(0);
                let order = before.executions.get(execution).map_or(u64::MAX, |run| run.order);
                assert!(order > newest, "nobody enters after a newer one: {fact:?}");
            }
            kind => assert!(kind.execution().is_none_or(|it| !ended.contains(it)), "{fact:?}"),
        }
    }
}

fn fails(line: &Line, execution: &ExecutionId, stage: &StageName) -> bool {
    let run = line.executions.get(execution).and_then(|run| run.stage(stage));
    run.is_some_and(|run| run.actions.iter().any(|it| it.state == ActionState::Failed))
}

/// What holds between events.
pub(super) fn check_line(line: &Line) {
    let live = line.executions.values().filter(|run| !run.is_ended());
    let live: BTreeSet<_> = live.map(|run| &run.id).collect();
    assert_eq!(live, line.head.live.keys().collect(), "the head knows who is live");
    for run in line.executions.values().filter(|run| !run.is_ended()) {
        assert!(!line.waits(&run.id).is_empty(), "every wait has a name: {run:?}");
        match &run.status {
            ExecutionStatus::Waiting(wait) => {
                let door = line.head.stage(wait.stage()).expect("the stage is there");
                assert_eq!(door.waiting.as_ref(), Some(&run.id));
            }
            ExecutionStatus::InStage(stage) => {
                let head = line.head.stage(stage).expect("the stage is there");
                assert_eq!(head.occupant.as_ref(), Some(&run.id), "one occupant a stage");
            }
            other => panic!("nothing rests {other:?}"),
        }
    }
    for door in &line.head.stages {
        let known = |id: &Option<ExecutionId>| id.iter().all(|id| line.head.live.contains_key(id));
        assert!(known(&door.occupant) && known(&door.waiting), "{door:?}");
        assert!(
            door.waiting.is_none() || door.occupant.is_some() || !door.transition.is_enabled(),
            "nobody waits at an open door: {door:?}"
        );
        check_order(line, door);
    }
    check_attempts(line);
    assert!(line.head.declarations.len() <= line.head.stages.len() * 3 + 1, "old versions go");
}

/// Who waits is newer than who is inside: nobody overtakes.
fn check_order(line: &Line, door: &StageHead) {
    let order = |id: &ExecutionId| line.executions[id].order;
    if let (Some(inside), Some(waiting)) = (&door.occupant, &door.waiting) {
        assert!(order(inside) < order(waiting), "{door:?}");
    }
    let superseded = line.executions.values().filter_map(|run| match &run.status {
        ExecutionStatus::Ended(End::Superseded { by, .. }) => Some((run.order, order(by))),
        _ => None,
    });
    superseded.for_each(|(old, new)| assert!(old < new, "only by a newer one"));
}

fn check_attempts(line: &Line) {
    let mut live = BTreeSet::new();
    for attempt in line.live_attempts() {
        let AttemptRef { execution, stage, action, .. } = &attempt.of;
        assert!(live.insert((execution, stage, action)), "two live attempts: {}", attempt.of);
        assert!(line.head.live.contains_key(execution), "{} outlives its execution", attempt.of);
        let latest = line.latest_attempt(execution, stage, action).map(|latest| &latest.of);
        assert_eq!(latest, Some(&attempt.of), "only the latest is live");
    }
    assert_eq!(line.wake_at().is_some(), !live.is_empty());
}

//! The engine's rules, each time with one of them broken.
//!
//! A broken rule still goes through the real engine: it is shown another line or another event
//! than there is, or some of the facts that it decided are withheld.

use std::sync::Arc;

use domain::Timestamp;
use domain::pipeline::PipelineDeclaration;
use domain::reason::{End, FactId};
use engine::{
    Approve, AttemptEnd, AttemptResult, Event, EventKind, Fact, FactKind, Line, Refused,
    Transition, decide,
};
use operations::turn::Rules;

use crate::mutation::Mutation;

type Decided = Result<Vec<Fact>, Refused>;

/// The rules of a story: whole ones, unless it is one of these that is broken.
pub fn rules(mutation: Option<Mutation>) -> Rules {
    match mutation {
        Some(Mutation::DisabledTransitionPassed) => every_way_is_open,
        Some(Mutation::OccupiedStageEntered) => every_stage_is_free,
        Some(Mutation::SupersededGoesOn) => nobody_is_superseded,
        Some(Mutation::LostAttemptStaysAlive) => no_attempt_is_lost,
        Some(Mutation::AbandonedAttemptStaysAlive) => no_attempt_is_abandoned,
        Some(Mutation::OtherAttemptsTokenAccepted) => any_token_will_do,
        Some(Mutation::DeadlineIgnored) => time_stands_still,
        Some(Mutation::RunOrderIgnored) => everything_at_once,
        Some(Mutation::FailureIgnored) => everything_succeeds,
        _ => decide,
    }
}

fn every_way_is_open(line: &Line, event: &Event, at: Timestamp) -> Decided {
    let mut line = line.clone();
    line.head.stages.iter_mut().for_each(|stage| stage.transition = Transition::Untouched);
    decide(&line, event, at)
}

fn every_stage_is_free(line: &Line, event: &Event, at: Timestamp) -> Decided {
    let mut line = line.clone();
    line.head.stages.iter_mut().for_each(|stage| stage.occupant = None);
    decide(&line, event, at)
}

fn nobody_is_superseded(line: &Line, event: &Event, at: Timestamp) -> Decided {
    without(decide(line, event, at), |kind| {
        matches!(kind, FactKind::ExecutionEnded { end: End::Superseded { .. }, .. })
    })
}

fn no_attempt_is_lost(line: &Line, event: &Event, at: Timestamp) -> Decided {
    without(decide(line, event, at), |kind| {
        matches!(kind, FactKind::AttemptEnded { end: AttemptEnd::Lost, .. })
    })
}

fn no_attempt_is_abandoned(line: &Line, event: &Event, at: Timestamp) -> Decided {
    without(decide(line, event, at), |kind| {
        matches!(kind, FactKind::AttemptEnded { end: AttemptEnd::Abandoned(_), .. })
    })
}

fn any_token_will_do(line: &Line, event: &Event, at: Timestamp) -> Decided {
    let EventKind::Approve(answer) = &event.kind else { return decide(line, event, at) };
    let asked =
        |of: &domain::AttemptRef| (&of.stage, &of.action) == (&answer.stage, &answer.action);
    let right = line.live_attempts().filter(|it| asked(&it.of)).find_map(|it| it.token.as_ref());
    let token = right.map_or_else(|| answer.token.clone(), |right| right.as_str().to_owned());
    let kind = EventKind::Approve(Approve { token, ..answer.clone() });
    decide(line, &Event { kind, ..event.clone() }, at)
}

fn time_stands_still(line: &Line, event: &Event, at: Timestamp) -> Decided {
    match event.kind {
        EventKind::Tick => Ok(Vec::new()),
        _ => decide(line, event, at),
    }
}

fn everything_at_once(line: &Line, event: &Event, at: Timestamp) -> Decided {
    let mut line = line.clone();
    for declaration in line.head.declarations.values_mut() {
        let mut side_by_side = PipelineDeclaration::clone(declaration);
        let stages = side_by_side.stages.iter_mut();
        stages.flat_map(|stage| &mut stage.actions).for_each(|action| action.run_order = None);
        *declaration = Arc::new(side_by_side);
    }
    decide(&line, event, at)
}

fn everything_succeeds(line: &Line, event: &Event, at: Timestamp) -> Decided {
    match &event.kind {
        EventKind::AttemptEnded { attempt, result: AttemptResult::Failed { .. } } => {
            let result = AttemptResult::Succeeded(Box::default());
            let kind = EventKind::AttemptEnded { attempt: attempt.clone(), result };
            decide(line, &Event { kind, ..event.clone() }, at)
        }
        _ => decide(line, event, at),
    }
}

/// What was decided, some facts of it withheld; the others close up.
fn without(decided: Decided, withheld: impl Fn(&FactKind) -> bool) -> Decided {
    let mut facts = decided?;
    let first = facts.first().map_or(0, |fact| fact.id.0);
    facts.retain(|fact| !withheld(&fact.kind));
    for (number, fact) in (first..).zip(&mut facts) {
        fact.id = FactId(number);
    }
    Ok(facts)
}

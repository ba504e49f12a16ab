//! What follows from an event: all the branching of the engine, behind one function.
//!
//! A decision writes facts one after the other into a copy of the line (`Decision::note`), so
//! every rule sees what the rules before it made true, exactly as `apply` will make it true.

mod action;
mod approval;
mod declare;
mod door;
mod retry;
mod scope;
mod stage;
mod start;
mod stop;
mod time;
mod transition;

use crate::apply::apply;
use crate::event::{Event, EventKind, Nonce, Refused};
use crate::fact::{Fact, FactKind};
use crate::line::Line;
use domain::Timestamp;
use domain::reason::{Cause, FactId};

/// Decides what an event makes true on a line, at a moment. The line must hold the rows that
/// [`needs`](crate::LineHead::needs) names. No facts means that nothing changes; a refusal too.
pub fn decide(line: &Line, event: &Event, at: Timestamp) -> Result<Vec<Fact>, Refused> {
    let mut decision = Decision { line: line.clone(), facts: vec![], nonce: event.nonce, at };
    let it = &mut decision;
    match &event.kind {
        EventKind::Created { declaration, by } => declare::create(it, declaration, by),
        EventKind::Updated { declaration, by } => declare::update(it, declaration, by),
        EventKind::Deleted { by } => declare::delete(it, by),
        EventKind::Start(start) => start::start(it, start),
        EventKind::AttemptStarted { attempt, holder } => action::taken(it, attempt, holder),
        EventKind::AttemptEnded { attempt, result } => action::ended(it, attempt, result),
        EventKind::AttemptLost { attempt } => action::lost(it, attempt),
        EventKind::Approve(answer) => approval::answer(it, answer),
        EventKind::Stop { execution, stop } => stop::stop(it, execution, stop),
        EventKind::SetTransition { stage, enabled, comment, by } => {
            transition::set(it, stage, *enabled, comment, by)
        }
        EventKind::RetryStage { execution, stage, mode, by } => {
            retry::retry(it, execution, stage, *mode, by)
        }
        EventKind::Tick => time::tick(it),
    }?;
    Ok(decision.facts)
}

/// A decision being made.
struct Decision {
    /// The line with the facts so far applied.
    line: Line,
    facts: Vec<Fact>,
    nonce: Nonce,
    at: Timestamp,
}

impl Decision {
    /// Makes something true. Gives the fact's number, for what follows from it.
    fn note(&mut self, because: Cause, kind: FactKind) -> FactId {
        let id = FactId(self.line.head.last_fact.0 + 1);
        let fact = Fact { id, at: self.at, because, kind };
        apply(&mut self.line, &fact);
        self.facts.push(fact);
        id
    }
}

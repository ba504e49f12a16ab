//! The story's own books: every line as its facts alone make it, held against what is stored.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AttemptRef, ExecutionId, PipelineName};
use engine::{Fact, Line, LineHead, apply, touched};
use operations::line::Which;
use store::{FactRow, LineRow};

use crate::rules::{Action, check_fact, check_line};
use crate::story::{Held, Story, account};

/// What is known from facts alone.
#[derive(Default)]
pub struct Ledger {
    /// Every line.
    pub lines: BTreeMap<PipelineName, Line>,
    /// Actions that succeeded and were not asked to run again.
    pub succeeded: BTreeSet<Action>,
    /// The life that took an attempt over last.
    pub taken_over: BTreeMap<AttemptRef, i64>,
}

impl Story<'_> {
    /// Reads the facts of the latest commit and checks everything that must hold after it, in the
    /// lines that it wrote.
    pub fn check_commit(&mut self, written: &[PipelineName]) -> Held {
        for name in written {
            let Some(row) = self.row::<LineRow>(LineRow::at(&account(), name)) else { continue };
            let new = || Line::new(LineHead::new(account(), name.clone()), [], []);
            let mut line = self.ledger.lines.remove(name).unwrap_or_else(new);
            let held = self.catch_up(&mut line, &row.head);
            self.ledger.lines.insert(name.clone(), line);
            held?;
        }
        Ok(())
    }

    fn catch_up(&mut self, line: &mut Line, head: &LineHead) -> Held {
        let facts = self.facts_after(line, head);
        for fact in &facts {
            self.history.push(format!("    {} {}", line.head.pipeline, shortly(fact)));
            check_fact(&mut self.ledger.succeeded, line, fact)?;
            apply(line, fact);
        }
        if line.head != *head {
            return Err(format!("facts make another head of {} than is stored", head.pipeline));
        }
        if facts.is_empty() {
            return Ok(());
        }
        check_line(line)?;
        self.check_stored(line, &touched(&facts).executions)
    }

    /// Facts are numbered without gaps, so their number says how many there are.
    fn facts_after(&self, line: &Line, head: &LineHead) -> Vec<Fact> {
        let count = head.last_fact.0 - line.head.last_fact.0;
        if count == 0 {
            return Vec::new();
        }
        let newest = FactRow::of_pipeline(&account(), &head.pipeline, None, count as i64);
        self.list::<FactRow>(newest).into_iter().rev().map(|row| row.fact).collect()
    }

    /// These executions, and their attempts, are stored as their facts make them.
    pub fn check_stored(&self, line: &Line, ids: &BTreeSet<ExecutionId>) -> Held {
        let which = Which { account: account(), pipeline: line.head.pipeline.clone() };
        let seen = self.look(|seen| which.wants_of(seen, |_| ids.clone()));
        let stored = which.load_of(&seen, |_| ids.clone());
        for id in ids {
            if stored.executions.get(id) != line.executions.get(id) {
                return Err(format!("facts make another {id} than is stored"));
            }
        }
        let known = line.attempts.iter().filter(|(of, _)| ids.contains(&of.execution));
        if !known.eq(stored.attempts.iter()) {
            return Err(format!("facts make other attempts of {ids:?} than are stored"));
        }
        Ok(())
    }
}

/// A fact for the history: without the declaration or the work in it.
fn shortly(fact: &Fact) -> String {
    let kind = format!("{:?}", fact.kind);
    let kind = kind.split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
    let about = fact.kind.attempt().map(ToString::to_string);
    let about = about.or_else(|| fact.kind.execution().map(ToString::to_string));
    format!("{} {kind} {}", fact.id, about.unwrap_or_default())
}

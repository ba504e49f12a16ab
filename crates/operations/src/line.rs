//! A pipeline's line: loaded for an event, decided on by the engine, written back row by row.

use domain::reason::FactId;
use domain::{
    AccountId, ActionName, AttemptRef, EffectId, ExecutionId, PipelineName, StageName, derived_uuid,
};
use engine::line::{Line, LineHead};
use engine::{Attempt, Effect, Event, EventKind, Execution, Fact};
use std::collections::BTreeSet;
use store::{
    AttemptRow, Changes, EffectRow, ExecutionRow, FactRow, Key, LineRow, Record, View, Want,
};

use crate::turn::Now;

/// Which line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Which {
    /// The account.
    pub account: AccountId,
    /// The pipeline.
    pub pipeline: PipelineName,
}

impl Which {
    /// The line of an attempt.
    pub fn of(attempt: &AttemptRef) -> Self {
        Self { account: attempt.account.clone(), pipeline: attempt.pipeline.clone() }
    }

    /// What has to be seen before `event` is decided: the head, the executions that the head
    /// names, and the attempts that those count.
    pub fn wants(&self, seen: &View, event: &EventKind) -> Vec<Want> {
        self.wants_of(seen, |head| head.needs(event))
    }

    /// The same for the executions that `needed` picks.
    pub fn wants_of(
        &self,
        seen: &View,
        needed: impl Fn(&LineHead) -> BTreeSet<ExecutionId>,
    ) -> Vec<Want> {
        let head = LineRow::at(&self.account, &self.pipeline);
        let mut wants = vec![head.clone().into()];
        let Some(row) = seen.known::<LineRow>(head) else { return wants };
        for id in needed(&row.head) {
            let key = ExecutionRow::at(&self.account, &self.pipeline, &id);
            wants.push(key.clone().into());
            let execution = seen.known::<ExecutionRow>(key);
            wants.extend(
                execution.into_iter().flat_map(|row| self.attempts(&row.doc)).map(Want::from),
            );
        }
        wants
    }

    /// The attempts of those executions, as far as they are known.
    pub fn known_attempts<'a>(
        &self,
        seen: &'a View,
        needed: impl Fn(&LineHead) -> BTreeSet<ExecutionId>,
    ) -> Vec<&'a Attempt> {
        let head = seen.known::<LineRow>(LineRow::at(&self.account, &self.pipeline));
        let executions = head.into_iter().flat_map(|row| needed(&row.head));
        let key = |id| ExecutionRow::at(&self.account, &self.pipeline, &id);
        let executions = executions.filter_map(|id| seen.known::<ExecutionRow>(key(id)));
        let attempts = executions.flat_map(|row| self.attempts(&row.doc));
        attempts.filter_map(|key| seen.known::<AttemptRow>(key)).map(|row| &row.doc).collect()
    }

    /// The line as it was seen; a new one where there is none yet.
    pub fn load(&self, seen: &View, event: &EventKind, now: &Now) -> Line {
        Line { limits: now.limits, ..self.load_of(seen, |head| head.needs(event)) }
    }

    /// The same with the executions that `needed` picks.
    pub fn load_of(
        &self,
        seen: &View,
        needed: impl Fn(&LineHead) -> BTreeSet<ExecutionId>,
    ) -> Line {
        let row = seen.row::<LineRow>(LineRow::at(&self.account, &self.pipeline));
        let Some(head) = row.map(|row| row.head.clone()) else {
            let head = LineHead::new(self.account.clone(), self.pipeline.clone());
            return Line::new(head, [], []);
        };
        let key = |id: &ExecutionId| ExecutionRow::at(&self.account, &self.pipeline, id);
        let executions = needed(&head).into_iter();
        let executions = executions.filter_map(|id| seen.row::<ExecutionRow>(key(&id)));
        let executions: Vec<_> = executions.map(|row| row.doc.clone()).collect();
        let attempts = executions.iter().flat_map(|execution| self.attempts(execution));
        let attempts = attempts.filter_map(|key| seen.row::<AttemptRow>(key));
        let attempts: Vec<_> = attempts.map(|row| row.doc.clone()).collect();
        Line::new(head, executions, attempts)
    }

    /// The keys of all attempts of an execution, as it counts them itself.
    fn attempts(&self, execution: &Execution) -> Vec<Key> {
        let actions = execution.stages.iter().flat_map(|stage| {
            stage.actions.iter().map(move |action| (&stage.name, &action.name, action.attempts))
        });
        let of = |(stage, action, count): (&StageName, &ActionName, u32)| -> Vec<Key> {
            let numbers = 1..=count;
            let key =
                |n| AttemptRow::at(&self.account, &self.pipeline, &execution.id, stage, action, &n);
            numbers.map(key).collect()
        };
        actions.flat_map(of).collect()
    }
}

/// What became of an event.
pub struct Decided {
    /// The line after it.
    pub line: Line,
    /// What became true, in order.
    pub facts: Vec<Fact>,
}

/// Decides an event on a line and adds facts, rows and effects to `changes`.
///
/// # Errors
/// As the rules of [`Now`] have it; nothing was added then.
pub fn advance(
    mut line: Line,
    event: &Event,
    seen: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<Decided, engine::Refused> {
    let facts = (now.rules)(&line, event, now.at)?;
    facts.iter().for_each(|fact| engine::apply(&mut line, fact));
    for fact in &facts {
        record(&line, fact, changes);
        // What a fact asks for may depend on the facts after it: all of them are applied by now.
        for (index, effect) in engine::effects(&line, fact).into_iter().enumerate() {
            let LineHead { account, pipeline, .. } = &line.head;
            let id = effect_id(account, pipeline, fact.id, index);
            changes.effect(new_effect(account, id, effect, now));
        }
    }
    write(&line, &facts, seen, now, changes);
    Ok(Decided { line, facts })
}

fn record(line: &Line, fact: &Fact, changes: &mut Changes) {
    changes.insert(FactRow {
        account: line.head.account.clone(),
        pipeline: line.head.pipeline.clone(),
        seq: fact.id.0 as i64,
        execution: fact.kind.execution().cloned().unwrap_or_default(),
        at: fact.at,
        fact: fact.clone(),
    });
}

/// The id of one of the effects that a fact asks for. It follows from the fact, so that one fact
/// cannot ask for the same thing twice.
pub fn effect_id(
    account: &AccountId,
    pipeline: &PipelineName,
    fact: FactId,
    index: usize,
) -> EffectId {
    let (fact, index) = (fact.to_string(), index.to_string());
    let id = derived_uuid(&["effect", account.as_str(), pipeline.as_str(), &fact, &index]);
    EffectId::new(format!("eff-{id}"))
}

/// An effect of this moment, born held by the process that commits it.
pub fn new_effect(account: &AccountId, id: EffectId, effect: Effect, now: &Now) -> EffectRow {
    EffectRow {
        account: account.clone(),
        id,
        holder: now.holder.clone(),
        epoch: now.epoch,
        created: now.at,
        due_at: now.at,
        tries: 0,
        effect,
        silence: None,
    }
}

/// Writes the rows that the facts touched, and the head always.
fn write(line: &Line, facts: &[Fact], seen: &View, now: &Now, changes: &mut Changes) {
    let touched = engine::fact::touched(facts);
    for id in &touched.executions {
        let execution = &line.executions[id];
        changes.put(seen, execution_row(line, execution));
    }
    for of in &touched.attempts {
        let row = attempt_row(&line.attempts[of], now);
        match seen.has(&row.key().into()) {
            true => changes.put(seen, row),
            false => changes.insert(row),
        }
    }
    let (account, pipeline) = (line.head.account.clone(), line.head.pipeline.clone());
    changes
        .put(seen, LineRow { account, pipeline, wake_at: line.wake_at(), head: line.head.clone() });
}

fn execution_row(line: &Line, execution: &engine::Execution) -> ExecutionRow {
    ExecutionRow {
        account: line.head.account.clone(),
        pipeline: line.head.pipeline.clone(),
        execution: execution.id.clone(),
        number: execution.order as i64,
        status: execution.status_word().to_owned(),
        started: execution.started,
        updated: execution.updated,
        doc: execution.clone(),
    }
}

fn attempt_row(attempt: &engine::Attempt, now: &Now) -> AttemptRow {
    let AttemptRef { account, pipeline, execution, stage, action, attempt: number } =
        attempt.of.clone();
    AttemptRow {
        account,
        pipeline,
        execution,
        stage,
        action,
        attempt: number,
        live: attempt.is_live(),
        holder: now.holder.clone(),
        epoch: now.epoch,
        doc: attempt.clone(),
    }
}

//! What must hold once everything is quiet.

use std::collections::BTreeSet;

use domain::connection::HookState;
use domain::reason::Disposition;
use domain::revision::{PushTrigger, Trigger};
use domain::{CommitSha, PipelineName, Timestamp};
use engine::{Execution, Line};
use store::{DeliveryRow, DispositionRow, HookRow, WatchRow};

use crate::declarations::{CONNECTION, LONG, MAIN, REPOSITORY, SHORT, starts};
use crate::rules::check;
use crate::story::{Held, Story, account};

impl Story<'_> {
    /// Everything that must hold once nobody has anything to do.
    pub fn check_quiet(&mut self) -> Held {
        let left = self.all_effects();
        check(left.is_empty(), || format!("effects are left: {left:?}"))?;
        for line in self.ledger.lines.values() {
            self.check_stored(line, &line.executions.keys().cloned().collect())?;
        }
        self.check_dispositions()?;
        self.check_hooks()?;
        self.check_asked()?;
        [LONG, SHORT].into_iter().try_for_each(|name| self.check_pushes(name))
    }

    /// Every change has one disposition, and what it says was started is there.
    fn check_dispositions(&self) -> Held {
        let waiting = self.list::<DeliveryRow>(DeliveryRow::waiting(1000));
        check(waiting.is_empty(), || format!("{} deliveries are undecided", waiting.len()))?;
        let newest = (Timestamp(i64::MAX), "".into());
        let all = DeliveryRow::of_account(&account(), newest.0, &newest.1, 10_000);
        for delivery in self.list::<DeliveryRow>(all) {
            let of = DispositionRow::of_delivery(&account(), &delivery.id);
            let found = self.list::<DispositionRow>(of);
            check(found.len() == 1, || {
                format!("{} has {} dispositions", delivery.id, found.len())
            })?;
            self.check_started(&found[0].doc)?;
        }
        Ok(())
    }

    fn check_started(&self, disposition: &Disposition) -> Held {
        let Disposition::Started { pipelines, .. } = disposition else { return Ok(()) };
        pipelines.iter().try_for_each(|started| {
            let line = self.ledger.lines.get(&started.pipeline);
            let there = line.is_some_and(|line| line.executions.contains_key(&started.execution));
            check(there, || format!("{started:?} is not there"))
        })
    }

    /// A watched repository has one hook, registered; an unwatched one has none.
    fn check_hooks(&self) -> Held {
        let (connection, repository) = (CONNECTION.into(), REPOSITORY.into());
        let watched = WatchRow::of_repository(&account(), &connection, &repository);
        let watched = usize::from(!self.list::<WatchRow>(watched).is_empty());
        let hooks = HookRow::of_repository(&account(), &connection, &repository);
        let hooks = self.list::<HookRow>(hooks);
        let good = hooks.iter().all(|hook| hook.state == HookState::Registered);
        check(good && hooks.len() == watched, || format!("{watched} watched, hooks: {hooks:?}"))?;
        let there = hooks.iter().all(|hook| self.forge.hooks.contains(&hook.id));
        check(there, || "the forge lacks a hook that is registered".to_owned())
    }

    /// Nobody's request started more than they meant.
    fn check_asked(&self) -> Held {
        let asked =
            |run: &&Execution| matches!(run.trigger, Trigger::StartPipelineExecution { .. });
        let runs = self.ledger.lines.values().flat_map(|line| line.executions.values());
        let (started, meant) = (runs.filter(asked).count(), self.people.starts);
        check(started <= meant, || format!("{started} executions of {meant} requests"))
    }

    /// Each move of a watched ref starts at most one execution, in calm exactly one, and the one
    /// of the newest head starts last.
    fn check_pushes(&self, name: &str) -> Held {
        let Some(line) = self.ledger.lines.get(&PipelineName::new(name)) else { return Ok(()) };
        let moved = self.forge.pushes.iter().filter(|push| starts(name, &push.git_ref));
        let moved: Vec<_> = moved.filter(|push| push.after.is_some()).collect();
        for sha in moved.iter().filter_map(|push| push.after.as_ref()).collect::<BTreeSet<_>>() {
            let to = moved.iter().filter(|push| push.after.as_ref() == Some(sha));
            let (pushes, heard) = (to.clone().count(), to.filter(|push| push.heard).count());
            let started = pushed(line).filter(|push| push.commit == *sha).count();
            let about = || format!("{name} {}: {pushes} pushes, {started} started", sha.short());
            check(started <= pushes, about)?;
            let complete = self.forge.pushes.iter().all(|push| !push.heard || push.arrived);
            let calm = self.climate.is_calm() && complete;
            check(!calm || started == heard, about)?;
        }
        self.check_newest(name, line)
    }

    fn check_newest(&self, name: &str, line: &Line) -> Held {
        let mut moves = self.forge.pushes.iter().rev().filter(|push| push.git_ref.full() == MAIN);
        let newest = moves.next();
        let heard = newest.is_some_and(|push| push.heard && push.arrived);
        // Back at the commit that it is known to be at, having left it unheard: to us it never moved.
        let known = moves.find(|push| !push.heard || push.arrived);
        let returned = known.zip(newest).is_some_and(|(known, newest)| known.after == newest.after);
        let head = self.forge.refs.get(MAIN);
        let last: Option<CommitSha> = pushed(line)
            .filter(|push| push.git_ref.full() == MAIN)
            .last()
            .map(|push| push.commit.clone());
        let expected = !heard || returned || self.climate.churn || last.as_ref() == head;
        check(expected, || format!("{name} started {last:?} last, and {MAIN} is at {head:?}"))
    }
}

/// The pushes that started a line's executions, in the order of these.
fn pushed(line: &Line) -> impl Iterator<Item = &PushTrigger> {
    let mut runs: Vec<_> = line.executions.values().collect();
    runs.sort_by_key(|run| run.order);
    runs.into_iter().filter_map(|run| match &run.trigger {
        Trigger::WebhookV2(push) => Some(push),
        _ => None,
    })
}

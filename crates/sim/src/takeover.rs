//! The process dies, and the next one takes over what it held; and whatever comes in meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AttemptRef, DeliveryId, Digest, HolderId};
use engine::{AttemptState, Effect, EventKind};
use operations::attempts::{Report, TakeOver};
use operations::time::Wake;
use store::{AttemptRow, DeliveryBodyRow, DeliveryRow, EffectRow, HookRow, LineRow};

use crate::faults::Fault;
use crate::mutation::Mutation;
use crate::process::{Process, Progress};
use crate::story::{Held, Story, account};
use crate::turns::Purpose;

/// An hour and more: longer than an approval asks or a step may take.
const JUMP_MILLISECONDS: i64 = 4_000_000;

impl Story<'_> {
    /// The process dies. Its performers die with it, or are only cut off and speak up later.
    pub fn die(&mut self) -> Held {
        self.process = Process::new(self.process.epoch + 1);
        self.note(format!("died; life {} begins", self.process.epoch));
        let mut cut_off = std::mem::take(&mut self.performances);
        cut_off.retain(|_| self.random.percent(50));
        cut_off.iter_mut().for_each(|it| it.state = Progress::Running);
        self.performances = cut_off;
        self.process.waiting = self.list::<DeliveryRow>(DeliveryRow::waiting(1000)).into();
        self.take_over();
        Ok(())
    }

    /// Whether the process performs something that began.
    pub fn is_at_work(&self) -> bool {
        let mut own = self.performances.iter().filter(|it| it.epoch == self.process.epoch);
        own.any(|it| it.state == Progress::Running)
    }

    fn take_over(&mut self) {
        let holder = self.process.holder();
        let live = self.list::<AttemptRow>(AttemptRow::live_not_of(&holder, 1000));
        let live: BTreeSet<AttemptRef> = live.into_iter().map(|row| row.doc.of).collect();
        for row in self.list::<EffectRow>(EffectRow::not_of(&holder, 1000)) {
            self.process.known.insert(row.id.clone());
            match &row.effect {
                Effect::StartAction(start) if live.contains(&start.attempt) => {
                    self.process.orphans.push(row);
                }
                Effect::StartAction(_) => self.done(row),
                _ => self.process.in_hand.push(row),
            }
        }
        for attempt in live {
            self.begin(Purpose::TakenOver(attempt.clone()), TakeOver { attempt });
        }
    }

    /// An attempt is this process's now: commands that were running died with their process,
    /// everything else is done again.
    pub fn resume(&mut self, attempt: &AttemptRef) -> Held {
        self.ledger.taken_over.insert(attempt.clone(), self.process.epoch);
        let orphans = &mut self.process.orphans;
        let own = |row: &EffectRow| matches!(&row.effect, Effect::StartAction(start) if start.attempt == *attempt);
        let effect = orphans.iter().position(own).map(|place| orphans.swap_remove(place));
        let line = self.ledger.lines.get(&attempt.pipeline);
        let known = line.and_then(|line| line.attempts.get(attempt)).filter(|it| it.is_live());
        let Some(known) = known.filter(|it| it.token.is_none()) else {
            effect.into_iter().for_each(|row| self.done(row));
            return Ok(());
        };
        let Some(effect) = effect else {
            return Err(format!("{attempt} is live, and no effect asks for it"));
        };
        let running = matches!(known.state, AttemptState::Running { .. });
        if !running || known.work.action_type.provider != "Commands" {
            self.process.in_hand.push(effect);
        } else if !self.breaks(Mutation::LossNotReported) {
            self.lose(attempt, effect);
        }
        Ok(())
    }

    fn lose(&mut self, attempt: &AttemptRef, effect: EffectRow) {
        let report = Report {
            attempt: attempt.clone(),
            kind: EventKind::AttemptLost { attempt: attempt.clone() },
            effect: Some(effect.id),
            artifacts: Vec::new(),
            epoch: self.process.epoch,
            nonce: self.random.bytes(),
        };
        self.begin(Purpose::Chore, report);
    }

    /// A delivery arrives and is written down, unless that fails: then the forge was told so.
    pub fn receive(&mut self) -> Held {
        let Some(sent) = self.forge.arrival(&self.climate, &mut self.random) else { return Ok(()) };
        let hook = self.row::<HookRow>(HookRow::at(&sent.hook));
        let lost = Fault::at_commit(&self.climate, &mut self.random) == Fault::Lost;
        let Some(hook) = hook.filter(|_| !lost) else {
            self.note(format!("delivery {} was not taken", sent.forge_id));
            self.forge.pushes[sent.push].arrived = false;
            return Ok(());
        };
        let id = DeliveryId::new(format!("dlv-{}", self.random.hex(12)));
        self.note(format!("{id} is {} of push {}", sent.forge_id, sent.push));
        let body = sent.body.into_bytes();
        let unknown = self.breaks(Mutation::ReplayNotRecognised);
        let digest = if unknown { self.random.hex(64) } else { Digest::of(&body).0 };
        let headers = [("x-github-event", "push"), ("x-github-delivery", sent.forge_id.as_str())];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let row = DeliveryRow {
            account: account(),
            id,
            hook: hook.id,
            forge_delivery: sent.forge_id,
            received: self.at,
            state: store::inbox::NEW.to_owned(),
            digest,
            provider: hook.provider.as_str().to_owned(),
            event: "push".to_owned(),
            verdict: "it fits".to_owned(),
        };
        let said = DeliveryBodyRow {
            account: account(),
            delivery: row.id.clone(),
            received: self.at,
            body,
            headers: BTreeMap::from(headers),
        };
        self.process.waiting.push_back(row.clone());
        self.put_down(|changes| {
            changes.insert(row);
            changes.insert(said);
        })
    }

    /// Time passes, and the lines whose time has come are asked.
    pub fn pass_time(&mut self) -> Held {
        if self.random.percent(self.climate.jumps) {
            self.at = domain::Timestamp(self.at.0 + JUMP_MILLISECONDS);
            self.note(format!("an hour passes: {}", self.at.0));
        }
        if self.random.percent(20) {
            self.look_for_deliveries();
        }
        for due in self.list::<LineRow>(LineRow::due(self.at, 10)) {
            let (account, pipeline) = (due.account, due.pipeline);
            let nonce = self.random.bytes();
            let purpose = Purpose::Woken { pipeline: pipeline.clone(), at: self.at };
            self.begin(purpose, Wake { account, pipeline, nonce });
        }
        Ok(())
    }

    /// The net: what is undecided is taken up again, though it may only wait for an answer.
    fn look_for_deliveries(&mut self) {
        let undecided = self.list::<DeliveryRow>(DeliveryRow::waiting(1000));
        let known = |id: &DeliveryId| self.process.waiting.iter().any(|row| row.id == *id);
        let missed: Vec<_> = undecided.into_iter().filter(|row| !known(&row.id)).collect();
        self.process.waiting.extend(missed);
    }

    /// Everyone's effects, whoever holds them.
    pub fn all_effects(&self) -> Vec<EffectRow> {
        self.list(EffectRow::not_of(&HolderId::new("nobody"), 1000))
    }
}

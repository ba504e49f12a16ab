//! A delivery is decided: what it says, whether that is new, and which pipelines it starts.
//!
//! Every change in it comes to one disposition, in the same transaction as the executions it
//! started and the heads it moved. A change that does not follow from the known head waits until
//! the forge has said where the ref is; the delivery stays undecided as long.

use std::collections::BTreeMap;

use domain::connection::HookState;
use domain::forge_event::{Change as RefMove, ForgeEvent, Happening, RefChange};
use domain::reason::{Disposition, Duplicate, Filter, HeldBack, HoldRule, StartedPipeline};
use domain::revision::{PushTrigger, Seen, Trigger};
use domain::{AccountId, CommitSha, DeliveryId, EffectId, ExecutionId, derived_uuid};
use engine::{Effect, Event, EventKind, Match, Nonce, Push, Refused as Engine, Start, match_push};
use store::{
    Changes, DeliveryRow, DispositionRow, HeadRow, HookRow, Key, PipelineRow, Query, View, Want,
    WatchRow,
};

use crate::deliveries::kind;
use crate::heads::{Known, Verdict, judge, state};
use crate::line::{Which, advance, new_effect};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// One delivery is decided, as far as it can be.
pub struct Intake {
    /// The delivery, as it was written down.
    pub delivery: DeliveryRow,
    /// Where the forge says that refs are: the answers to what an earlier turn asked, by change.
    pub answers: BTreeMap<u32, Option<CommitSha>>,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every change has its disposition.
    Settled,
    /// The forge has to be asked first.
    Asked,
    /// It was decided before.
    Known,
}

/// What a change came to.
enum Step {
    Done(Disposition),
    Ask { ref_name: String },
}

impl Intake {
    fn account(&self) -> &AccountId {
        &self.delivery.account
    }

    /// The changes, or where and why there is nothing to read.
    fn changes(&self, hook: &HookRow) -> Result<Vec<webhooks::Change>, webhooks::Unusable> {
        let headers = webhooks::Headers::from_iter(&self.delivery.headers);
        webhooks::normalise(hook.provider, &headers, &self.delivery.body)
    }

    fn key(&self) -> Key {
        DeliveryRow::at(self.account(), &self.delivery.id)
    }

    fn same_id(&self) -> Query {
        DeliveryRow::by_forge_id(&self.delivery.hook, &self.delivery.forge_delivery)
    }

    fn same_bytes(&self) -> Query {
        DeliveryRow::by_digest(&self.delivery.hook, &self.delivery.digest)
    }

    fn start(
        &self,
        hook: &HookRow,
        pipeline: &PipelineRow,
        action: domain::ActionName,
        index: u32,
        change: &RefChange,
    ) -> Start {
        let parts =
            ["push", self.account().as_str(), pipeline.name.as_str(), self.delivery.id.as_str()];
        let id = derived_uuid(&[parts[0], parts[1], parts[2], parts[3], &index.to_string()]);
        Start {
            execution: ExecutionId::new(id),
            trigger: Trigger::WebhookV2(PushTrigger {
                source_action: action,
                connection: hook.connection.clone(),
                repository: hook.repository.clone(),
                git_ref: change.git_ref.clone(),
                commit: change.head.clone().unwrap_or_default(),
                seen: Seen::Delivery(self.delivery.id.clone()),
            }),
            variables: BTreeMap::new(),
            revisions: Vec::new(),
        }
    }
}

impl Turn for Intake {
    type Answer = Outcome;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![
            self.key().into(),
            HookRow::at(&self.delivery.hook).into(),
            self.same_id().into(),
            self.same_bytes().into(),
        ];
        let Some(hook) = seen.known::<HookRow>(HookRow::at(&self.delivery.hook)) else {
            return wants;
        };
        let Ok(changes) = self.changes(hook) else { return wants };
        let moves = changes.iter().filter_map(|change| ref_change(&change.event));
        wants.extend(moves.map(|change| head_key(hook, change).into()));
        let watching = watching(hook);
        wants.push(watching.clone().into());
        for watch in seen.known_list::<WatchRow>(&watching) {
            wants.push(PipelineRow::at(&watch.account, &watch.pipeline).into());
            let which = Which { account: watch.account.clone(), pipeline: watch.pipeline.clone() };
            wants.extend(which.wants(seen, &EventKind::Tick));
            // The executions that this may start: seen absent, so that they can be written.
            for change in &changes {
                let id = derived_uuid(&[
                    "push",
                    watch.account.as_str(),
                    watch.pipeline.as_str(),
                    self.delivery.id.as_str(),
                    &change.index.to_string(),
                ]);
                let id = ExecutionId::new(id);
                wants.push(store::ExecutionRow::at(&watch.account, &watch.pipeline, &id).into());
            }
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Outcome), Refused> {
        let mut changes = Changes::of_loop();
        let undecided =
            seen.row::<DeliveryRow>(self.key()).filter(|row| row.state != store::inbox::DONE);
        let Some(row) = undecided else { return Ok((changes, Outcome::Known)) };
        let hook = seen.row::<HookRow>(HookRow::at(&self.delivery.hook));
        let Some(steps) = hook.map(|hook| self.steps(hook, seen, now, &mut changes)) else {
            // The hook went away with its last pipeline while the delivery was on its way.
            let problem = "the hook that it came to was removed meanwhile".to_owned();
            let gone = Disposition::Unusable { at: "hook".to_owned(), problem };
            self.settle(row, vec![(0, gone)], seen, &mut changes);
            return Ok((changes, Outcome::Settled));
        };
        let asked: Vec<_> = steps
            .iter()
            .filter_map(|(index, step)| match step {
                Step::Ask { ref_name } => Some((*index, ref_name.clone())),
                Step::Done(_) => None,
            })
            .collect();
        if let (Some(hook), false) = (hook, asked.is_empty()) {
            // Nothing of it is decided before everything can be.
            let mut changes = Changes::of_loop();
            for (index, ref_name) in asked {
                changes.effect(new_effect(
                    self.account(),
                    ask_id(&self.delivery.id, index),
                    self.ask(hook, index, ref_name),
                    now,
                ));
            }
            return Ok((changes, Outcome::Asked));
        }
        let done = steps.into_iter().filter_map(|(index, step)| match step {
            Step::Done(disposition) => Some((index, disposition)),
            Step::Ask { .. } => None,
        });
        self.settle(row, done.collect(), seen, &mut changes);
        Ok((changes, Outcome::Settled))
    }
}

/// The id of the question about one change.
pub fn ask_id(delivery: &DeliveryId, index: u32) -> EffectId {
    EffectId::new(format!("eff-ask-{delivery}-{index}"))
}

/// The change of a ref that an event tells of.
fn ref_change(event: &ForgeEvent) -> Option<&RefChange> {
    match &event.happening {
        Happening::Ref(change) => Some(change),
        _ => None,
    }
}

fn head_key(hook: &HookRow, change: &RefChange) -> Key {
    HeadRow::at(&hook.account, &hook.connection, &hook.repository, &change.git_ref.full())
}

fn watching(hook: &HookRow) -> Query {
    WatchRow::of_repository(&hook.account, &hook.connection, &hook.repository)
}

impl Intake {
    fn ask(&self, hook: &HookRow, change_index: u32, ref_name: String) -> Effect {
        Effect::AskHead {
            account: self.account().clone(),
            delivery: self.delivery.id.clone(),
            change_index,
            connection: hook.connection.clone(),
            repository: hook.repository.clone(),
            ref_name,
        }
    }

    fn settle(
        &self,
        row: &DeliveryRow,
        done: Vec<(u32, Disposition)>,
        seen: &View,
        changes: &mut Changes,
    ) {
        for (index, doc) in done {
            let (account, delivery) = (self.account().clone(), self.delivery.id.clone());
            let kind = kind(&doc).to_owned();
            changes.insert(DispositionRow {
                account,
                delivery,
                change_index: i64::from(index),
                kind,
                doc,
            });
        }
        changes.put(seen, DeliveryRow { state: store::inbox::DONE.to_owned(), ..row.clone() });
    }

    /// What each change comes to. Several changes of one delivery follow one another: each sees
    /// the lines as the ones before it left them.
    fn steps(
        &self,
        hook: &HookRow,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Vec<(u32, Step)> {
        if let Some(first) = self.first_of_same_id(seen) {
            let same = Disposition::Duplicate(Duplicate::SameDelivery { first });
            return vec![(0, Step::Done(same))];
        }
        let told = match self.changes(hook) {
            Ok(told) => told,
            Err(webhooks::Unusable { place, why }) => {
                let unusable = Disposition::Unusable { at: place, problem: why };
                return vec![(0, Step::Done(unusable))];
            }
        };
        let step =
            |change: &webhooks::Change| (change.index, self.step(hook, change, seen, now, changes));
        told.iter().map(step).collect::<Vec<_>>()
    }

    /// The earlier delivery with the same id of the forge's, if there is one.
    fn first_of_same_id(&self, seen: &View) -> Option<DeliveryId> {
        let same = seen.list::<DeliveryRow>(&self.same_id());
        let first = same.first().filter(|_| !self.delivery.forge_delivery.is_empty())?;
        (first.id != self.delivery.id).then(|| first.id.clone())
    }

    fn step(
        &self,
        hook: &HookRow,
        change: &webhooks::Change,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Step {
        if let Some(unusable) = foreign(hook, &change.event) {
            return Step::Done(unusable);
        }
        match &change.event.happening {
            Happening::Ref(moved) => self.moved(hook, change.index, moved, seen, now, changes),
            Happening::Ignored { because, .. } => {
                Step::Done(Disposition::Filtered(Filter::Ignored(because.clone())))
            }
            _ => {
                let kind = change.event.kind().to_owned();
                Step::Done(Disposition::Filtered(Filter::KindStartsNothing { kind }))
            }
        }
    }

    /// A ref moved: the head rule, then the pipelines.
    fn moved(
        &self,
        hook: &HookRow,
        index: u32,
        moved: &RefChange,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Step {
        let row = seen.row::<HeadRow>(head_key(hook, moved));
        let known = row.map_or(Known::Nothing, |row| Known::At(row.sha.as_ref()));
        let after = state(&moved.after);
        let seen_before = self.seen_before(seen);
        let verdict = judge(known, moved.before.as_ref().and_then(state), after, seen_before);
        let answer = self.answers.get(&index);
        match (verdict, answer) {
            (Verdict::Duplicate, _) => Step::Done(Disposition::Duplicate(Duplicate::SameHead {
                git_ref: moved.git_ref.clone(),
                commit: moved.after.clone(),
            })),
            (Verdict::Ask, None) => Step::Ask { ref_name: moved.git_ref.full() },
            (Verdict::Ask, Some(head)) if head.as_ref() != after => {
                Step::Done(Disposition::Stale {
                    git_ref: moved.git_ref.clone(),
                    commit: moved.after.clone(),
                    head: head.clone(),
                })
            }
            (Verdict::Ask, Some(_)) | (Verdict::Apply, _) => {
                changes.put(
                    seen,
                    HeadRow {
                        account: hook.account.clone(),
                        connection: hook.connection.clone(),
                        repository: hook.repository.clone(),
                        ref_name: moved.git_ref.full(),
                        sha: after.cloned(),
                        updated: now.at,
                    },
                );
                Step::Done(self.started(hook, index, moved, seen, now, changes))
            }
        }
    }

    /// Whether a delivery before this one had the very same bytes.
    fn seen_before(&self, seen: &View) -> bool {
        let same = seen.list::<DeliveryRow>(&self.same_bytes());
        same.iter().any(|row| {
            row.id != self.delivery.id
                && (row.received, &row.id) < (self.delivery.received, &self.delivery.id)
        })
    }

    fn started(
        &self,
        hook: &HookRow,
        index: u32,
        moved: &RefChange,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Disposition {
        if moved.change == RefMove::Deleted {
            return Disposition::Filtered(Filter::RefDeleted { git_ref: moved.git_ref.clone() });
        }
        let (mut pipelines, mut held_back) = (Vec::new(), Vec::new());
        let push = Push {
            connection: &hook.connection,
            repository: &hook.repository,
            git_ref: &moved.git_ref,
        };
        for watch in seen.list::<WatchRow>(&watching(hook)) {
            let row = seen.row::<PipelineRow>(PipelineRow::at(&watch.account, &watch.pipeline));
            let Some(row) = row else { continue };
            let pipeline = row.name.clone();
            match match_push(&row.declaration, push) {
                Match::Not(rule) => held_back.push(HeldBack { pipeline, rule }),
                Match::Start { source_action, rule } => {
                    let start = self.start(hook, row, source_action, index, moved);
                    let execution = start.execution.clone();
                    match self.begin(row, start, seen, now, changes) {
                        Ok(()) => pipelines.push(StartedPipeline { pipeline, execution, rule }),
                        Err(rule) => held_back.push(HeldBack { pipeline, rule }),
                    }
                }
            }
        }
        match (pipelines.is_empty(), held_back.is_empty()) {
            (false, _) => Disposition::Started { pipelines, held_back },
            (true, false) => Disposition::Filtered(Filter::Pipelines(held_back)),
            (true, true) => {
                let repository = hook.repository.clone();
                Disposition::Filtered(Filter::NobodyWatches { repository })
            }
        }
    }

    fn begin(
        &self,
        row: &PipelineRow,
        start: Start,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Result<(), HoldRule> {
        let event = Event { nonce: Nonce(self.nonce), kind: EventKind::Start(start) };
        let which = Which { account: row.account.clone(), pipeline: row.name.clone() };
        let line = which.load(seen, &event.kind, now);
        match advance(line, &event, seen, now, changes) {
            Ok(_) => Ok(()),
            Err(Engine::VariableMissing { variable }) => {
                Err(HoldRule::VariableWithoutDefault { variable })
            }
            Err(refused) => unreachable!("a push of a declared pipeline was refused: {refused}"),
        }
    }
}

/// A delivery about another repository than its hook's is not believed.
fn foreign(hook: &HookRow, event: &ForgeEvent) -> Option<Disposition> {
    let told = event.repository.as_ref()?;
    let known = hook.repository_id.as_ref().filter(|_| hook.state == HookState::Registered)?;
    (told.id != *known).then(|| Disposition::Unusable {
        at: "repository.id".to_owned(),
        problem: format!(
            "it is about repository {} ({}), and this hook is of {} ({known})",
            told.name, told.id, hook.repository
        ),
    })
}

//! A delivery is decided: what it says, whether that is new, and which pipelines it starts.
//!
//! Every change in it comes to one disposition, in the same transaction as the executions it
//! started and the heads it moved. A change that does not follow from the known head waits until
//! the forge has said where the ref is; the delivery stays undecided as long.

mod change;
mod starting;

use std::collections::BTreeMap;

use domain::connection::ProviderType;
use domain::forge_event::{ForgeEvent, Happening, RefChange};
use domain::reason::Disposition;
use domain::{AccountId, CommitSha, DeliveryId, EffectId, ExecutionId, PipelineName, derived_uuid};
use engine::EventKind;
use store::{
    Changes, DeliveryBodyRow, DeliveryRow, DispositionRow, EffectRow, ExecutionRow, HeadRow,
    HookRow, Key, PipelineRow, Query, View, Want, WatchRow,
};

use crate::deliveries::kind;
use crate::line::Which;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use change::Deciding;

/// One delivery is decided, as far as it can be.
pub struct Intake {
    /// The delivery, as it was written down.
    delivery: DeliveryRow,
    /// The changes that it tells of, or where and why there is nothing to read.
    told: Result<Vec<webhooks::Change>, webhooks::Unusable>,
    /// What the forge answered to the questions of an earlier turn, by change.
    answers: BTreeMap<u32, Answer>,
    /// Randomness for what must not be guessed.
    nonce: [u8; 16],
}

/// Where the forge says that a ref is.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The effect that asked. It names the head that was known then: once that has moved on, the
    /// answer is too old to be believed.
    pub question: EffectId,
    /// The commit; `None` where the ref is not there.
    pub head: Option<CommitSha>,
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
    /// The forge has to say where this ref is.
    Ask {
        question: EffectId,
        ref_name: String,
    },
}

impl Intake {
    /// A delivery with what it said and what the forge answered since. It is read once, here,
    /// however often the turn is asked for its wishes.
    pub fn new(
        delivery: DeliveryRow,
        body: &DeliveryBodyRow,
        answers: BTreeMap<u32, Answer>,
        nonce: [u8; 16],
    ) -> Self {
        let told = read(&delivery, body);
        Self { delivery, told, answers, nonce }
    }

    fn account(&self) -> &AccountId {
        &self.delivery.account
    }

    fn key(&self) -> Key {
        DeliveryRow::at(self.account(), &self.delivery.id)
    }

    fn question_key(&self, question: &EffectId) -> Key {
        EffectRow::at(self.account(), question)
    }

    fn same_id(&self) -> Query {
        DeliveryRow::first_by_forge_id(&self.delivery.hook, &self.delivery.forge_delivery)
    }

    fn same_bytes(&self) -> Query {
        DeliveryRow::first_by_digest(&self.delivery.hook, &self.delivery.digest)
    }

    /// The execution that a change of this delivery starts, the same however often it is decided.
    fn execution(&self, pipeline: &PipelineName, index: u32) -> ExecutionId {
        let (account, delivery) = (self.account().as_str(), self.delivery.id.as_str());
        let parts = ["push", account, pipeline.as_str(), delivery, &index.to_string()];
        ExecutionId::new(derived_uuid(&parts))
    }

    /// The refs that moved, the heads known of them, and the questions about them.
    fn wants_of_heads(&self, hook: &HookRow, told: &[webhooks::Change], seen: &View) -> Vec<Want> {
        let mut wants = Vec::new();
        for change in told {
            let Some(moved) = ref_change(&change.event) else { continue };
            let key = head_key(hook, moved);
            wants.push(key.clone().into());
            if seen.has(&key.clone().into()) {
                let question = question(&self.delivery.id, change.index, seen.known(key));
                wants.push(self.question_key(&question).into());
            }
        }
        wants
    }

    /// The pipelines that watch, their lines, and the executions that this may start: seen absent,
    /// so that they can be written.
    fn wants_of_lines(
        &self,
        watch: &WatchRow,
        told: &[webhooks::Change],
        seen: &View,
    ) -> Vec<Want> {
        let (account, pipeline) = (watch.account.clone(), watch.pipeline.clone());
        let mut wants = vec![PipelineRow::at(&account, &pipeline).into()];
        for change in told {
            let id = self.execution(&pipeline, change.index);
            wants.push(ExecutionRow::at(&account, &pipeline, &id).into());
        }
        wants.extend(Which { account, pipeline }.wants(seen, &EventKind::Tick));
        wants
    }

    /// Asks what was not asked yet. Nothing of a delivery is decided before everything can be.
    fn ask(&self, hook: &HookRow, steps: &[(u32, Step)], seen: &View, now: &Now) -> Changes {
        let mut changes = Changes::of_loop();
        for answer in self.answers.values() {
            changes.delete::<EffectRow>(seen, self.question_key(&answer.question));
        }
        for (index, step) in steps {
            let Step::Ask { question, ref_name } = step else { continue };
            if seen.row::<EffectRow>(self.question_key(question)).is_none() {
                changes.effect(self.asking(hook, question, *index, ref_name, now));
            }
        }
        changes
    }

    /// Writes the dispositions down; the delivery and its questions are done with.
    fn settle(&self, row: &DeliveryRow, steps: Vec<(u32, Step)>, seen: &View, into: &mut Changes) {
        for answer in self.answers.values() {
            into.delete::<EffectRow>(seen, self.question_key(&answer.question));
        }
        for (index, step) in steps {
            let Step::Done(doc) = step else { continue };
            let (account, delivery) = (self.account().clone(), self.delivery.id.clone());
            let (kind, change_index) = (kind(&doc).to_owned(), i64::from(index));
            into.insert(DispositionRow { account, delivery, change_index, kind, doc });
        }
        into.put(seen, DeliveryRow { state: store::inbox::DONE.to_owned(), ..row.clone() });
    }
}

impl Turn for Intake {
    type Answer = Outcome;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let hook = HookRow::at(&self.delivery.hook);
        let mut wants: Vec<Want> = vec![
            self.key().into(),
            hook.clone().into(),
            self.same_id().into(),
            self.same_bytes().into(),
        ];
        wants.extend(self.answers.values().map(|it| self.question_key(&it.question).into()));
        let Some(hook) = seen.known::<HookRow>(hook) else { return wants };
        let Ok(told) = &self.told else { return wants };
        wants.extend(self.wants_of_heads(hook, told, seen));
        let watching = watching(hook);
        wants.push(watching.clone().into());
        for watch in seen.known_list::<WatchRow>(&watching) {
            wants.extend(self.wants_of_lines(watch, told, seen));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Outcome), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<DeliveryRow>(self.key());
        let Some(row) = row.filter(|row| row.state != store::inbox::DONE) else {
            for answer in self.answers.values() {
                changes.delete::<EffectRow>(seen, self.question_key(&answer.question));
            }
            return Ok((changes, Outcome::Known));
        };
        let Some(hook) = seen.row::<HookRow>(HookRow::at(&self.delivery.hook)) else {
            // The hook went away with its last pipeline while the delivery was on its way.
            let problem = "the hook that it came to was removed meanwhile".to_owned();
            let gone = Disposition::Unusable { at: "hook".to_owned(), problem };
            self.settle(row, vec![(0, Step::Done(gone))], seen, &mut changes);
            return Ok((changes, Outcome::Settled));
        };
        let (steps, mut changes) = Deciding::new(self, hook, seen, now).steps();
        if steps.iter().any(|(_, step)| matches!(step, Step::Ask { .. })) {
            return Ok((self.ask(hook, &steps, seen, now), Outcome::Asked));
        }
        self.settle(row, steps, seen, &mut changes);
        Ok((changes, Outcome::Settled))
    }
}

/// Which forge's words these are was fixed by the hook that they came to.
fn read(
    delivery: &DeliveryRow,
    body: &DeliveryBodyRow,
) -> Result<Vec<webhooks::Change>, webhooks::Unusable> {
    let provider = ProviderType::parse(&delivery.provider).ok_or_else(|| webhooks::Unusable {
        place: "provider".to_owned(),
        why: format!("{} is no kind of forge", delivery.provider),
    })?;
    let headers = webhooks::Headers::from_iter(&body.headers);
    webhooks::normalise(provider, &headers, &body.body)
}

/// The id of the question about one change, given the head that is known.
fn question(delivery: &DeliveryId, index: u32, known: Option<&HeadRow>) -> EffectId {
    let known = known.map(|head| {
        let sha = head.sha.as_ref().map_or("gone", CommitSha::short);
        format!("{sha}-{}", head.updated.0)
    });
    EffectId::new(format!("eff-ask-{delivery}-{index}-{}", known.as_deref().unwrap_or("unknown")))
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

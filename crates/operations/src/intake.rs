//! A delivery is decided: what it says, whether that is new, and which pipelines it starts.
//!
//! Every change in it comes to one disposition, in the same transaction as the executions it
//! started and the heads it moved. A change that does not follow from the known head waits until
//! the forge has said where the ref is, or that it cannot be asked; the delivery stays undecided
//! as long, and its other changes do not wait for that one. The same holds for a change of which a
//! filter has to know the files.

mod app;
mod change;
mod forks;
mod news;
mod pull_request;
mod question;
mod ref_change;
mod replay;
mod starting;
mod webhook;

pub(crate) use forks::of_fork;
pub(crate) use news::requested;
pub(crate) use pull_request::was_declined;
pub(crate) use question::open as open_questions;
pub use question::{Answer, Said};
pub(crate) use replay::Previewed;
pub(crate) use starting::{Decision, Moved};

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::ProviderType;
use domain::reason::Disposition;
use domain::{AccountId, DeliveryId, EffectId};
use engine::Effect;
use store::{
    Changes, DeliveryBodyRow, DeliveryRow, DispositionRow, EffectRow, HookRow, Key, Query, View,
    Want, WatchRow,
};

use crate::deliveries::kind;
use crate::hooks::VERIFIED;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use change::Deciding;

/// One delivery is decided, as far as it can be.
pub struct Intake {
    /// The delivery, as it was written down.
    delivery: DeliveryRow,
    /// The changes that it tells of, or where and why there is nothing to read.
    told: Result<Vec<webhooks::Change>, webhooks::Unusable>,
    /// What came to a webhook of CodePipeline's; none where it came to another hook.
    webhook: Option<webhook::Told>,
    /// Of which App's installation it is, where it says so and what became of that.
    of_app: Option<webhooks::AppDelivery>,
    /// What was answered to the questions of an earlier turn, by change.
    answers: BTreeMap<u32, Answer>,
    /// Randomness for what must not be guessed.
    nonce: [u8; 16],
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every change has its disposition.
    Settled,
    /// Something has to be asked first.
    Asked,
    /// It was decided before.
    Known,
}

/// What a change came to.
enum Step {
    Done(Disposition),
    /// Something has to be known first.
    Ask {
        question: EffectId,
        effect: Box<Effect>,
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
        let (told, of_app) = (read(&delivery, body), of_app(&delivery, body));
        let headers = webhooks::Headers::from_iter(&body.headers);
        let webhook = webhook::Told::of(&delivery.verdict, &headers, &body.body);
        Self { delivery, told, webhook, of_app, answers, nonce }
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

    /// Which of those with the same id of the forge's this one repeats.
    fn repeated<'a>(&self, same: &[&'a DeliveryRow]) -> Option<&'a DeliveryId> {
        let first = same.first().filter(|_| !self.delivery.forge_delivery.is_empty())?;
        (first.id != self.delivery.id).then_some(&first.id)
    }

    fn same_bytes(&self) -> Query {
        DeliveryRow::first_by_digest(&self.delivery.hook, &self.delivery.digest)
    }

    fn dispositions(&self) -> Query {
        DispositionRow::of_delivery(self.account(), &self.delivery.id)
    }

    /// The hook went away with its last pipeline while the delivery was on its way.
    fn unhooked(&self, settled: &BTreeSet<i64>) -> Vec<(u32, Step)> {
        let gone = || Disposition::Unusable {
            at: "hook".to_owned(),
            problem: "the hook that it came to was removed meanwhile".to_owned(),
        };
        let told = self.told.iter().flatten().map(|change| change.index);
        let open = told.filter(|index| !settled.contains(&i64::from(*index)));
        let steps: Vec<_> = open.map(|index| (index, Step::Done(gone()))).collect();
        match steps.is_empty() && settled.is_empty() {
            true => vec![(0, Step::Done(gone()))],
            false => steps,
        }
    }

    /// Writes down what was decided, and asks what was not asked yet. Once nothing is left to ask,
    /// the delivery is done with. Until then it is written as it was when something was settled, so
    /// that of two answers that come at once the second sees what became of the first.
    fn write(
        &self,
        row: &DeliveryRow,
        steps: Vec<(u32, Step)>,
        seen: &View,
        now: &Now,
        into: &mut Changes,
    ) -> Outcome {
        let (mut outcome, mut anything) = (Outcome::Settled, false);
        for answer in self.answers.values() {
            into.delete::<EffectRow>(seen, self.question_key(&answer.question));
        }
        for (index, step) in steps {
            match step {
                Step::Done(doc) => {
                    anything = true;
                    into.insert(self.disposition(index, doc));
                }
                Step::Ask { question, effect } => {
                    outcome = Outcome::Asked;
                    if seen.row::<EffectRow>(self.question_key(&question)).is_none() {
                        into.effect(new_effect(self.account(), question, *effect, now));
                    }
                }
            }
        }
        if outcome == Outcome::Settled {
            into.put(seen, DeliveryRow { state: store::inbox::DONE.to_owned(), ..row.clone() });
        } else if anything {
            into.put(seen, row.clone());
        }
        outcome
    }

    fn disposition(&self, index: u32, doc: Disposition) -> DispositionRow {
        let (account, delivery) = (self.account().clone(), self.delivery.id.clone());
        let (kind, change_index) = (kind(&doc).to_owned(), i64::from(index));
        DispositionRow { account, delivery, change_index, kind, doc }
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
            self.dispositions().into(),
        ];
        wants.extend(self.answers.values().map(|it| self.question_key(&it.question).into()));
        let Some(row) = seen.known::<HookRow>(hook.clone()) else {
            if seen.has(&hook.into()) {
                wants.extend(self.wants_of_app(seen));
            }
            return wants;
        };
        if self.repeated(&seen.known_list::<DeliveryRow>(&self.same_id())).is_some() {
            return wants;
        }
        if self.webhook.is_some() {
            wants.extend(self.wants_of_webhook(row, seen));
        }
        let Ok(told) = &self.told else { return wants };
        wants.extend(self.wants_of_moves(row, told, seen));
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
        // Of a delivery that tells of several changes, some may have been settled before.
        let settled = seen.list::<DispositionRow>(&self.dispositions());
        let settled: BTreeSet<i64> = settled.into_iter().map(|row| row.change_index).collect();
        let hook = seen.row::<HookRow>(HookRow::at(&self.delivery.hook));
        let (steps, mut changes) = match hook {
            Some(hook) => Deciding::new(self, hook, seen, now).steps(&settled),
            None => {
                let of_app = self.steps_of_app(&settled, seen, now, &mut changes);
                (of_app.unwrap_or_else(|| self.unhooked(&settled)), changes)
            }
        };
        if let Some(hook) = hook.filter(|hook| hook.verified.is_none() && row.verdict == VERIFIED) {
            changes.put(seen, HookRow { verified: Some(row.received), ..hook.clone() });
        }
        let outcome = self.write(row, steps, seen, now, &mut changes);
        Ok((changes, outcome))
    }
}

/// Only what becomes of an installation is read for it: other news belong to a repository.
fn of_app(delivery: &DeliveryRow, body: &DeliveryBodyRow) -> Option<webhooks::AppDelivery> {
    let told = delivery.event.starts_with("installation");
    let headers = || webhooks::Headers::from_iter(&body.headers);
    told.then(|| webhooks::app_delivery(&headers(), &body.body).ok()).flatten()
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

fn watching(hook: &HookRow) -> Query {
    WatchRow::of_repository(&hook.account, &hook.connection, &hook.repository)
}

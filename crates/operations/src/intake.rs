//! A delivery is decided: what it says, whether that is new, and which pipelines it starts.
//!
//! Every change in it comes to one disposition, in the same transaction as the executions it
//! started and the heads it moved. A change that does not follow from the known head waits until
//! the forge has said where the ref is, or that it cannot be asked; the delivery stays undecided
//! as long, and its other changes do not wait for that one. The same holds for a change of which a
//! filter has to know the files.

mod change;
mod pull_request;
mod question;
mod ref_change;
mod starting;

pub use question::{Answer, Said};
pub(crate) use starting::{Decision, Moved};

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::ProviderType;
use domain::forge_event::{GitRef, Happening, PullRequest, RefChange, Subject};
use domain::reason::Disposition;
use domain::revision::{PullRequestTrigger, Seen};
use domain::{AccountId, CommitSha, EffectId, PipelineName};
use engine::{Effect, PullRequestNews, What, pull_request_event};
use store::{
    Changes, DeliveryBodyRow, DeliveryRow, DispositionRow, EffectRow, HeadRow, HookRow, Key, Query,
    View, Want, WatchRow,
};

use crate::deliveries::kind;
use crate::hooks::VERIFIED;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use change::Deciding;
use question::Asker;

/// One delivery is decided, as far as it can be.
pub struct Intake {
    /// The delivery, as it was written down.
    delivery: DeliveryRow,
    /// The changes that it tells of, or where and why there is nothing to read.
    told: Result<Vec<webhooks::Change>, webhooks::Unusable>,
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

    /// A change of this delivery as pipelines see it, once the commit is known.
    fn moved<'a>(
        &self,
        hook: &'a HookRow,
        index: u32,
        change: &'a RefChange,
        commit: CommitSha,
    ) -> Moved<'a> {
        Moved {
            hook,
            what: What::Push(&change.git_ref),
            git_ref: change.git_ref.clone(),
            commit,
            pull_request: None,
            known_by: Seen::Delivery(self.delivery.id.clone()),
            name: self.name_of(index),
            nonce: self.nonce,
        }
    }

    /// An event of a pull request as pipelines see it, with its source's commit.
    fn requested<'a>(
        &self,
        hook: &'a HookRow,
        index: u32,
        request: &'a PullRequest,
        commit: CommitSha,
    ) -> Moved<'a> {
        let (sides, provider) = (&request.sides, ProviderType::parse(&self.delivery.provider));
        let event = provider.and_then(|provider| pull_request_event(provider, request.action));
        let of = |event| PullRequestTrigger {
            number: sides.number,
            title: request.title.clone(),
            target: sides.target.clone(),
            event,
        };
        let news = PullRequestNews { event, target: &sides.target, fork: sides.fork };
        Moved {
            hook,
            what: What::PullRequest(news),
            git_ref: GitRef::branch(sides.source.as_str()),
            commit,
            pull_request: event.map(of),
            known_by: Seen::Delivery(self.delivery.id.clone()),
            name: self.name_of(index),
            nonce: self.nonce,
        }
    }

    fn name_of(&self, index: u32) -> [String; 3] {
        ["push".to_owned(), self.delivery.id.to_string(), index.to_string()]
    }

    fn dispositions(&self) -> Query {
        DispositionRow::of_delivery(self.account(), &self.delivery.id)
    }

    /// The heads known of what moved, the questions about them, and who watches.
    fn wants_of_moves(&self, hook: &HookRow, told: &[webhooks::Change], seen: &View) -> Vec<Want> {
        let mut wants = Vec::new();
        for change in told {
            let (subject, moved) = match &change.event.happening {
                Happening::Ref(moved) => {
                    let commit = moved.head.clone().unwrap_or_default();
                    (moved.git_ref.clone().into(), self.moved(hook, change.index, moved, commit))
                }
                Happening::PullRequest(request) => {
                    let commit = request.sides.head.clone();
                    let moved = self.requested(hook, change.index, request, commit);
                    (Subject::PullRequest(request.sides.number), moved)
                }
                _ => continue,
            };
            let key = head_key(hook, &subject);
            wants.push(key.clone().into());
            if seen.has(&key.clone().into()) {
                let (delivery, index, known) =
                    (&self.delivery.id, change.index, seen.known::<HeadRow>(key));
                let asker = Asker { delivery, index, hook, known };
                let questions = [asker.of_head(), asker.of_files()];
                wants.extend(questions.map(|question| self.question_key(&question).into()));
            }
            wants.extend(moved.wants(seen));
        }
        wants
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

/// What a change of a delivery would come to.
pub(crate) enum Previewed {
    /// This.
    Settled(Disposition),
    /// This would have to be asked first.
    Asks(String),
}

impl Intake {
    /// What it would come to if it were decided now; nothing of it is written.
    pub(crate) fn preview(&self, hook: &HookRow, seen: &View, now: &Now) -> Vec<Previewed> {
        let (steps, _) = Deciding::new(self, hook, seen, now).steps(&BTreeSet::new());
        let previewed = |(_, step)| match step {
            Step::Done(doc) => Previewed::Settled(doc),
            Step::Ask { effect, .. } => Previewed::Asks(match *effect {
                Effect::AskHead { ref_name, .. } => format!("where {ref_name} is now"),
                _ => "which files changed".to_owned(),
            }),
        };
        steps.into_iter().map(previewed).collect()
    }

    /// Each change for one pipeline that is named, under a new word: it starts where its own rules
    /// let the news in, whether or not it is news.
    pub(crate) fn replay(
        &self,
        word: &str,
        pipeline: &PipelineName,
        hook: &HookRow,
        decision: &mut Decision<'_>,
    ) -> Vec<Disposition> {
        let mut became = Vec::new();
        for change in self.told.iter().flatten() {
            if let Some((subject, moved)) = self.replayed(word, hook, change) {
                let commit = moved.commit.clone();
                let woken = moved.wake_one(pipeline, decision);
                became.push(change::disposition(hook, subject, commit, woken));
            }
        }
        became
    }

    /// What starting it again looks at.
    pub(crate) fn wants_of_replay(&self, word: &str, hook: &HookRow, seen: &View) -> Vec<Want> {
        let changes = self.told.iter().flatten();
        let moved = changes.filter_map(|change| self.replayed(word, hook, change));
        moved.flat_map(|(_, moved)| moved.wants(seen)).collect()
    }

    /// A change as pipelines see it when somebody has it start again; `None` for one that starts
    /// nothing.
    fn replayed<'a>(
        &self,
        word: &str,
        hook: &'a HookRow,
        change: &'a webhooks::Change,
    ) -> Option<(Subject, Moved<'a>)> {
        let name = ["replay".to_owned(), word.to_owned(), change.index.to_string()];
        match &change.event.happening {
            Happening::Ref(moved) if !moved.after.is_zero() => {
                // An annotated tag leads to its commit for git, too.
                let commit = moved.head.clone().unwrap_or_else(|| moved.after.clone());
                let subject = moved.git_ref.clone().into();
                Some((subject, Moved { name, ..self.moved(hook, change.index, moved, commit) }))
            }
            Happening::PullRequest(request) => {
                let (subject, commit) =
                    (Subject::PullRequest(request.sides.number), request.sides.head.clone());
                Some((
                    subject,
                    Moved { name, ..self.requested(hook, change.index, request, commit) },
                ))
            }
            _ => None,
        }
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
        let Some(hook) = seen.known::<HookRow>(hook) else { return wants };
        let Ok(told) = &self.told else { return wants };
        wants.extend(self.wants_of_moves(hook, told, seen));
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
            None => (self.unhooked(&settled), changes),
        };
        if let Some(hook) = hook.filter(|hook| hook.verified.is_none() && row.verdict == VERIFIED) {
            changes.put(seen, HookRow { verified: Some(row.received), ..hook.clone() });
        }
        let outcome = self.write(row, steps, seen, now, &mut changes);
        Ok((changes, outcome))
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

fn head_key(hook: &HookRow, subject: &Subject) -> Key {
    HeadRow::at(&hook.account, &hook.connection, &hook.repository, &subject.full())
}

fn watching(hook: &HookRow) -> Query {
    WatchRow::of_repository(&hook.account, &hook.connection, &hook.repository)
}

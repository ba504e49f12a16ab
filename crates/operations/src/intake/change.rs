//! What each change of a delivery comes to: whether it is believed, and whether it is new.

use std::collections::BTreeMap;

use domain::connection::HookState;
use domain::forge_event::{ForgeEvent, Happening, RefChange};
use domain::reason::{Disposition, Duplicate, Filter};
use domain::{DeliveryId, EffectId, PipelineName};
use engine::{Effect, Line};
use store::{Changes, DeliveryRow, EffectRow, HeadRow, HookRow, View};

use super::{Intake, Step, head_key, question};
use crate::heads::{Known, Verdict, judge, state};
use crate::line::new_effect;
use crate::turn::Now;

/// A delivery being decided. Several changes of one delivery follow one another: each sees the
/// lines as the ones before it left them.
pub(super) struct Deciding<'a> {
    pub(super) intake: &'a Intake,
    pub(super) hook: &'a HookRow,
    pub(super) seen: &'a View,
    pub(super) now: &'a Now,
    pub(super) changes: Changes,
    pub(super) lines: BTreeMap<PipelineName, Line>,
}

impl<'a> Deciding<'a> {
    pub(super) fn new(intake: &'a Intake, hook: &'a HookRow, seen: &'a View, now: &'a Now) -> Self {
        let (changes, lines) = (Changes::of_loop(), BTreeMap::new());
        Self { intake, hook, seen, now, changes, lines }
    }

    /// What each change comes to, and what is to be written for it.
    pub(super) fn steps(mut self) -> (Vec<(u32, Step)>, Changes) {
        let whole = |disposition| vec![(0, Step::Done(disposition))];
        if let Some(first) = self.first_of_same_id() {
            return (
                whole(Disposition::Duplicate(Duplicate::SameDelivery { first })),
                self.changes,
            );
        }
        let steps = match &self.intake.told {
            Ok(told) => told.iter().map(|change| (change.index, self.step(change))).collect(),
            Err(webhooks::Unusable { place, why }) => {
                whole(Disposition::Unusable { at: place.clone(), problem: why.clone() })
            }
        };
        (steps, self.changes)
    }

    /// The earlier delivery with the same id of the forge's, if there is one.
    fn first_of_same_id(&self) -> Option<DeliveryId> {
        let delivery = &self.intake.delivery;
        let same = self.seen.list::<DeliveryRow>(&self.intake.same_id());
        let first = same.first().filter(|_| !delivery.forge_delivery.is_empty())?;
        (first.id != delivery.id).then(|| first.id.clone())
    }

    fn step(&mut self, change: &webhooks::Change) -> Step {
        if let Some(unusable) = foreign(self.hook, &change.event) {
            return Step::Done(unusable);
        }
        match &change.event.happening {
            Happening::Ref(moved) => self.moved(change.index, moved),
            Happening::Ignored { because, .. } => {
                Step::Done(Disposition::Filtered(Filter::Ignored(because.clone())))
            }
            Happening::Unusable { at, problem } => {
                let (at, problem) = (at.clone(), problem.clone());
                Step::Done(Disposition::Unusable { at, problem })
            }
            _ => {
                let kind = change.event.kind().to_owned();
                Step::Done(Disposition::Filtered(Filter::KindStartsNothing { kind }))
            }
        }
    }

    /// A ref moved: the head rule, then the pipelines.
    fn moved(&mut self, index: u32, moved: &RefChange) -> Step {
        let row = self.seen.row::<HeadRow>(head_key(self.hook, moved));
        let known = row.map_or(Known::Nothing, |row| Known::At(row.sha.as_ref()));
        let (before, after) = (moved.before.as_ref().and_then(state), state(&moved.after));
        let question = question(&self.intake.delivery.id, index, row);
        let (git_ref, commit) = (moved.git_ref.clone(), moved.after.clone());
        let verdict = judge(known, before, after, self.seen_before());
        match (verdict, self.intake.answers.get(&index)) {
            (Verdict::Duplicate, _) => {
                Step::Done(Disposition::Duplicate(Duplicate::SameHead { git_ref, commit }))
            }
            (Verdict::Apply, None) => Step::Done(self.follow(index, moved)),
            (_, Some(answer)) if answer.question == question => {
                if answer.head.as_ref() == after {
                    return Step::Done(self.follow(index, moved));
                }
                Step::Done(Disposition::Stale { git_ref, commit, head: answer.head.clone() })
            }
            // A change that once did not follow is decided out of its turn: only the forge's word
            // on it counts, and one that came after the head moved on counts no more.
            (Verdict::Ask, None) | (_, Some(_)) => Step::Ask { question, ref_name: git_ref.full() },
        }
    }

    /// Whether a delivery before this one had the very same bytes.
    fn seen_before(&self) -> bool {
        let delivery = &self.intake.delivery;
        let earlier = |row: &&DeliveryRow| {
            row.id != delivery.id && (row.received, &row.id) < (delivery.received, &delivery.id)
        };
        self.seen.list::<DeliveryRow>(&self.intake.same_bytes()).iter().any(earlier)
    }

    /// The head moves, and pipelines start.
    fn follow(&mut self, index: u32, moved: &RefChange) -> Disposition {
        let head = HeadRow {
            account: self.hook.account.clone(),
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            ref_name: moved.git_ref.full(),
            sha: state(&moved.after).cloned(),
            updated: self.now.at,
        };
        self.changes.put(self.seen, head);
        self.started(index, moved)
    }
}

impl Intake {
    /// The effect that asks where a ref is.
    pub(super) fn asking(
        &self,
        hook: &HookRow,
        question: &EffectId,
        change_index: u32,
        ref_name: &str,
        now: &Now,
    ) -> EffectRow {
        let effect = Effect::AskHead {
            account: self.delivery.account.clone(),
            delivery: self.delivery.id.clone(),
            change_index,
            connection: hook.connection.clone(),
            repository: hook.repository.clone(),
            ref_name: ref_name.to_owned(),
        };
        new_effect(&self.delivery.account, question.clone(), effect, now)
    }
}

/// A delivery about another repository than its hook's is not believed.
fn foreign(hook: &HookRow, event: &ForgeEvent) -> Option<Disposition> {
    let told = event.repository.as_ref()?;
    let id = told.id.as_ref()?;
    let known = hook.repository_id.as_ref().filter(|_| hook.state == HookState::Registered)?;
    (id != known).then(|| Disposition::Unusable {
        at: "repository.id".to_owned(),
        problem: format!(
            "it is about repository {} ({id}), and this hook is of {} ({known})",
            told.name, hook.repository
        ),
    })
}

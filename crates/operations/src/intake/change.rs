//! What each change of a delivery comes to: whether it is believed, and whether it is new.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::HookState;
use domain::forge_event::{ForgeEvent, GitRef, Happening, RefChange, RefTarget};
use domain::reason::{Disposition, Duplicate, Filter};
use domain::{CommitSha, DeliveryId, PipelineName};
use engine::{Effect, Line};
use store::{Changes, DeliveryRow, HeadRow, HookRow, View};

use super::starting::Woken;
use super::{Intake, Step, head_key, question};
use crate::heads::{Known, Verdict, judge, state};
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

    /// What each change that is not settled yet comes to, and what is to be written for it.
    pub(super) fn steps(mut self, settled: &BTreeSet<i64>) -> (Vec<(u32, Step)>, Changes) {
        let whole = |disposition| vec![(0, Step::Done(disposition))];
        if let Some(first) = self.first_of_same_id() {
            return (
                whole(Disposition::Duplicate(Duplicate::SameDelivery { first })),
                self.changes,
            );
        }
        let steps = match &self.intake.told {
            Ok(told) => {
                let open = told.iter().filter(|change| !settled.contains(&change.index.into()));
                open.map(|change| (change.index, self.step(change))).collect()
            }
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
            (Verdict::Apply, None) if after.is_none() || moved.head.is_some() => {
                Step::Done(self.follow(index, moved, moved.head.clone()))
            }
            (_, Some(answer)) if answer.question == question => {
                Step::Done(self.answered(index, moved, known, &answer.head))
            }
            // A change that once did not follow is decided out of its turn: only the forge's word
            // on it counts, and one that came after the head moved on counts no more. A tag whose
            // commit was not told has none until the forge has said it.
            (Verdict::Apply | Verdict::Ask, _) => {
                Step::Ask { question, effect: Box::new(self.asking(index, git_ref.full())) }
            }
        }
    }

    /// A change in the light of where the forge says that the ref is.
    fn answered(
        &mut self,
        index: u32,
        moved: &RefChange,
        known: Known,
        head: &Result<Option<RefTarget>, String>,
    ) -> Disposition {
        let (git_ref, commit) = (moved.git_ref.clone(), moved.after.clone());
        match (head, state(&moved.after)) {
            // The head that is known may be the tag's object, and this the commit that it is of.
            (Ok(Some(at)), Some(after)) if at.is(after) && known.is_at(at) => {
                Disposition::Duplicate(Duplicate::SameHead { git_ref, commit })
            }
            (Ok(Some(at)), Some(after)) if at.is(after) => {
                self.follow(index, moved, Some(at.commit.clone()))
            }
            (Ok(None), None) => self.follow(index, moved, None),
            (Ok(at), _) => {
                let head = at.as_ref().map(|at| at.points_at.clone());
                Disposition::Stale { git_ref, commit, head }
            }
            (Err(why), _) => unknown(&git_ref, why),
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
    fn follow(&mut self, index: u32, moved: &RefChange, commit: Option<CommitSha>) -> Disposition {
        let head = HeadRow {
            account: self.hook.account.clone(),
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            ref_name: moved.git_ref.full(),
            sha: state(&moved.after).cloned(),
            updated: self.now.at,
        };
        self.changes.put(self.seen, head);
        match commit {
            Some(commit) => self.started(index, moved, commit),
            None => Disposition::Filtered(Filter::RefDeleted { git_ref: moved.git_ref.clone() }),
        }
    }

    /// Which pipelines the change starts, and why not the others.
    fn started(&mut self, index: u32, moved: &RefChange, commit: CommitSha) -> Disposition {
        let push = self.intake.moved(self.hook, index, moved, commit);
        let woken = push.wake(&mut self.lines, self.seen, self.now, &mut self.changes);
        let Woken { started: pipelines, held_back, synced: resources } = woken;
        let (git_ref, commit) = (moved.git_ref.clone(), moved.after.clone());
        match (pipelines.is_empty(), held_back.is_empty()) {
            (false, _) => Disposition::Started { git_ref, commit, pipelines, held_back },
            _ if !resources.is_empty() => {
                Disposition::Synced { git_ref, commit, resources, held_back }
            }
            (true, false) => {
                Disposition::Filtered(Filter::Pipelines { git_ref, commit, held_back })
            }
            (true, true) => {
                let repository = self.hook.repository.clone();
                Disposition::Filtered(Filter::NobodyWatches { git_ref, commit, repository })
            }
        }
    }

    /// What asks where a ref is.
    fn asking(&self, change_index: u32, ref_name: String) -> Effect {
        Effect::AskHead {
            account: self.intake.delivery.account.clone(),
            delivery: self.intake.delivery.id.clone(),
            change_index,
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            ref_name,
        }
    }
}

/// A change that does not follow from the known head, and nobody can say where the ref is.
fn unknown(git_ref: &GitRef, why: &str) -> Disposition {
    Disposition::Unusable {
        at: format!("the head of {}", git_ref.full()),
        problem: format!(
            "this change does not follow from the commit that was known, and where the ref is now \
             could not be asked: {why}"
        ),
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

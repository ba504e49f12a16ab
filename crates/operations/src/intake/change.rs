//! What each change of a delivery comes to: whether it is believed, and whether it is new.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::HookState;
use domain::forge_event::{ForgeEvent, Happening, RefTarget, Since, Subject};
use domain::reason::{Disposition, Duplicate, Filter};
use domain::{CommitSha, DeliveryId, EffectId, PipelineName};
use engine::{Effect, Line};
use store::{Changes, DeliveryRow, HeadRow, HookRow, View};

use super::question::{Asker, Said};
use super::starting::{Decision, Moved, Woken};
use super::{Intake, Step};
use crate::heads::{Verdict, head_at, head_key};
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
    /// The ARN of CodePipeline's webhook that it came to.
    pub(super) webhook: Option<String>,
}

/// How far a change is, that is no duplicate.
pub(super) enum Way<'a> {
    /// It is the next; which files it touched was said, where somebody asked.
    Next(Option<&'a Said>),
    /// The forge said where the ref is, or that nobody can say.
    Told(&'a Result<Option<RefTarget>, String>),
    /// The forge has to say where the ref is.
    Ask,
}

/// A change that moves a head.
pub(super) struct Next<'a> {
    pub(super) asker: Asker<'a>,
    pub(super) subject: Subject,
    /// Where the head is once the change is taken; `None`: gone, or closed.
    pub(super) head: Option<CommitSha>,
    /// Of a pull request that ends with it: whether it is merged.
    pub(super) merged: Option<bool>,
    /// The commit that the change told of.
    pub(super) commit: CommitSha,
    /// What the commit is compared with, where somebody asks for files.
    pub(super) since: Since,
}

impl<'a> Deciding<'a> {
    pub(super) fn new(intake: &'a Intake, hook: &'a HookRow, seen: &'a View, now: &'a Now) -> Self {
        let (changes, lines) = (Changes::of_loop(), BTreeMap::new());
        Self { intake, hook, seen, now, changes, lines, webhook: None }
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
        if let Some(told) = &self.intake.webhook {
            let open = !settled.contains(&0);
            let steps = if open { vec![(0, self.webhook(told))] } else { Vec::new() };
            return (steps, self.changes);
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
        let same = self.seen.list::<DeliveryRow>(&self.intake.same_id());
        self.intake.repeated(&same).cloned()
    }

    fn step(&mut self, change: &webhooks::Change) -> Step {
        if let Some(unusable) = foreign(self.hook, &change.event) {
            return Step::Done(unusable);
        }
        match &change.event.happening {
            Happening::Ref(moved) => self.ref_moved(change.index, moved),
            Happening::PullRequest(request) => self.pull_request(change.index, request),
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

    /// The head known of a subject; the decision depends on it.
    pub(super) fn asker(&self, index: u32, subject: &Subject) -> Asker<'a> {
        let known = self.seen.row::<HeadRow>(head_key(self.hook, subject));
        Asker { delivery: &self.intake.delivery.id, index, hook: self.hook, known }
    }

    /// A change that once did not follow is decided out of its turn: only the forge's word on it
    /// counts, and one that came after the head moved on counts no more.
    pub(super) fn way(&self, asker: Asker<'_>, verdict: Verdict) -> Way<'a> {
        match self.intake.answers.get(&asker.index) {
            None if verdict == Verdict::Apply => Way::Next(None),
            Some(answer) => match &answer.said {
                Said::Head(head) if answer.question == asker.of_head() => Way::Told(head),
                files @ Said::Files { .. } if answer.question == asker.of_files() => {
                    Way::Next(Some(files))
                }
                _ => Way::Ask,
            },
            None => Way::Ask,
        }
    }

    /// The first delivery before this one with the very same bytes.
    pub(super) fn same_bytes_before(&self) -> Option<&'a DeliveryId> {
        let delivery = &self.intake.delivery;
        let earlier = |row: &&DeliveryRow| {
            row.id != delivery.id && (row.received, &row.id) < (delivery.received, &delivery.id)
        };
        let same = self.seen.list::<DeliveryRow>(&self.intake.same_bytes());
        same.into_iter().find(earlier).map(|row| &row.id)
    }

    /// The head moves, and pipelines start; unless one has to know first which files changed.
    pub(super) fn follow(&mut self, next: Next<'_>, news: &Moved<'_>, said: Option<&Said>) -> Step {
        let files = said.and_then(|said| match said {
            Said::Files { files, .. } => Some(files),
            Said::Head(_) => None,
        });
        let (seen, now) = (self.seen, self.now);
        let (lines, changes) = (&mut self.lines, &mut self.changes);
        let Some(woken) = news.wake(files, &mut Decision { seen, now, lines, changes }) else {
            let effect = next.asker.ask_files(news.commit.clone(), next.since);
            return ask(next.asker.of_files(), effect);
        };
        let head = head_at(self.hook, next.subject.full(), next.head, self.now);
        self.changes.put(self.seen, HeadRow { merged: next.merged, ..head });
        Step::Done(disposition(self.hook, next.subject, next.commit, woken))
    }

    pub(super) fn put_head(&mut self, subject: &Subject, sha: Option<CommitSha>) {
        self.changes.put(self.seen, head_at(self.hook, subject.full(), sha, self.now));
    }
}

pub(super) fn ask(question: EffectId, effect: Effect) -> Step {
    Step::Ask { question, effect: Box::new(effect) }
}

/// Which pipelines the change started, and why not the others.
pub(super) fn disposition(
    hook: &HookRow,
    subject: Subject,
    commit: CommitSha,
    woken: Woken,
) -> Disposition {
    let Woken { started: pipelines, held_back, synced: resources } = woken;
    match (pipelines.is_empty(), held_back.is_empty()) {
        (false, _) => Disposition::Started { subject, commit, pipelines, held_back },
        _ if !resources.is_empty() => Disposition::Synced { subject, commit, resources, held_back },
        (true, false) => Disposition::Filtered(Filter::Pipelines { subject, commit, held_back }),
        (true, true) => {
            let repository = hook.repository.clone();
            Disposition::Filtered(Filter::NobodyWatches { subject, commit, repository })
        }
    }
}

/// A change that does not follow from the known head, and nobody can say where the ref is.
pub(super) fn unknown(subject: &Subject, why: &str) -> Disposition {
    Disposition::Unusable {
        at: format!("the head of {}", subject.full()),
        problem: format!(
            "this change does not follow from the commit that was known, and where the ref is now \
             could not be asked: {why}"
        ),
    }
}

/// A delivery about another repository than its hook's is not believed.
pub(super) fn foreign(hook: &HookRow, event: &ForgeEvent) -> Option<Disposition> {
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

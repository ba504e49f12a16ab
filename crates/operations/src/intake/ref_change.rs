//! A branch or tag that moved: the head rule, then the pipelines.

use domain::CommitSha;
use domain::forge_event::{RefChange, RefTarget, Since, Subject};
use domain::reason::{Disposition, Duplicate, Filter};
use store::HeadRow;

use super::Step;
use super::change::{Deciding, Next, Way, ask, unknown};
use super::question::{Asker, Said};
use super::starting::Moved;
use crate::heads::{Known, Verdict, judge, state};
use crate::sync;

/// Whether the ref is known to be where the change leads.
pub(super) fn is_known(known: Option<&HeadRow>, moved: &RefChange) -> bool {
    known.is_some_and(|row| row.sha.as_ref() == state(&moved.after))
}

impl Deciding<'_> {
    pub(super) fn ref_moved(&mut self, index: u32, moved: &RefChange) -> Step {
        let (subject, commit) = (Subject::from(moved.git_ref.clone()), moved.after.clone());
        let asker = self.asker(index, &subject);
        let known = asker.known.map_or(Known::Nothing, |row| Known::At(row.sha.as_ref()));
        let (before, after) = (moved.before.as_ref().and_then(state), state(&moved.after));
        let verdict = judge(known, before, after, self.same_bytes_before().is_some());
        if verdict == Verdict::Duplicate {
            return Step::Done(Disposition::Duplicate(Duplicate::SameHead { subject, commit }));
        }
        // A tag whose commit was not told has none until the forge has said it.
        let verdict = match verdict {
            Verdict::Apply if after.is_some() && moved.head.is_none() => Verdict::Ask,
            verdict => verdict,
        };
        match self.way(asker, verdict) {
            Way::Next(files) => {
                let commit = files.and_then(Said::commit).or(moved.head.as_ref());
                self.follow_ref(asker, moved, commit.cloned(), files)
            }
            Way::Told(head) => self.told(asker, moved, known, head),
            Way::Ask => ask(asker.of_head(), asker.ask_head(subject.full())),
        }
    }

    /// A change in the light of where the forge says that the ref is.
    fn told(
        &mut self,
        asker: Asker<'_>,
        moved: &RefChange,
        known: Known<'_>,
        head: &Result<Option<RefTarget>, String>,
    ) -> Step {
        let (subject, commit) = (Subject::from(moved.git_ref.clone()), moved.after.clone());
        Step::Done(match (head, state(&moved.after)) {
            // The head that is known may be the tag's object, and this the commit that it is of.
            (Ok(Some(at)), Some(after)) if at.is(after) && known.is_at(at) => {
                Disposition::Duplicate(Duplicate::SameHead { subject, commit })
            }
            (Ok(Some(at)), Some(after)) if at.is(after) => {
                return self.follow_ref(asker, moved, Some(at.commit.clone()), None);
            }
            (Ok(None), None) => return self.follow_ref(asker, moved, None, None),
            (Ok(at), _) => {
                let head = at.as_ref().map(|at| at.points_at.clone());
                Disposition::Stale { subject, commit, head }
            }
            (Err(why), _) => unknown(&subject, why),
        })
    }

    /// The ref is followed to its commit; `None`: it is gone.
    fn follow_ref(
        &mut self,
        asker: Asker<'_>,
        moved: &RefChange,
        to: Option<CommitSha>,
        files: Option<&Said>,
    ) -> Step {
        let (git_ref, commit) = (moved.git_ref.clone(), moved.after.clone());
        let (subject, head) = (Subject::from(git_ref.clone()), state(&moved.after).cloned());
        let Some(to) = to else {
            self.put_head(&subject, head);
            // Whoever reads a file of it is told that it is gone.
            let name = self.intake.name_of(asker.index);
            let Self { hook, seen, now, changes, .. } = self;
            sync::push(hook, &git_ref, None, &name, seen, now, changes);
            return Step::Done(Disposition::Filtered(Filter::RefDeleted { git_ref }));
        };
        let since = since(asker.known, moved);
        let news = self.intake.moved(self.hook, asker.index, moved, to);
        let news = Moved { webhook: self.webhook.clone(), ..news };
        self.follow(Next { asker, subject, head, merged: None, commit, since }, &news, files)
    }
}

/// What pipelines saw last of the branch counts, also where deliveries between were lost.
fn since(known: Option<&HeadRow>, moved: &RefChange) -> Since {
    let told: Option<&CommitSha> = moved.before.as_ref().and_then(state);
    match known.and_then(|row| row.sha.as_ref()).or(told) {
        Some(before) => Since::Commit(before.clone()),
        None => Since::DefaultBranch { branch: moved.git_ref.name.clone() },
    }
}

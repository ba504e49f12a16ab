//! What became of a pull request. It is a ref of its own, its number: open at its source's commit,
//! or closed; the head rule holds for it as for any ref.
//!
//! Git has no word for whether it is open, so where a change does not follow from what was known,
//! the source branch is asked: a pull request is where its source is. Its texts change with every
//! event, so the very same bytes again are the same event again.

use domain::CommitSha;
use domain::forge_event::{
    GitRef, Ignored, PullRequest, PullRequestAction as Action, PullRequestSides, RefTarget, Since,
    Subject,
};
use domain::reason::{Disposition, Duplicate, Filter};
use engine::request_ref;
use store::HeadRow;

use super::Step;
use super::change::{Deciding, Next, Way, ask, unknown};
use super::question::{Asker, Said};
use crate::heads::{Known, Verdict, judge};

impl Deciding<'_> {
    pub(super) fn pull_request(&mut self, index: u32, request: &PullRequest) -> Step {
        if let Some(first) = self.same_bytes_before() {
            let first = first.clone();
            return Step::Done(Disposition::Duplicate(Duplicate::SameDelivery { first }));
        }
        let subject = Subject::PullRequest(request.sides.number);
        let asker = self.asker(index, &subject);
        let commit = whole(&request.sides.head, asker.known);
        let verdict = verdict(asker.known, request, &commit);
        if verdict == Verdict::Duplicate {
            return Step::Done(Disposition::Duplicate(Duplicate::SameHead { subject, commit }));
        }
        let Some(source) = self.source(index, request, &commit) else {
            return self.follow_request(asker, request, commit, None);
        };
        match self.way(asker, verdict) {
            Way::Next(Some(said @ Said::Files { commit, .. })) => {
                self.follow_request(asker, request, commit.clone(), Some(said))
            }
            Way::Next(_) => self.follow_request(asker, request, commit, None),
            Way::Told(Ok(at)) => match at_source(at.as_ref(), &commit, is_open(request)) {
                Some(commit) => self.follow_request(asker, request, commit, None),
                None if commit.as_str().is_empty() => {
                    Step::Done(Disposition::Filtered(Filter::Ignored(Ignored::WithoutCommit)))
                }
                None => {
                    let head = at.as_ref().map(|at| at.commit.clone());
                    Step::Done(Disposition::Stale { subject, commit, head })
                }
            },
            Way::Told(Err(why)) => Step::Done(unknown(&subject, why)),
            Way::Ask => ask(asker.of_head(), asker.ask_head(source.full())),
        }
    }

    /// Where its code is, for whoever asks; `None` of a fork's that is shown nowhere here, or that starts
    /// nothing.
    fn source(&self, index: u32, request: &PullRequest, commit: &CommitSha) -> Option<GitRef> {
        let source = request_ref(self.hook.provider, &request.sides)?;
        let is_awaited = || {
            let news = self.intake.requested(self.hook, index, request, commit.clone());
            news.is_awaited(self.seen)
        };
        (!request.sides.fork || is_awaited()).then_some(source)
    }

    fn follow_request(
        &mut self,
        asker: Asker<'_>,
        request: &PullRequest,
        commit: CommitSha,
        files: Option<&Said>,
    ) -> Step {
        let PullRequestSides { number, target, .. } = &request.sides;
        let (subject, since) =
            (Subject::PullRequest(*number), Since::Target { branch: target.clone() });
        let head = is_open(request).then(|| commit.clone());
        let news = self.intake.requested(self.hook, asker.index, request, commit.clone());
        let merged = (!is_open(request)).then_some(request.action == Action::Merged);
        self.follow(Next { asker, subject, head, merged, commit, since }, &news, files)
    }
}

fn is_open(request: &PullRequest) -> bool {
    !request.action.ends()
}

/// Whether the pull request is known to be as the event leaves it.
pub(super) fn is_known(known: Option<&HeadRow>, request: &PullRequest) -> bool {
    let commit = whole(&request.sides.head, known);
    verdict(known, request, &commit) == Verdict::Duplicate
}

/// Whether the event follows from what is known. What it says of the time before it: one that
/// opens was closed or not there; one that closes was open where it closes; the forge says of new
/// code what it replaced, or it has to be asked. One that was closed and is merged was opened again in
/// between: not every forge tells of that.
fn verdict(known: Option<&HeadRow>, request: &PullRequest, commit: &CommitSha) -> Verdict {
    if request.action == Action::Merged && was_declined(known) {
        return if commit.is_valid() { Verdict::Apply } else { Verdict::Ask };
    }
    let known = known.map_or(Known::Nothing, |row| Known::At(row.sha.as_ref()));
    let after = is_open(request).then_some(commit);
    let before = match request.action {
        Action::Opened | Action::Reopened => Some(None),
        Action::Closed | Action::Merged => Some(Some(commit)),
        Action::Ready | Action::Updated | Action::Retargeted => request.before.as_ref().map(Some),
    };
    match judge(known, before.flatten(), after, false) {
        Verdict::Apply if before.is_none() || !commit.is_valid() => Verdict::Ask,
        verdict => verdict,
    }
}

/// Whether it is known to have ended without being merged.
pub(crate) fn was_declined(known: Option<&HeadRow>) -> bool {
    known.is_some_and(|row| row.sha.is_none() && row.merged == Some(false))
}

/// The whole hash where the forge names its first digits only and it is the one that is known.
fn whole(told: &CommitSha, known: Option<&HeadRow>) -> CommitSha {
    let known = known.and_then(|row| row.sha.as_ref());
    known.filter(|known| begins(known, told)).unwrap_or(told).clone()
}

/// The commit to follow, where the source branch's place agrees. Of one that is closed the branch
/// may be gone, which leaves what the event says.
fn at_source(at: Option<&RefTarget>, told: &CommitSha, open: bool) -> Option<CommitSha> {
    match at {
        Some(at) => begins(&at.commit, told).then(|| at.commit.clone()),
        None => (!open && told.is_valid()).then(|| told.clone()),
    }
}

fn begins(whole: &CommitSha, digits: &CommitSha) -> bool {
    whole.as_str().starts_with(digits.as_str())
}

#[cfg(test)]
mod tests;

//! A ref or a pull request was found elsewhere than where we know it to be, and no delivery told of
//! it: it starts what it would have started.

use std::collections::BTreeMap;

use domain::forge_event::{
    ChangedFiles, GitRef, PullRequestAction, PullRequestSides, RefError, RefTarget, RequestState,
    Since, Subject,
};
use domain::revision::Seen;
use domain::{CommitSha, HookId, PipelineName, Timestamp};
use engine::What;
use store::{Changes, HeadRow, HookRow, Key, View, Want};

use crate::heads::{head_at, head_key};
use crate::intake::{Decision, Moved, requested, was_declined};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Where something is, as the repository or its forge itself says.
pub struct Found {
    /// The hook of the repository.
    pub hook: HookId,
    /// What was found.
    pub what: Discovery,
    /// When somebody went to look: what was told since then is newer.
    pub asked: Timestamp,
    /// Which files changed, where an earlier turn had to know.
    pub files: Option<ChangedFiles>,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

/// What can be found.
#[derive(Clone, Debug)]
pub enum Discovery {
    /// A branch or a tag.
    Ref {
        /// Which.
        git_ref: GitRef,
        /// Where it leads.
        target: RefTarget,
    },
    /// A pull request.
    Request {
        /// Its title.
        title: String,
        /// From where to where.
        sides: PullRequestSides,
        /// When it was opened first; `None` where nobody can say.
        created: Option<Timestamp>,
        /// Whether it is open.
        state: RequestState,
    },
}

/// What became of a find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The pipelines that it started.
    Started(Vec<PipelineName>),
    /// Nothing was decided: which files changed since then has to be known first.
    NeedsFiles(Since),
    /// Git or a command line cannot take a name in it. It is known from now on, and so said once.
    Refused(RefError),
}

impl Discovery {
    /// What it is of.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Ref { git_ref, .. } => git_ref.clone().into(),
            Self::Request { sides, .. } => Subject::PullRequest(sides.number),
        }
    }

    /// Checks the names in it as those in a delivery are: a forge lists whatever was pushed.
    fn check(&self) -> Result<(), RefError> {
        match self {
            Self::Ref { git_ref, .. } => git_ref.check(),
            Self::Request { sides, .. } => [&sides.source, &sides.target]
                .into_iter()
                .try_for_each(|branch| GitRef::branch(branch.as_str()).check()),
        }
    }

    /// The commit that it leads to.
    pub fn commit(&self) -> &CommitSha {
        match self {
            Self::Ref { target, .. } => &target.commit,
            Self::Request { sides, .. } => &sides.head,
        }
    }

    /// What the head is from now on; none of what is closed.
    fn points_at(&self) -> Option<&CommitSha> {
        match self {
            Self::Ref { target, .. } => Some(&target.points_at),
            Self::Request { sides, state: RequestState::Open, .. } => Some(&sides.head),
            Self::Request { .. } => None,
        }
    }

    /// Of a pull request that ended: whether it was merged.
    fn merged(&self) -> Option<bool> {
        match self {
            Self::Request { state: RequestState::Merged, .. } => Some(true),
            Self::Request { state: RequestState::Closed, .. } => Some(false),
            Self::Request { .. } | Self::Ref { .. } => None,
        }
    }

    fn is_known(&self, known: &HeadRow) -> bool {
        match (self, &known.sha) {
            (Self::Ref { target, .. }, Some(sha)) => target.is(sha),
            (Self::Ref { .. }, None) => false,
            (Self::Request { state: RequestState::Merged, .. }, None) => !was_declined(Some(known)),
            (Self::Request { .. }, sha) => self.points_at() == sha.as_ref(),
        }
    }

    /// A pull request that was there before anybody listened is no news; what comes of it is.
    fn is_older(&self, hook: &HookRow, known: Option<&HeadRow>) -> bool {
        match self {
            Self::Ref { .. } => false,
            Self::Request { created, .. } => {
                known.is_none() && hook.heads_known.is_none_or(|known| *created < Some(known))
            }
        }
    }

    fn since(&self, known: Option<&HeadRow>) -> Since {
        match (self, known.and_then(|row| row.sha.clone())) {
            (Self::Request { sides, .. }, _) => Since::Target { branch: sides.target.clone() },
            (Self::Ref { .. }, Some(before)) => Since::Commit(before),
            (Self::Ref { git_ref, .. }, None) => {
                Since::DefaultBranch { branch: git_ref.name.clone() }
            }
        }
    }
}

impl Found {
    fn head(&self, hook: &HookRow) -> Key {
        head_key(hook, &self.what.subject())
    }

    /// The same find after the same known head names the same executions.
    fn moved<'a>(&'a self, hook: &'a HookRow, known: Option<&HeadRow>) -> Moved<'a> {
        let since = known.map_or(0, |head| head.updated.0);
        let at = self.what.points_at().map_or("closed", CommitSha::as_str);
        let place = format!("{at} {since}");
        let (what, git_ref, pull_request) = match &self.what {
            Discovery::Ref { git_ref, .. } => (What::Push(git_ref), git_ref.clone(), None),
            Discovery::Request { title, sides, state, .. } => {
                requested(hook.provider, (title, sides), action(*state, known))
            }
        };
        Moved {
            hook,
            what,
            git_ref,
            commit: self.what.commit().clone(),
            pull_request,
            webhook: None,
            known_by: Seen::Reconciled,
            name: ["found".to_owned(), self.what.subject().full(), place],
            nonce: self.nonce,
        }
    }

    fn new_head(&self, hook: &HookRow, now: &Now) -> HeadRow {
        let head = head_at(hook, self.what.subject().full(), self.what.points_at().cloned(), now);
        HeadRow { merged: self.what.merged(), ..head }
    }
}

/// Whether a delivery has told of it since somebody went to look.
fn is_overtaken(known: Option<&HeadRow>, asked: Timestamp) -> bool {
    known.is_some_and(|row| row.updated > asked)
}

/// What must have happened to a pull request that stands like this, given what was known of it.
fn action(state: RequestState, known: Option<&HeadRow>) -> PullRequestAction {
    match (state, known.map(|row| &row.sha)) {
        (RequestState::Closed, _) => PullRequestAction::Closed,
        (RequestState::Merged, _) => PullRequestAction::Merged,
        (RequestState::Open, None) => PullRequestAction::Opened,
        (RequestState::Open, Some(None)) => PullRequestAction::Reopened,
        (RequestState::Open, Some(Some(_))) => PullRequestAction::Updated,
    }
}

impl Turn for Found {
    type Answer = Outcome;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![HookRow::at(&self.hook).into()];
        let Some(hook) = seen.known::<HookRow>(HookRow::at(&self.hook)) else { return wants };
        let head = self.head(hook);
        wants.push(head.clone().into());
        if seen.has(&head.clone().into()) {
            wants.extend(self.moved(hook, seen.known(head)).wants(seen));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let mut changes = Changes::of_loop();
        let Some(hook) = seen.row::<HookRow>(HookRow::at(&self.hook)) else {
            return Ok((changes, Outcome::Started(Vec::new())));
        };
        let known = seen.row::<HeadRow>(self.head(hook));
        if known.is_some_and(|it| self.what.is_known(it)) || is_overtaken(known, self.asked) {
            return Ok((changes, Outcome::Started(Vec::new())));
        }
        if let Err(why) = self.what.check() {
            changes.put(seen, self.new_head(hook, now));
            return Ok((changes, Outcome::Refused(why)));
        }
        if self.what.is_older(hook, known) {
            changes.put(seen, self.new_head(hook, now));
            return Ok((changes, Outcome::Started(Vec::new())));
        }
        let (lines, moved) = (&mut BTreeMap::new(), self.moved(hook, known));
        let decision = &mut Decision { seen, now, lines, changes: &mut changes };
        let Some(woken) = moved.wake(self.files.as_ref(), decision) else {
            return Ok((changes, Outcome::NeedsFiles(self.what.since(known))));
        };
        changes.put(seen, self.new_head(hook, now));
        let started = woken.started.into_iter().map(|it| it.pipeline).collect();
        Ok((changes, Outcome::Started(started)))
    }
}

/// A pull request that the forge has no more, or of which nobody can say any more what it led to:
/// nothing starts, and it is not asked for again.
pub struct Gone {
    /// The hook of the repository.
    pub hook: HookId,
    /// Its number.
    pub number: u64,
    /// When somebody went to look.
    pub asked: Timestamp,
}

impl Turn for Gone {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let hook = seen.known::<HookRow>(HookRow::at(&self.hook));
        let head = hook.map(|hook| head_key(hook, &Subject::PullRequest(self.number)));
        [HookRow::at(&self.hook)].into_iter().chain(head).map(Want::from).collect()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let (mut changes, subject) = (Changes::of_loop(), Subject::PullRequest(self.number));
        if let Some(hook) = seen.row::<HookRow>(HookRow::at(&self.hook)) {
            let known = seen.row::<HeadRow>(head_key(hook, &subject));
            let is_open = known.is_some_and(|row| row.sha.is_some());
            if is_open && !is_overtaken(known, self.asked) {
                changes.put(seen, head_at(hook, subject.full(), None, now));
            }
        }
        Ok((changes, ()))
    }
}

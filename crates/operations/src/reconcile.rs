//! A ref or a pull request was found elsewhere than where we know it to be, and no delivery told of
//! it: it starts what it would have started.

use std::collections::BTreeMap;

use domain::forge_event::{
    ChangedFiles, GitRef, PullRequestAction, PullRequestSides, RefError, RefTarget, Since, Subject,
};
use domain::revision::{PullRequestTrigger, Seen};
use domain::{CommitSha, HookId, PipelineName, Timestamp};
use engine::{PullRequestNews, What, pull_request_event};
use store::{Changes, HeadRow, HookRow, Key, View, Want};

use crate::intake::{Decision, Moved};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Where something is, as the repository or its forge itself says.
pub struct Found {
    /// The hook of the repository.
    pub hook: HookId,
    /// What was found.
    pub what: Discovery,
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
    /// A pull request that is open.
    Request {
        /// Its title.
        title: String,
        /// From where to where.
        sides: PullRequestSides,
        /// When it was opened first; `None` where nobody can say.
        created: Option<Timestamp>,
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

    /// What the head is from now on.
    fn points_at(&self) -> &CommitSha {
        match self {
            Self::Ref { target, .. } => &target.points_at,
            Self::Request { sides, .. } => &sides.head,
        }
    }

    fn is_known(&self, known: Option<&HeadRow>) -> bool {
        let sha = known.and_then(|row| row.sha.as_ref());
        sha.is_some_and(|sha| match self {
            Self::Ref { target, .. } => target.is(sha),
            Self::Request { sides, .. } => sides.head == *sha,
        })
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
        let name = self.what.subject().full();
        HeadRow::at(&hook.account, &hook.connection, &hook.repository, &name)
    }

    /// The same find after the same known head names the same executions.
    fn moved<'a>(&'a self, hook: &'a HookRow, known: Option<&HeadRow>) -> Moved<'a> {
        let since = known.map_or(0, |head| head.updated.0);
        let place = format!("{} {since}", self.what.points_at());
        let (what, git_ref, pull_request) = match &self.what {
            Discovery::Ref { git_ref, .. } => (What::Push(git_ref), git_ref.clone(), None),
            Discovery::Request { title, sides, .. } => requested(hook, title, sides, known),
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
        HeadRow {
            account: hook.account.clone(),
            connection: hook.connection.clone(),
            repository: hook.repository.clone(),
            ref_name: self.what.subject().full(),
            sha: Some(self.what.points_at().clone()),
            updated: now.at,
        }
    }
}

/// What must have happened to a pull request that is open, given what was known of it.
fn requested<'a>(
    hook: &HookRow,
    title: &str,
    sides: &'a PullRequestSides,
    known: Option<&HeadRow>,
) -> (What<'a>, GitRef, Option<PullRequestTrigger>) {
    let action = match known.map(|row| &row.sha) {
        None => PullRequestAction::Opened,
        Some(None) => PullRequestAction::Reopened,
        Some(Some(_)) => PullRequestAction::Updated,
    };
    let event = pull_request_event(hook.provider, action);
    let trigger = event.map(|event| PullRequestTrigger {
        number: sides.number,
        title: title.to_owned(),
        target: sides.target.clone(),
        event,
    });
    let news = PullRequestNews { event, target: &sides.target, fork: sides.fork };
    (What::PullRequest(news), GitRef::branch(sides.source.as_str()), trigger)
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
        if self.what.is_known(known) {
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

//! A ref was found elsewhere than where we know it to be, and no delivery told of it: the push
//! starts what it would have started.

use std::collections::BTreeMap;

use domain::forge_event::{ChangedFiles, GitRef, RefTarget, Since};
use domain::revision::Seen;
use domain::{HookId, PipelineName};
use engine::What;
use store::{Changes, HeadRow, HookRow, Key, View, Want};

use crate::intake::{Decision, Moved};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Where a ref is, as the repository itself says.
pub struct Found {
    /// The hook of the repository.
    pub hook: HookId,
    /// The ref.
    pub git_ref: GitRef,
    /// Where it leads.
    pub target: RefTarget,
    /// Which files changed, where an earlier turn had to know.
    pub files: Option<ChangedFiles>,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

/// What became of a find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The pipelines that it started.
    Started(Vec<PipelineName>),
    /// Nothing was decided: which files changed since then has to be known first.
    NeedsFiles(Since),
}

impl Found {
    fn head(&self, hook: &HookRow) -> Key {
        HeadRow::at(&hook.account, &hook.connection, &hook.repository, &self.git_ref.full())
    }

    /// The same find after the same known head names the same executions.
    fn moved<'a>(&'a self, hook: &'a HookRow, known: Option<&HeadRow>) -> Moved<'a> {
        let since = known.map_or(0, |head| head.updated.0);
        let place = format!("{} {since}", self.target.points_at);
        Moved {
            hook,
            what: What::Push(&self.git_ref),
            git_ref: self.git_ref.clone(),
            commit: self.target.commit.clone(),
            pull_request: None,
            webhook: None,
            known_by: Seen::Reconciled,
            name: ["found".to_owned(), self.git_ref.full(), place],
            nonce: self.nonce,
        }
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
        if known.and_then(|row| row.sha.as_ref()).is_some_and(|sha| self.target.is(sha)) {
            return Ok((changes, Outcome::Started(Vec::new())));
        }
        let (lines, moved) = (&mut BTreeMap::new(), self.moved(hook, known));
        let decision = &mut Decision { seen, now, lines, changes: &mut changes };
        let Some(woken) = moved.wake(self.files.as_ref(), decision) else {
            return Ok((changes, Outcome::NeedsFiles(self.since(known))));
        };
        changes.put(seen, self.new_head(hook, now));
        let started = woken.started.into_iter().map(|it| it.pipeline).collect();
        Ok((changes, Outcome::Started(started)))
    }
}

impl Found {
    fn since(&self, known: Option<&HeadRow>) -> Since {
        match known.and_then(|row| row.sha.clone()) {
            Some(before) => Since::Commit(before),
            None => Since::DefaultBranch { branch: self.git_ref.name.clone() },
        }
    }

    fn new_head(&self, hook: &HookRow, now: &Now) -> HeadRow {
        HeadRow {
            account: hook.account.clone(),
            connection: hook.connection.clone(),
            repository: hook.repository.clone(),
            ref_name: self.git_ref.full(),
            sha: Some(self.target.points_at.clone()),
            updated: now.at,
        }
    }
}

//! A ref was found elsewhere than where we know it to be, and no delivery told of it: the push
//! starts what it would have started.

use std::collections::BTreeMap;

use domain::forge_event::{GitRef, RefTarget};
use domain::revision::Seen;
use domain::{HookId, PipelineName};
use store::{Changes, HeadRow, HookRow, Key, View, Want};

use crate::intake::Moved;
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
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
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
            git_ref: &self.git_ref,
            commit: self.target.commit.clone(),
            known_by: Seen::Reconciled,
            name: ["found".to_owned(), self.git_ref.full(), place],
            nonce: self.nonce,
        }
    }
}

impl Turn for Found {
    /// The pipelines that it started.
    type Answer = Vec<PipelineName>;

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
            return Ok((changes, Vec::new()));
        };
        let known = seen.row::<HeadRow>(self.head(hook));
        if known.and_then(|row| row.sha.as_ref()).is_some_and(|sha| self.target.is(sha)) {
            return Ok((changes, Vec::new()));
        }
        changes.put(seen, self.new_head(hook, now));
        let woken = self.moved(hook, known).wake(&mut BTreeMap::new(), seen, now, &mut changes);
        Ok((changes, woken.started.into_iter().map(|it| it.pipeline).collect()))
    }
}

impl Found {
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

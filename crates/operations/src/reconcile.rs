//! A ref was found elsewhere than where we know it to be, and no delivery told of it: the push
//! starts what it would have started.

use std::collections::BTreeMap;

use domain::forge_event::GitRef;
use domain::revision::{PushTrigger, Seen, Trigger};
use domain::{CommitSha, ExecutionId, HookId, PipelineName, derived_uuid};
use engine::{Event, EventKind, Match, Nonce, Push, Start, match_push};
use store::{
    Changes, ExecutionRow, HeadRow, HookRow, Key, PipelineRow, Query, View, Want, WatchRow,
};

use crate::line::{Which, advance};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Where a ref is, as the repository itself says.
pub struct Found {
    /// The hook of the repository.
    pub hook: HookId,
    /// The ref.
    pub git_ref: GitRef,
    /// What it points at: a commit, or an annotated tag's own object.
    pub points_at: CommitSha,
    /// The commit that it leads to.
    pub commit: CommitSha,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

impl Found {
    fn head(&self, hook: &HookRow) -> Key {
        HeadRow::at(&hook.account, &hook.connection, &hook.repository, &self.git_ref.full())
    }

    /// The same find names the same execution.
    fn execution(&self, watch: &WatchRow) -> ExecutionId {
        let (account, pipeline) = (watch.account.as_str(), watch.pipeline.as_str());
        let (full, sha) = (self.git_ref.full(), self.points_at.as_str());
        ExecutionId::new(derived_uuid(&["found", account, pipeline, &full, sha]))
    }

    fn start(&self, hook: &HookRow, watch: &WatchRow, action: domain::ActionName) -> Start {
        Start {
            execution: self.execution(watch),
            trigger: Trigger::WebhookV2(PushTrigger {
                source_action: action,
                connection: hook.connection.clone(),
                repository: hook.repository.clone(),
                git_ref: self.git_ref.clone(),
                commit: self.commit.clone(),
                seen: Seen::Reconciled,
            }),
            variables: BTreeMap::new(),
            revisions: Vec::new(),
        }
    }
}

fn watching(hook: &HookRow) -> Query {
    WatchRow::of_repository(&hook.account, &hook.connection, &hook.repository)
}

impl Turn for Found {
    /// The pipelines that it started.
    type Answer = Vec<PipelineName>;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![HookRow::at(&self.hook).into()];
        let Some(hook) = seen.known::<HookRow>(HookRow::at(&self.hook)) else { return wants };
        wants.push(self.head(hook).into());
        wants.push(watching(hook).into());
        for watch in seen.known_list::<WatchRow>(&watching(hook)) {
            wants.push(PipelineRow::at(&watch.account, &watch.pipeline).into());
            let id = self.execution(watch);
            wants.push(ExecutionRow::at(&watch.account, &watch.pipeline, &id).into());
            let which = Which { account: watch.account.clone(), pipeline: watch.pipeline.clone() };
            wants.extend(which.wants(seen, &EventKind::Tick));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let (mut changes, mut started) = (Changes::of_loop(), Vec::new());
        let Some(hook) = seen.row::<HookRow>(HookRow::at(&self.hook)) else {
            return Ok((changes, started));
        };
        let known = seen.row::<HeadRow>(self.head(hook)).and_then(|row| row.sha.as_ref());
        if known == Some(&self.points_at) {
            return Ok((changes, started));
        }
        changes.put(seen, self.moved(hook, now));
        let (connection, repository) = (&hook.connection, &hook.repository);
        let push = Push { connection, repository, git_ref: &self.git_ref };
        for watch in seen.list::<WatchRow>(&watching(hook)) {
            let key = PipelineRow::at(&watch.account, &watch.pipeline);
            let Some(row) = seen.row::<PipelineRow>(key) else { continue };
            let Match::Start { source_action, .. } = match_push(&row.declaration, push) else {
                continue;
            };
            let kind = EventKind::Start(self.start(hook, watch, source_action));
            let event = Event { nonce: Nonce(self.nonce), kind };
            let which = Which { account: watch.account.clone(), pipeline: watch.pipeline.clone() };
            let line = which.load(seen, &event.kind, now);
            // A pipeline that a push cannot start (a variable without default) is held back.
            if advance(line, &event, seen, now, &mut changes).is_ok() {
                started.push(watch.pipeline.clone());
            }
        }
        Ok((changes, started))
    }
}

impl Found {
    fn moved(&self, hook: &HookRow, now: &Now) -> HeadRow {
        HeadRow {
            account: hook.account.clone(),
            connection: hook.connection.clone(),
            repository: hook.repository.clone(),
            ref_name: self.git_ref.full(),
            sha: Some(self.points_at.clone()),
            updated: now.at,
        }
    }
}

//! Which pipelines a moved ref starts, and for each other one the rule that holds it back; and what
//! is kept in step with a file of it: told by a delivery, or found by looking.

use std::collections::BTreeMap;

use domain::forge_event::GitRef;
use domain::reason::{HeldBack, HoldRule, StartedPipeline};
use domain::revision::{PushTrigger, Seen, Trigger};
use domain::{ActionName, CommitSha, ExecutionId, PipelineName, derived_uuid};
use engine::{Event, EventKind, Line, Match, Nonce, Push, Refused, Start, match_push};
use store::{Changes, ExecutionRow, HookRow, PipelineRow, View, Want, WatchRow};

use super::watching;
use crate::line::{Which, advance};
use crate::sync;
use crate::turn::Now;

/// A ref that moved, as pipelines see it.
pub(crate) struct Moved<'a> {
    /// The hook of the repository.
    pub(crate) hook: &'a HookRow,
    /// The ref.
    pub(crate) git_ref: &'a GitRef,
    /// The commit that it leads to.
    pub(crate) commit: CommitSha,
    /// How we know of it.
    pub(crate) known_by: Seen,
    /// What makes it this move and no other: the ids of the executions follow from it, so that
    /// they are the same however often it is decided.
    pub(crate) name: [String; 3],
    /// Randomness for what must not be guessed.
    pub(crate) nonce: [u8; 16],
}

/// What became of the pipelines that watch.
#[derive(Default)]
pub(crate) struct Woken {
    /// Those that started.
    pub(crate) started: Vec<StartedPipeline>,
    /// Those that did not.
    pub(crate) held_back: Vec<HeldBack>,
    /// The resources that are kept in step with a file of the branch.
    pub(crate) synced: Vec<String>,
}

impl Moved<'_> {
    /// The pipelines that watch, their lines, and the executions that this may start: seen absent,
    /// so that they can be written.
    pub(crate) fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![watching(self.hook).into()];
        wants.extend(sync::wants_of_push(self.hook, seen));
        for watch in seen.known_list::<WatchRow>(&watching(self.hook)) {
            let (account, pipeline) = (watch.account.clone(), watch.pipeline.clone());
            wants.push(PipelineRow::at(&account, &pipeline).into());
            wants.push(ExecutionRow::at(&account, &pipeline, &self.execution(&pipeline)).into());
            wants.extend(Which { account, pipeline }.wants(seen, &EventKind::Tick));
        }
        wants
    }

    /// Starts every pipeline that the move lets in. Several moves of one decision follow one
    /// another: each goes on with the `lines` as the ones before it left them.
    pub(crate) fn wake(
        &self,
        lines: &mut BTreeMap<PipelineName, Line>,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Woken {
        let mut woken = Woken::default();
        for watch in seen.list::<WatchRow>(&watching(self.hook)) {
            let key = PipelineRow::at(&watch.account, &watch.pipeline);
            let Some(row) = seen.row::<PipelineRow>(key) else { continue };
            match self.start(row, lines, seen, now, changes) {
                Ok(started) => woken.started.push(started),
                Err(rule) => woken.held_back.push(HeldBack { pipeline: row.name.clone(), rule }),
            }
        }
        woken.synced =
            sync::push(self.hook, self.git_ref, &self.commit, &self.name, seen, now, changes);
        woken
    }

    fn start(
        &self,
        row: &PipelineRow,
        lines: &mut BTreeMap<PipelineName, Line>,
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) -> Result<StartedPipeline, HoldRule> {
        let (connection, repository) = (&self.hook.connection, &self.hook.repository);
        let push = Push { connection, repository, git_ref: self.git_ref };
        let (action, rule) = match match_push(&row.declaration, push) {
            Match::Start { source_action, rule } => (source_action, rule),
            Match::Not(rule) => return Err(rule),
        };
        let (pipeline, execution) = (row.name.clone(), self.execution(&row.name));
        let event = self.event(execution.clone(), action);
        let which = Which { account: row.account.clone(), pipeline: pipeline.clone() };
        let advanced = lines.get(&pipeline).cloned();
        let line = advanced.unwrap_or_else(|| which.load(seen, &event.kind, now));
        match advance(line, &event, seen, now, changes) {
            Ok(decided) => drop(lines.insert(pipeline.clone(), decided.line)),
            Err(Refused::VariableMissing { variable }) => {
                return Err(HoldRule::VariableWithoutDefault { variable });
            }
            Err(refused) => unreachable!("a push of a declared pipeline was refused: {refused}"),
        }
        Ok(StartedPipeline { pipeline, execution, rule })
    }

    fn execution(&self, pipeline: &PipelineName) -> ExecutionId {
        let ([kind, first, second], account) = (&self.name, self.hook.account.as_str());
        ExecutionId::new(derived_uuid(&[kind, account, pipeline.as_str(), first, second]))
    }

    fn event(&self, execution: ExecutionId, source_action: ActionName) -> Event {
        let trigger = Trigger::WebhookV2(PushTrigger {
            source_action,
            connection: self.hook.connection.clone(),
            repository: self.hook.repository.clone(),
            git_ref: self.git_ref.clone(),
            commit: self.commit.clone(),
            seen: self.known_by.clone(),
        });
        let (variables, revisions) = (BTreeMap::new(), Vec::new());
        let start = Start { execution, trigger, variables, revisions };
        Event { nonce: Nonce(self.nonce), kind: EventKind::Start(start) }
    }
}

//! Which pipelines a change starts, and for each other one the rule that holds it back.

use std::collections::BTreeMap;

use domain::ActionName;
use domain::forge_event::{Change as RefMove, RefChange};
use domain::reason::{Disposition, Filter, HeldBack, HoldRule, StartedPipeline};
use domain::revision::{PushTrigger, Seen, Trigger};
use engine::{Event, EventKind, Match, Nonce, Push, Refused as Engine, Start, match_push};
use store::{PipelineRow, WatchRow};

use super::change::Deciding;
use super::watching;
use crate::line::{Which, advance};

impl Deciding<'_> {
    /// Starts every pipeline that the change lets in.
    pub(super) fn started(&mut self, index: u32, moved: &RefChange) -> Disposition {
        if moved.change == RefMove::Deleted {
            return Disposition::Filtered(Filter::RefDeleted { git_ref: moved.git_ref.clone() });
        }
        let (mut pipelines, mut held_back) = (Vec::new(), Vec::new());
        for watch in self.seen.list::<WatchRow>(&watching(self.hook)) {
            let key = PipelineRow::at(&watch.account, &watch.pipeline);
            let Some(row) = self.seen.row::<PipelineRow>(key) else { continue };
            match self.start(row, index, moved) {
                Ok(started) => pipelines.push(started),
                Err(rule) => held_back.push(HeldBack { pipeline: row.name.clone(), rule }),
            }
        }
        let (git_ref, commit) = (moved.git_ref.clone(), moved.after.clone());
        match (pipelines.is_empty(), held_back.is_empty()) {
            (false, _) => Disposition::Started { git_ref, commit, pipelines, held_back },
            (true, false) => {
                Disposition::Filtered(Filter::Pipelines { git_ref, commit, held_back })
            }
            (true, true) => {
                let repository = self.hook.repository.clone();
                Disposition::Filtered(Filter::NobodyWatches { git_ref, commit, repository })
            }
        }
    }

    fn start(
        &mut self,
        row: &PipelineRow,
        index: u32,
        moved: &RefChange,
    ) -> Result<StartedPipeline, HoldRule> {
        let (connection, repository) = (&self.hook.connection, &self.hook.repository);
        let push = Push { connection, repository, git_ref: &moved.git_ref };
        let (action, rule) = match match_push(&row.declaration, push) {
            Match::Start { source_action, rule } => (source_action, rule),
            Match::Not(rule) => return Err(rule),
        };
        let start = self.event(row, action, index, moved);
        let (pipeline, execution) = (row.name.clone(), start.execution.clone());
        self.begin(row, start)?;
        Ok(StartedPipeline { pipeline, execution, rule })
    }

    fn event(&self, row: &PipelineRow, action: ActionName, index: u32, moved: &RefChange) -> Start {
        Start {
            execution: self.intake.execution(&row.name, index),
            trigger: Trigger::WebhookV2(PushTrigger {
                source_action: action,
                connection: self.hook.connection.clone(),
                repository: self.hook.repository.clone(),
                git_ref: moved.git_ref.clone(),
                commit: moved.head.clone().unwrap_or_default(),
                seen: Seen::Delivery(self.intake.delivery.id.clone()),
            }),
            variables: BTreeMap::new(),
            revisions: Vec::new(),
        }
    }

    fn begin(&mut self, row: &PipelineRow, start: Start) -> Result<(), HoldRule> {
        let event = Event { nonce: Nonce(self.intake.nonce), kind: EventKind::Start(start) };
        let which = Which { account: row.account.clone(), pipeline: row.name.clone() };
        let advanced = self.lines.get(&row.name).cloned();
        let line = advanced.unwrap_or_else(|| which.load(self.seen, &event.kind, self.now));
        match advance(line, &event, self.seen, self.now, &mut self.changes) {
            Ok(decided) => {
                self.lines.insert(row.name.clone(), decided.line);
                Ok(())
            }
            Err(Engine::VariableMissing { variable }) => {
                Err(HoldRule::VariableWithoutDefault { variable })
            }
            Err(refused) => unreachable!("a push of a declared pipeline was refused: {refused}"),
        }
    }
}

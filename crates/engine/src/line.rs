//! The unit of decision: one pipeline's state, with the executions that an event touches.
//!
//! Stored as one row for the head, one for each execution, one for each attempt; [`touched`]
//! tells which rows facts change, [`LineHead::needs`] which ones a decision must see.
//!
//! [`touched`]: crate::fact::touched

mod head;

pub use head::{LatestExecution, LineHead, StageHead, Transition};

use crate::attempt::Attempt;
use crate::execution::Execution;
use crate::limits::Limits;
use domain::pipeline::PipelineDeclaration;
use domain::reason::Wait;
use domain::{ActionName, AttemptRef, ExecutionId, StageName, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One pipeline's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is always there.
    pub head: LineHead,
    /// The executions that a decision may need: every live one, and the one the event names.
    pub executions: BTreeMap<ExecutionId, Execution>,
    /// All attempts of those executions.
    pub attempts: BTreeMap<AttemptRef, Attempt>,
    /// The operator's limits; not stored.
    pub limits: Limits,
}

impl Line {
    /// A line from its rows.
    pub fn new(
        head: LineHead,
        executions: impl IntoIterator<Item = Execution>,
        attempts: impl IntoIterator<Item = Attempt>,
    ) -> Self {
        Self {
            head,
            executions: executions.into_iter().map(|it| (it.id.clone(), it)).collect(),
            attempts: attempts.into_iter().map(|it| (it.of.clone(), it)).collect(),
            limits: Limits::default(),
        }
    }

    /// The declaration that an execution runs; `None` where it is no longer kept.
    pub fn declaration_of(&self, execution: &ExecutionId) -> Option<&Arc<PipelineDeclaration>> {
        self.head.declarations.get(&self.executions.get(execution)?.version)
    }

    /// An attempt's full name.
    pub fn attempt_ref(
        &self,
        execution: &ExecutionId,
        stage: &StageName,
        action: &ActionName,
        attempt: u32,
    ) -> AttemptRef {
        AttemptRef {
            account: self.head.account.clone(),
            pipeline: self.head.pipeline.clone(),
            execution: execution.clone(),
            stage: stage.clone(),
            action: action.clone(),
            attempt,
        }
    }

    /// The latest attempt at an action, live or ended.
    pub fn latest_attempt(
        &self,
        execution: &ExecutionId,
        stage: &StageName,
        action: &ActionName,
    ) -> Option<&Attempt> {
        let number = self.executions.get(execution)?.stage(stage)?.action(action)?.attempts;
        self.attempts.get(&self.attempt_ref(execution, stage, action, number))
    }

    /// The live attempts, of one execution or of all.
    pub fn live_attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.values().filter(|attempt| attempt.is_live())
    }

    /// Everything that an execution waits for now; empty once it has ended.
    pub fn waits(&self, execution: &ExecutionId) -> Vec<Wait> {
        use crate::execution::ExecutionStatus::{BetweenStages, Ended, InStage, Waiting};
        match self.executions.get(execution).map(|it| &it.status) {
            Some(Waiting(wait)) => vec![wait.clone()],
            Some(InStage(_)) => {
                let own = self.live_attempts().filter(|it| it.of.execution == *execution);
                own.filter_map(Attempt::wait).collect()
            }
            Some(BetweenStages | Ended(_)) | None => vec![],
        }
    }

    /// When the engine wants to be asked again by a `Tick`; `None` for never.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.live_attempts().map(|attempt| attempt.deadline).min()
    }
}

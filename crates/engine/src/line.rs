//! The unit of decision: one pipeline's state, with the executions that an event touches.
//!
//! Stored as one row for the head, one for each execution, one for each attempt; [`touched`]
//! tells which rows facts change, [`LineHead::needs`] which ones a decision must see.
//!
//! [`touched`]: crate::fact::touched

use crate::attempt::Attempt;
use crate::event::EventKind;
use crate::execution::Execution;
use crate::limits::Limits;
use domain::pipeline::PipelineDeclaration;
use domain::reason::{FactId, Wait};
use domain::{AccountId, ActionName, AttemptRef, ExecutionId, PipelineName, StageName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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

/// The line's own document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineHead {
    /// The pipeline's account.
    pub account: AccountId,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The last fact's number.
    pub last_fact: FactId,
    /// The order of the newest execution.
    pub last_order: u64,
    /// The current version; 0 before the first declaration.
    pub version: u32,
    /// Whether the pipeline is gone.
    pub deleted: bool,
    /// The current declaration and those that executions still run, by version.
    pub declarations: BTreeMap<u32, Arc<PipelineDeclaration>>,
    /// The current version's stages, in order.
    pub stages: Vec<StageHead>,
    /// The executions that are not over, with the version that each runs.
    pub live: BTreeMap<ExecutionId, u32>,
}

/// A stage as executions meet it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageHead {
    /// The stage.
    pub name: StageName,
    /// Whether the way in is open.
    pub transition: Transition,
    /// Who is inside. At most one.
    pub occupant: Option<ExecutionId>,
    /// Who waits at the door. At most one: a newer one supersedes it.
    pub waiting: Option<ExecutionId>,
    /// Who entered last, inside or gone.
    pub latest: Option<LatestExecution>,
}

/// The execution that entered a stage last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestExecution {
    /// Which.
    pub execution: ExecutionId,
    /// The version that it runs or ran.
    pub version: u32,
}

/// Whether the way into a stage is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transition {
    /// It is, and nobody ever closed it.
    #[default]
    Untouched,
    /// It is again.
    Enabled {
        /// Who opened it.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// It is not.
    Disabled {
        /// Who closed it.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        comment: String,
    },
}

impl Transition {
    /// Whether an execution may pass.
    pub fn is_enabled(&self) -> bool {
        !matches!(self, Self::Disabled { .. })
    }
}

impl LineHead {
    /// The head of a pipeline that is not declared yet.
    pub fn new(account: AccountId, pipeline: PipelineName) -> Self {
        Self {
            account,
            pipeline,
            last_fact: FactId::default(),
            last_order: 0,
            version: 0,
            deleted: false,
            declarations: BTreeMap::new(),
            stages: Vec::new(),
            live: BTreeMap::new(),
        }
    }

    /// The executions to load before an event is decided, each with all its attempts; one that
    /// does not exist is left out.
    pub fn needs(&self, event: &EventKind) -> BTreeSet<ExecutionId> {
        let mut needed: BTreeSet<_> = self.live.keys().cloned().collect();
        needed.extend(event.execution().cloned());
        if let EventKind::Approve(answer) = event {
            let latest = self.stage(&answer.stage).and_then(|stage| stage.latest.as_ref());
            needed.extend(latest.map(|latest| latest.execution.clone()));
        }
        needed
    }

    /// The current declaration; `None` where there is no pipeline (any more).
    pub fn declaration(&self) -> Option<&Arc<PipelineDeclaration>> {
        (!self.deleted).then(|| self.declarations.get(&self.version)).flatten()
    }

    /// A stage of the current version.
    pub fn stage(&self, name: &StageName) -> Option<&StageHead> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    pub(crate) fn stage_mut(&mut self, name: &StageName) -> Option<&mut StageHead> {
        self.stages.iter_mut().find(|stage| stage.name == *name)
    }
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

    /// When the engine wants to be asked again by [`EventKind::Tick`]; `None` for never.
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.live_attempts().map(|attempt| attempt.deadline).min()
    }
}

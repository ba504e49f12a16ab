//! The line's own document: what is always there, whatever happens.

use crate::event::EventKind;
use domain::pipeline::PipelineDeclaration;
use domain::reason::FactId;
use domain::{AccountId, ExecutionId, PipelineName, StageName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

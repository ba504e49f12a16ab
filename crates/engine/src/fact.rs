//! What a decision made true. Facts are kept: their meaning never changes.

use crate::attempt::{ApprovalToken, AttemptEnd, Work};
use crate::execution::StageEnd;
use crate::line::Transition;
use domain::pipeline::{PipelineDeclaration, RetryMode};
use domain::reason::{Cause, End, FactId, Stop, Wait};
use domain::revision::{SourceRevision, Trigger, WantedRevision};
use domain::{ActionName, AttemptRef, ExecutionId, HolderId, StageName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Something that is true from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its number on the line.
    pub id: FactId,
    /// Since when.
    pub at: Timestamp,
    /// What it follows from.
    pub because: Cause,
    /// What is true.
    pub kind: FactKind,
}

/// What is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactKind {
    /// The pipeline is what this says; the declaration carries its version.
    PipelineDeclared {
        /// The whole of it.
        declaration: Arc<PipelineDeclaration>,
    },
    /// The pipeline is no more.
    PipelineDeleted,
    /// An execution came into being.
    ExecutionStarted(Box<ExecutionStarted>),
    /// It waits at a door, or waits there for something else than before.
    ExecutionWaits {
        /// Which.
        execution: ExecutionId,
        /// For what.
        wait: Wait,
    },
    /// It is to stop once its running actions have ended.
    ExecutionStopping {
        /// Which.
        execution: ExecutionId,
        /// Whose wish.
        stop: Stop,
    },
    /// It is over.
    ExecutionEnded {
        /// Which.
        execution: ExecutionId,
        /// How.
        end: End,
    },
    /// It is inside a stage.
    StageEntered {
        /// Which.
        execution: ExecutionId,
        /// The stage.
        stage: StageName,
    },
    /// It has left a stage.
    StageEnded {
        /// Which.
        execution: ExecutionId,
        /// The stage.
        stage: StageName,
        /// How.
        end: StageEnd,
    },
    /// It is inside a stage again.
    StageRetried {
        /// Which.
        execution: ExecutionId,
        /// The stage.
        stage: StageName,
        /// Which actions run again.
        mode: RetryMode,
    },
    /// The way into a stage was opened or closed.
    TransitionSet {
        /// The stage.
        stage: StageName,
        /// How it is now.
        transition: Transition,
    },
    /// An attempt is handed out.
    AttemptBegan(Box<AttemptBegan>),
    /// Somebody performs it.
    AttemptTaken {
        /// Which.
        attempt: AttemptRef,
        /// Who.
        holder: HolderId,
        /// When the engine stops waiting for it.
        deadline: Timestamp,
    },
    /// The commit is known that a source was to fetch, and does not.
    RevisionKnown {
        /// The source's attempt.
        attempt: AttemptRef,
        /// The commit.
        revision: Box<SourceRevision>,
    },
    /// It is over.
    AttemptEnded {
        /// Which.
        attempt: AttemptRef,
        /// How.
        end: AttemptEnd,
    },
}

/// An execution came into being.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionStarted {
    /// Its id.
    pub execution: ExecutionId,
    /// What started it.
    pub trigger: Trigger,
    /// The pipeline-level variables with their values.
    pub variables: BTreeMap<String, String>,
    /// The commits that its sources are to fetch.
    pub wanted: BTreeMap<ActionName, WantedRevision>,
}

/// An attempt is handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptBegan {
    /// Which.
    pub attempt: AttemptRef,
    /// What is to be done.
    pub work: Work,
    /// What it waits for first: a person, or to be begun.
    pub wait: Wait,
    /// What answers it, where it is an approval.
    pub token: Option<ApprovalToken>,
    /// How many tries directly before it were lost.
    pub losses: u32,
    /// When the engine stops waiting for it.
    pub deadline: Timestamp,
}

/// The rows that facts change. The line's own row is always one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Executions.
    pub executions: BTreeSet<ExecutionId>,
    /// Attempts.
    pub attempts: BTreeSet<AttemptRef>,
}

/// The rows to be written when these facts are.
pub fn touched<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Touched {
    let mut touched = Touched::default();
    for fact in facts {
        touched.executions.extend(fact.kind.execution().cloned());
        touched.attempts.extend(fact.kind.attempt().cloned());
    }
    touched
}

impl FactKind {
    /// The execution that it is about. An attempt's facts are about its execution too.
    pub fn execution(&self) -> Option<&ExecutionId> {
        match self {
            Self::PipelineDeclared { .. } | Self::PipelineDeleted | Self::TransitionSet { .. } => {
                None
            }
            Self::ExecutionStarted(started) => Some(&started.execution),
            Self::ExecutionWaits { execution, .. }
            | Self::ExecutionStopping { execution, .. }
            | Self::ExecutionEnded { execution, .. }
            | Self::StageEntered { execution, .. }
            | Self::StageEnded { execution, .. }
            | Self::StageRetried { execution, .. } => Some(execution),
            Self::AttemptBegan(_)
            | Self::AttemptTaken { .. }
            | Self::RevisionKnown { .. }
            | Self::AttemptEnded { .. } => self.attempt().map(|attempt| &attempt.execution),
        }
    }

    /// The attempt that it is about.
    pub fn attempt(&self) -> Option<&AttemptRef> {
        match self {
            Self::AttemptBegan(began) => Some(&began.attempt),
            Self::AttemptTaken { attempt, .. }
            | Self::RevisionKnown { attempt, .. }
            | Self::AttemptEnded { attempt, .. } => Some(attempt),
            _ => None,
        }
    }
}

//! What can happen to a line, and why the engine may refuse it.

mod refused;

pub use refused::{ApprovalOver, NotRetryable, Refused};

use crate::attempt::Produced;
use domain::pipeline::{PipelineDeclaration, RetryMode};
use domain::reason::{FailureCode, Stop};
use domain::revision::{SourceRevision, SourceRevisionOverride, Trigger};
use domain::{ActionName, AttemptRef, ExecutionId, HolderId, StageName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that happens to a line.
#[derive(Clone, Debug)]
pub struct Event {
    /// Randomness for what must not be guessed, new for every event.
    pub nonce: Nonce,
    /// What happens.
    pub kind: EventKind,
}

/// Sixteen random bytes that a process made (`Entropy::fill`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce(pub [u8; 16]);

impl std::fmt::Debug for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// What happens. `by` is always the caller's ARN.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// The pipeline is declared for the first time. Nothing starts by it: the first execution is
    /// a `Start` of its own.
    Created {
        /// What it is; its `version` is set to 1.
        declaration: Arc<PipelineDeclaration>,
        /// By whom.
        by: String,
    },
    /// The pipeline is declared anew.
    Updated {
        /// What it is now; its `version` is set to the next one.
        declaration: Arc<PipelineDeclaration>,
        /// By whom.
        by: String,
    },
    /// The pipeline is deleted.
    Deleted {
        /// By whom.
        by: String,
    },
    /// An execution is to start.
    Start(Start),
    /// A performer has begun an attempt, or has taken it over.
    AttemptStarted {
        /// Which.
        attempt: AttemptRef,
        /// Who.
        holder: HolderId,
    },
    /// A performer has done an attempt.
    AttemptEnded {
        /// Which.
        attempt: AttemptRef,
        /// How it went.
        result: AttemptResult,
    },
    /// The process that performed an attempt is gone, and the attempt cannot be resumed.
    AttemptLost {
        /// Which.
        attempt: AttemptRef,
    },
    /// A person answers an approval.
    Approve(Approve),
    /// A person stops an execution.
    Stop {
        /// Which.
        execution: ExecutionId,
        /// How, and why.
        stop: Stop,
    },
    /// A person opens or closes the way into a stage.
    SetTransition {
        /// Which stage's inbound transition.
        stage: StageName,
        /// Open or closed.
        enabled: bool,
        /// Why it is closed; empty where it is opened.
        comment: String,
        /// By whom.
        by: String,
    },
    /// A person retries the stage in which an execution failed.
    RetryStage {
        /// Which execution.
        execution: ExecutionId,
        /// Which stage.
        stage: StageName,
        /// Which actions.
        mode: RetryMode,
        /// By whom.
        by: String,
    },
    /// Time has passed: `wake_at` has come.
    Tick,
}

/// An execution that is to start. Its id makes a repeat harmless: a caller who must be able to
/// ask twice (`clientRequestToken`, a delivery) derives it from what makes the two the same.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its id, made by the caller.
    pub execution: ExecutionId,
    /// What starts it.
    pub trigger: Trigger,
    /// Values for pipeline-level variables.
    pub variables: BTreeMap<String, String>,
    /// Revisions that sources are to take instead of their heads.
    pub revisions: Vec<SourceRevisionOverride>,
}

/// How an attempt went, as its performer says.
#[derive(Clone, Debug)]
pub enum AttemptResult {
    /// Well.
    Succeeded(Box<Produced>),
    /// Not.
    Failed {
        /// What kind of failure.
        code: FailureCode,
        /// What was wrong and what would be right; shown to people.
        message: String,
    },
    /// Not, though it is known of which commit: the forge is told of that one how it went.
    Unfetched {
        /// What kind of failure.
        code: FailureCode,
        /// What was wrong and what would be right; shown to people.
        message: String,
        /// The commit.
        revision: Box<SourceRevision>,
    },
}

/// An answer to an approval.
#[derive(Clone, Debug)]
pub struct Approve {
    /// The approval's stage.
    pub stage: StageName,
    /// The approval's action.
    pub action: ActionName,
    /// The token from the pipeline's state.
    pub token: String,
    /// Yes or no.
    pub approved: bool,
    /// What they write; may be empty.
    pub summary: String,
    /// Who.
    pub by: String,
}

impl EventKind {
    /// The execution that the event names, if it names one: to be loaded even if it is over.
    pub fn execution(&self) -> Option<&ExecutionId> {
        match self {
            Self::Start(start) => Some(&start.execution),
            Self::AttemptStarted { attempt, .. }
            | Self::AttemptEnded { attempt, .. }
            | Self::AttemptLost { attempt } => Some(&attempt.execution),
            Self::Stop { execution, .. } | Self::RetryStage { execution, .. } => Some(execution),
            Self::Created { .. }
            | Self::Updated { .. }
            | Self::Deleted { .. }
            | Self::Approve(_)
            | Self::SetTransition { .. }
            | Self::Tick => None,
        }
    }
}

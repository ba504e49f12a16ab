//! What can happen to a line, and why the engine may refuse it.

use crate::attempt::Produced;
use crate::structure::Violation;
use domain::pipeline::{PipelineDeclaration, RetryMode};
use domain::reason::{FailureCode, Stop};
use domain::revision::{SourceRevisionOverride, Trigger};
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

/// Why the engine refuses an event. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is declared under this name, or no longer.
    #[error("there is no such pipeline")]
    PipelineUnknown,
    /// Something is declared under this name already.
    #[error("a pipeline of this name exists; update it, or choose another name")]
    PipelineExists,
    /// The declaration does not make sense.
    #[error("{}", crate::structure::sentence(.0))]
    Structure(Vec<Violation>),
    /// This execution exists: the same start was asked for before. No error to the one who asks.
    #[error("execution {execution} was started before")]
    AlreadyStarted {
        /// The execution.
        execution: ExecutionId,
    },
    /// A variable has neither value nor default.
    #[error("the variable {variable} has no default value; give it one in `variables`")]
    VariableMissing {
        /// The variable.
        variable: String,
    },
    /// A value is given to a variable that is not declared.
    #[error("the pipeline declares no variable {variable}; leave it out, or declare it")]
    VariableUnknown {
        /// The variable.
        variable: String,
    },
    /// A value is longer than values may be.
    #[error(
        "the value of variable {variable} has {characters} characters; 1 to {} are allowed",
        crate::limits::VARIABLE_CHARACTERS_MAX
    )]
    VariableLength {
        /// The variable.
        variable: String,
        /// How many it has.
        characters: usize,
    },
    /// A source revision cannot be taken.
    #[error("sourceRevisions for action {action}: {problem}")]
    RevisionUnusable {
        /// The action that it names.
        action: ActionName,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
    /// The pipeline has no such execution.
    #[error("the pipeline has no execution {execution}")]
    ExecutionUnknown {
        /// The execution.
        execution: ExecutionId,
    },
    /// An execution that is over cannot be stopped.
    #[error("execution {execution} cannot be stopped: it is {status}")]
    NotStoppable {
        /// The execution.
        execution: ExecutionId,
        /// Where it stands.
        status: &'static str,
    },
    /// A stop was asked for before.
    #[error(
        "execution {execution} is stopping already; stop it with abandon to give up its running actions"
    )]
    StopRepeated {
        /// The execution.
        execution: ExecutionId,
    },
    /// No such stage.
    #[error("the pipeline has no stage {stage}")]
    StageUnknown {
        /// The stage.
        stage: StageName,
    },
    /// No such action.
    #[error("stage {stage} has no action {action}")]
    ActionUnknown {
        /// The stage.
        stage: StageName,
        /// The action.
        action: ActionName,
    },
    /// The token is not that of the approval.
    #[error("the token is not that of the waiting approval; GetPipelineState shows the right one")]
    TokenWrong,
    /// The approval has been answered, or has expired.
    #[error("the approval was completed before")]
    ApprovalCompleted,
    /// The stage cannot be retried.
    #[error("stage {stage} cannot be retried: {why}")]
    NotRetryable {
        /// The stage.
        stage: StageName,
        /// Why.
        why: NotRetryable,
    },
    /// Another execution has come through the stage since.
    #[error("execution {execution} is not the latest in stage {stage}: {latest} came after it")]
    NotLatest {
        /// The execution.
        execution: ExecutionId,
        /// The stage.
        stage: StageName,
        /// The one that came after it.
        latest: ExecutionId,
    },
    /// A word about an attempt that is over or was never there.
    #[error("attempt {attempt} is not live; its result is too late")]
    Stale {
        /// The attempt.
        attempt: Box<AttemptRef>,
    },
}

/// Why a stage cannot be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRetryable {
    /// The execution has not failed there.
    #[error("the execution has not failed in it")]
    NotFailed,
    /// The pipeline is not what it was.
    #[error("the pipeline's structure has changed since; start the pipeline again")]
    StructureChanged,
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

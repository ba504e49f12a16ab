//! Why the engine refuses an event.

use crate::structure::Violation;
use domain::{ActionName, AttemptRef, ExecutionId, StageName};

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
    /// A variable's value makes a source's branch none.
    #[error(
        "with the given variables the branch of source action {action} is `{branch}`: {problem}"
    )]
    BranchUnusable {
        /// The source action.
        action: ActionName,
        /// What its BranchName says then.
        branch: String,
        /// What is wrong and what would be right.
        problem: String,
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
    /// Somebody has answered the approval.
    #[error("the approval was completed before")]
    ApprovalCompleted,
    /// Nobody can answer the approval any more.
    #[error("the approval that this token is of is over: {why}")]
    ApprovalOver {
        /// How it ended.
        why: ApprovalOver,
    },
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

/// How an approval ended that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalOver {
    /// Its time is up.
    #[error("it has expired")]
    Expired,
    /// Its execution was stopped, or lost what it ran on.
    #[error("its execution was stopped or cancelled")]
    Abandoned,
}

/// Why a stage cannot be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRetryable {
    /// The execution has come to no bad end there.
    #[error("the execution has neither failed nor been stopped in it")]
    NotFailed,
    /// All actions are to run again, and some still do.
    #[error(
        "actions of it still run: retry its failed actions now, or all of them when they have ended"
    )]
    StillRunning,
    /// It is being stopped.
    #[error("the execution is stopping: retry when it has stopped")]
    Stopping,
    /// The pipeline is not what it was.
    #[error("the pipeline's structure has changed since; start the pipeline again")]
    StructureChanged,
}

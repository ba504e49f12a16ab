//! How executions and attempts end.

use crate::template::Reference;
use crate::{ActionName, ArtifactName, ExecutionId, StageName};
use serde::{Deserialize, Serialize};

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Every stage succeeded.
    Succeeded,
    /// An action failed; others of its run order finished first.
    Failed {
        /// The stage.
        stage: StageName,
        /// The first action that failed there, in declared order.
        action: ActionName,
        /// Which try.
        attempt: u32,
        /// Why.
        failure: Failure,
    },
    /// A newer execution came to the door where it waited.
    Superseded {
        /// The newer one.
        by: ExecutionId,
        /// The stage at whose door it waited.
        stage: StageName,
    },
    /// Somebody stopped it.
    Stopped(Stop),
    /// What it ran on is no longer there.
    Cancelled(Cancellation),
}

/// Somebody's wish to stop an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Who: an ARN.
    pub by: String,
    /// What they wrote; may be empty.
    pub comment: String,
    /// Whether running actions are given up, or waited for.
    pub abandon: bool,
}

/// Why an execution was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cancellation {
    /// Stages or actions changed.
    StructureUpdated {
        /// The pipeline's new version.
        version: u32,
    },
    /// The pipeline is gone.
    PipelineDeleted,
}

/// Why an attempt was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Abandonment {
    /// Its execution was stopped.
    Stopped(Stop),
    /// Its execution was cancelled.
    Cancelled(Cancellation),
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The performer said so.
    Reported {
        /// What kind of failure.
        code: FailureCode,
        /// In the performer's words, with what would be right.
        message: String,
    },
    /// It did not end in time.
    TimedOut {
        /// How long it had.
        seconds: u32,
    },
    /// Nobody approved or rejected in time.
    ApprovalExpired {
        /// How long it was open.
        seconds: u32,
    },
    /// A person rejected it.
    Rejected {
        /// Who: an ARN.
        by: String,
        /// What they wrote; may be empty.
        summary: String,
    },
    /// A variable that the configuration names has no value.
    VariableMissing {
        /// Where it is named: `configuration.BranchName`, `commands[1]`.
        setting: String,
        /// The reference.
        reference: Reference,
    },
    /// A text begins a reference and does not end it.
    ReferenceMalformed {
        /// Where.
        setting: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The configuration became too large when variables were put in.
    ConfigurationTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// An input artifact is not there.
    InputMissing {
        /// Which.
        artifact: ArtifactName,
    },
    /// The action ended without an output artifact that it declares.
    OutputMissing {
        /// Which.
        artifact: ArtifactName,
    },
    /// The action's output variables are too large.
    VariablesTooLarge {
        /// Their size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The source action's branch is a pattern, and nothing said which branch of it to take.
    BranchIsPattern {
        /// The pattern.
        pattern: String,
    },
    /// The code is a stranger's, and what the action would do or get is not for it.
    WithheldFromFork {
        /// What: `Deploy/AWS/S3/1`, `environmentVariables.TOKEN`.
        what: String,
    },
    /// The processes that performed it died, one after the other.
    LostTooOften {
        /// How many attempts were lost, this one included.
        times: u32,
    },
}

/// What kind of failure a performer met. The first six are `FailureType` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureCode {
    /// What the author wrote ran and failed.
    JobFailed,
    /// What the author wrote cannot run.
    ConfigurationError,
    /// Something needed is not allowed.
    PermissionError,
    /// The revision is not the one that was meant.
    RevisionOutOfSync,
    /// The revision cannot be had.
    RevisionUnavailable,
    /// The machine or something that it needs does not answer.
    SystemUnavailable,
    /// Nothing is there to keep the step in.
    IsolationUnavailable,
    /// The connection has no token to use.
    ConnectionUnavailable,
    /// A limit on time, memory, processes or bytes was reached; the message names it.
    LimitReached,
}

impl FailureCode {
    /// The code as `errorDetails.code` shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobFailed => "JobFailed",
            Self::ConfigurationError => "ConfigurationError",
            Self::PermissionError => "PermissionError",
            Self::RevisionOutOfSync => "RevisionOutOfSync",
            Self::RevisionUnavailable => "RevisionUnavailable",
            Self::SystemUnavailable => "SystemUnavailable",
            Self::IsolationUnavailable => "IsolationUnavailable",
            Self::ConnectionUnavailable => "ConnectionUnavailable",
            Self::LimitReached => "LimitReached",
        }
    }
}

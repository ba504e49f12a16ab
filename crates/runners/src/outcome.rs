//! How a run ended, and what is said on the way.

use crate::{Identity, Limit, Withheld};
use blobs::log::Record;
use domain::{ArtifactName, ArtifactRef, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::net::SocketAddrV4;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// When the first command was echoed; absent where none began.
    pub first_command_at: Option<Timestamp>,
    /// The declared output variables that the last step's shell had set, secrets masked.
    pub variables: Vec<(String, String)>,
    /// The artifacts, in the order in which the job declares them; empty unless it succeeded.
    pub outputs: Vec<Produced>,
    /// Every step that began.
    pub steps: Vec<StepReport>,
}

/// An artifact that a run made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produced {
    /// Its name in the pipeline.
    pub name: ArtifactName,
    /// Its content.
    pub artifact: ArtifactRef,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step's name.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Its exit code; absent where it was ended from outside.
    pub exit_code: Option<i32>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum End {
    /// Every step exited with 0 and every output was packed.
    Succeeded,
    /// A command failed.
    Failed {
        /// The step.
        step: String,
        /// The code with which its shell exited; 128 and the signal's number where one killed it.
        exit_code: i32,
    },
    /// A step reached a limit and was ended.
    LimitReached {
        /// The step.
        step: String,
        /// Which limit.
        limit: Limit,
        /// Its value: seconds, bytes or a count.
        value: u64,
    },
    /// A step asked for an identity and was given none; it did not begin.
    IdentityUnavailable {
        /// The step.
        step: String,
        /// Why.
        cause: String,
    },
    /// A secret that a step names cannot be had; the step did not begin.
    SecretUnavailable {
        /// The step.
        step: String,
        /// Which, and why.
        cause: String,
        /// Whether it is there and not for this step.
        denied: bool,
    },
    /// Somebody asked for it.
    Abandoned,
    /// There is nothing to keep a step in with; nothing ran.
    IsolationUnavailable {
        /// What is missing and what would help.
        cause: String,
    },
    /// An input could not be unpacked.
    InputUnusable {
        /// The artifact.
        artifact: ArtifactName,
        /// Why.
        cause: String,
    },
    /// An output could not be packed.
    OutputUnusable {
        /// The artifact.
        artifact: ArtifactName,
        /// Why.
        cause: String,
    },
    /// The last step's output variables are more than an action may give.
    VariablesTooLarge {
        /// Names and values together.
        bytes: u64,
        /// How many are allowed.
        bytes_max: u64,
    },
    /// The machine did not do what it should; nothing is known about the steps.
    Broken {
        /// What happened.
        cause: String,
    },
}

impl End {
    /// The machine refused what it was asked for.
    pub(crate) fn broken(error: io::Error) -> Self {
        Self::Broken { cause: error.to_string() }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("succeeded"),
            Self::Failed { step, exit_code } => {
                write!(f, "step \"{step}\" failed with exit code {exit_code}")
            }
            Self::LimitReached { step, limit, value } => {
                write!(f, "step \"{step}\" was ended at its limit: {}", limit.said(*value))
            }
            Self::IdentityUnavailable { step, cause } => {
                write!(f, "step \"{step}\" was given no identity: {cause}")
            }
            Self::SecretUnavailable { step, cause, .. } => {
                write!(f, "step \"{step}\" did not begin: {cause}")
            }
            Self::Abandoned => f.write_str("abandoned"),
            Self::IsolationUnavailable { cause } => write!(f, "IsolationUnavailable: {cause}"),
            Self::InputUnusable { artifact, cause } => {
                write!(f, "input artifact {artifact} cannot be used: {cause}")
            }
            Self::OutputUnusable { artifact, cause } => {
                write!(f, "output artifact {artifact} cannot be made: {cause}")
            }
            Self::VariablesTooLarge { bytes, bytes_max } => write!(
                f,
                "the output variables have {bytes} bytes, names and values together; {bytes_max} \
                 are allowed: write what is larger to a file of an output artifact"
            ),
            Self::Broken { cause } => write!(f, "the runner broke: {cause}"),
        }
    }
}

/// What a run says while it goes on.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step begins.
    StepStarted {
        /// Its place in the plan, from 0.
        index: usize,
        /// Its name.
        name: &'a str,
    },
    /// It printed something, or we say something; in the order in which it came, secrets masked.
    Output(&'a [Record]),
    /// A step ended.
    StepEnded(&'a StepReport),
}

/// Who listens to a run. It is called on the thread of the run and holds the run up while it works:
/// what a step prints faster than it can be written down waits in the step's pipe.
pub trait Listener: Send {
    /// Takes an event; an error ends the run as [`End::Broken`].
    fn hear(&mut self, event: Event<'_>) -> io::Result<()>;

    /// Says who a step is that asked for it and begins now, and which secrets it has; or why it is
    /// told nothing, which ends the run as [`End::IdentityUnavailable`] or [`End::SecretUnavailable`].
    /// Where its network is its own it can reach others at `gateway` alone, if somebody serves that.
    fn identify(
        &mut self,
        step: usize,
        gateway: Option<SocketAddrV4>,
    ) -> Result<Identity, Withheld>;
}

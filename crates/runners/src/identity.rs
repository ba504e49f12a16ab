//! What a step shows of itself to others: tokens, each in a variable and in a file that nobody but
//! the step's own user reads.
//!
//! A job holds none of them. They are asked for when the step that wants them begins, so that none
//! is older than its step; who makes them, and whether this step may have any, is left to whoever
//! listens to the run.

use crate::{End, Serve};
use domain::{ActionExecutionId, Secret};
use masking::Further;
use std::net::SocketAddrV4;
use std::sync::Arc;

/// What a step gets that asked to be known.
#[derive(Default)]
pub struct Identity {
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Further variables, beneath those that the step's own declaration sets.
    pub environment: Vec<(String, String)>,
    /// Variables that hold secrets, over those that the step's own declaration sets.
    pub secrets: Vec<(String, Secret)>,
    /// What must be masked besides: the parts that such a variable was put together from.
    pub masked: Vec<Secret>,
    /// What it is given while it runs: told here before the step has it.
    pub further: Arc<Further>,
    /// What the reader of its log is told, a line each.
    pub notices: Vec<String>,
    /// Who serves its gateway, if it has one.
    pub gateway: Option<Serve>,
}

/// A token.
#[derive(Debug)]
pub struct Token {
    /// The variable that holds it; its file has the same name.
    pub variable: String,
    /// Variables that hold the path of its file.
    pub file_variables: Vec<String>,
    /// The token.
    pub token: Secret,
}

impl Identity {
    /// What must be masked in everything that the step says.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let tokens = self.tokens.iter().flat_map(|token| with_signature(&token.token));
        tokens.chain(self.masked.iter().cloned())
    }
}

/// A token, and its signature, which alone makes it good: whoever prints a token in parts has printed
/// nothing without it.
pub(crate) fn with_signature(token: &Secret) -> [Secret; 2] {
    let signature = token.expose().rsplit('.').next().unwrap_or_default();
    [token.clone(), Secret::new(signature)]
}

/// Why a step that asked is given nothing, for the reader of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It is told nothing of who it is.
    Identity(String),
    /// A secret that it names is not there, or is not as it says.
    Secret(String),
    /// A secret that it names is not for it.
    Denied(String),
}

impl Withheld {
    /// How the run ends whose step of this name is given nothing.
    pub(crate) fn end_of(self, step: &str) -> End {
        let step = step.to_owned();
        match self {
            Self::Identity(cause) => End::IdentityUnavailable { step, cause },
            Self::Secret(cause) => End::SecretUnavailable { step, cause, denied: false },
            Self::Denied(cause) => End::SecretUnavailable { step, cause, denied: true },
        }
    }
}

/// A step that has begun asks who it is.
pub struct Ask {
    /// The attempt that it is a step of.
    pub attempt: ActionExecutionId,
    /// The fence of its job.
    pub epoch: u64,
    /// Its place in the plan, from 0.
    pub step: usize,
    /// Where its gateway would be, if its network is its own.
    pub gateway: Option<SocketAddrV4>,
    /// Takes the answer, or why there is none; dropped, it says that nobody was there.
    pub reply: Reply,
}

/// Takes an answer.
pub type Reply = Box<dyn FnOnce(Result<Identity, Withheld>) + Send>;

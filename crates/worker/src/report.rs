//! What a worker tells about an attempt.

use domain::{ActionExecutionId, Timestamp};
use runners::Outcome;
use serde::{Deserialize, Serialize};

/// One thing that happened to an attempt, with the fence it happened under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The attempt.
    pub attempt: ActionExecutionId,
    /// The epoch of its job.
    pub epoch: u64,
    /// What happened.
    pub event: Event,
}

/// What happened to an attempt. Its log is not reported: who follows it watches it in `blobs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// It left the queue: its steps are being prepared.
    Started {
        /// When.
        at: Timestamp,
    },
    /// It ended; the last that is told of it.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        outcome: Box<Outcome>,
        /// Bytes of its log, which is sealed and durable.
        log_bytes: u64,
    },
}

//! Why: every wait, end and disposition as a closed enum, and the words for each in [`say`].
//!
//! Fields are ids and what people wrote, never sentences; a chain of reasons is a link to an
//! earlier fact ([`FactId`]), never a copy. Why a *permission* was denied is `identity`'s.

mod disposition;
mod end;
mod hook;
mod pending;
mod rule;
mod say;

pub use disposition::*;
pub use end::*;
pub use hook::*;
pub use pending::*;
pub use rule::*;
pub use say::{Reason, Said, Span, say};

use crate::{ActionName, AttemptRef, DeliveryId, ExecutionId, HolderId, StageName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fact's number on its pipeline's line, from 1, without gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FactId(pub u64);

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a fact follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// An earlier fact of the same line.
    Fact(FactId),
    /// A person's or program's request: the caller's ARN.
    Asked(String),
    /// A forge's delivery.
    Delivery(DeliveryId),
    /// The reconcile loop found a head that no delivery had told of.
    Reconciled,
    /// The one who performs the attempt said so.
    Reported(AttemptRef),
    /// The performer of the attempt is gone.
    HolderGone(AttemptRef),
    /// A time limit came.
    Time,
}

/// What something waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// Another execution is in the stage.
    StageOccupied {
        /// The stage at whose door it waits.
        stage: StageName,
        /// Who is inside.
        by: ExecutionId,
    },
    /// Somebody closed the way into the stage.
    TransitionDisabled {
        /// The stage at whose door it waits.
        stage: StageName,
        /// Who closed it: an ARN.
        by: String,
        /// When.
        since: Timestamp,
        /// What they wrote.
        comment: String,
    },
    /// A person has to approve or reject.
    Approval {
        /// The approval's stage.
        stage: StageName,
        /// The approval's action.
        action: ActionName,
        /// When it counts as failed.
        expires: Timestamp,
    },
    /// The action is handed out and nobody has begun it yet.
    ActionNotTaken {
        /// The action's stage.
        stage: StageName,
        /// The action.
        action: ActionName,
        /// Which try.
        attempt: u32,
    },
    /// The action is being performed.
    ActionRunning {
        /// The action's stage.
        stage: StageName,
        /// The action.
        action: ActionName,
        /// Which try.
        attempt: u32,
        /// Who performs it.
        holder: HolderId,
    },
}

impl Wait {
    /// The stage that it waits at or in.
    pub fn stage(&self) -> &StageName {
        match self {
            Self::StageOccupied { stage, .. }
            | Self::TransitionDisabled { stage, .. }
            | Self::Approval { stage, .. }
            | Self::ActionNotTaken { stage, .. }
            | Self::ActionRunning { stage, .. } => stage,
        }
    }
}

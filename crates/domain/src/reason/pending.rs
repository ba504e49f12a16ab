//! What waits for a forge, or for its turn: a delivery whose changes are not all decided, a source that
//! is fetched.

use crate::connection::ProviderType;
use crate::{ActionName, CommitSha, ConnectionArn, StageName, Timestamp};
use serde::{Deserialize, Serialize};

/// What one change of a delivery, all of it, or a source waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// The forge that a source is fetched from.
    Source(Box<AwaitedForge>),
    /// Its turn.
    Turn,
    /// The forge's word where a ref leads.
    Head {
        /// The full ref, `refs/heads/main`.
        ref_name: String,
        /// How it has not come so far.
        silence: Option<Silence>,
    },
    /// The forge's word which files a change touched.
    Files {
        /// The commit up to which.
        commit: CommitSha,
        /// How it has not come so far.
        silence: Option<Silence>,
    },
}

/// A forge that a source action waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedForge {
    /// The action's stage.
    pub stage: StageName,
    /// The action.
    pub action: ActionName,
    /// Which try at it.
    pub attempt: u32,
    /// What kind of forge it is.
    pub provider: ProviderType,
    /// Its host and port.
    pub host: String,
    /// By which connection.
    pub connection: ConnectionArn,
    /// Since when.
    pub since: Timestamp,
    /// When it is given up at the latest.
    pub until: Timestamp,
    /// How it has not answered so far.
    pub silence: Option<Silence>,
}

/// The world was asked and did not answer, and will be asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// How often it was asked. One that is left alone for a while is not, meanwhile.
    pub tries: u32,
    /// What came of the last try, as people may read it.
    pub why: String,
    /// When it is asked again.
    pub again: Timestamp,
}

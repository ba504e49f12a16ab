//! What a delivery waits for whose changes are not all decided.

use crate::{CommitSha, Timestamp};
use serde::{Deserialize, Serialize};

/// What one change of a delivery, or all of it, waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
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

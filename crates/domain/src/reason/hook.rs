//! Why a forge may not tell of pushes to a repository.

use crate::connection::Missed;
use crate::{RepositoryName, Timestamp};

/// What is not as it should be with a repository's webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookGap {
    /// The forge refused it.
    Refused {
        /// The repository.
        repository: RepositoryName,
        /// What the forge said.
        trouble: String,
    },
    /// The forge has not answered yet.
    Wanted {
        /// The repository.
        repository: RepositoryName,
    },
    /// It is there, and not as it should be.
    Amiss {
        /// The repository.
        repository: RepositoryName,
        /// What is amiss.
        trouble: String,
    },
    /// It is there, and nothing that it told has come.
    Unheard {
        /// The repository.
        repository: RepositoryName,
    },
    /// It is there, and what came last was signed by nobody who knows its secret.
    Unsigned {
        /// The repository.
        repository: RepositoryName,
        /// When that came.
        at: Timestamp,
        /// Why it was refused.
        why: String,
        /// How many were.
        count: u32,
    },
    /// There is none, and whoever looks at the repository instead finds nothing there.
    Unseen {
        /// The repository.
        repository: RepositoryName,
        /// What the looks came to.
        missed: Missed,
    },
    /// There is none: the repository is looked at instead.
    Polled {
        /// The repository.
        repository: RepositoryName,
        /// How often; `None` before the first look.
        every_seconds: Option<u32>,
    },
}

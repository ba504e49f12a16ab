//! What a change was of: a branch, a tag, or a pull request.

use super::GitRef;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a change was of. A pull request is a ref of its own, known by its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A branch or a tag.
    Ref(GitRef),
    /// The pull request of this number in the repository that it leads to.
    PullRequest(u64),
}

/// What a pull request's full name begins with.
const REQUEST: &str = "refs/pull/";

impl Subject {
    /// The full name, `refs/heads/main` or `refs/pull/7`: no forge and no git gives the latter to
    /// a branch or a tag.
    pub fn full(&self) -> String {
        match self {
            Self::Ref(git_ref) => git_ref.full(),
            Self::PullRequest(number) => format!("{REQUEST}{number}"),
        }
    }

    /// The number of the pull request that has this full name.
    pub fn request_number(full: &str) -> Option<u64> {
        full.strip_prefix(REQUEST)?.parse().ok()
    }
}

impl From<GitRef> for Subject {
    fn from(git_ref: GitRef) -> Self {
        Self::Ref(git_ref)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(git_ref) => git_ref.fmt(f),
            Self::PullRequest(number) => write!(f, "pull request {number}"),
        }
    }
}

//! Which files a change touched, as git says: forges cut their lists short.

use crate::CommitSha;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a commit is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// What the branch pointed at before.
    Commit(CommitSha),
    /// Nothing pointed there before: where this branch, by its short name, left the default branch.
    DefaultBranch {
        /// The branch that came to be.
        branch: String,
    },
    /// A pull request: where it left the branch that it leads to.
    Target {
        /// That branch's short name.
        branch: String,
    },
}

/// The files that a change touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangedFiles {
    /// All of them, by their paths; both names of one that was renamed. What is no UTF-8 in a path
    /// stands there as U+FFFD.
    Known(Vec<String>),
    /// Nobody can say.
    Unknown(FilesUnknown),
}

/// Why nobody can say which files changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilesUnknown {
    /// History was rewritten, and the commit before is no longer there.
    BeforeGone {
        /// The commit before.
        before: CommitSha,
    },
    /// The branch to compare with is not there.
    BranchGone {
        /// Its short name.
        branch: String,
    },
    /// The two histories have nothing in common.
    Unrelated {
        /// The branch that was compared with, by its short name.
        branch: String,
    },
    /// The branch that a pull request leads to has its commits already, and not by a merge.
    AlreadyIn {
        /// That branch's short name.
        branch: String,
    },
    /// More than are looked at.
    TooMany {
        /// The limit.
        files_max: usize,
    },
    /// The forge or git did not say.
    NotTold {
        /// Their words.
        why: String,
    },
}

impl fmt::Display for FilesUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeGone { before } => {
                write!(f, "the commit before, {}, is no longer in the repository", before.short())
            }
            Self::BranchGone { branch } => {
                write!(f, "branch {branch}, to compare with, is not there")
            }
            Self::Unrelated { branch } => write!(f, "it has no commit in common with {branch}"),
            Self::AlreadyIn { branch } => {
                write!(f, "{branch} has its commits already, without a merge commit")
            }
            Self::TooMany { files_max } => write!(f, "more than {files_max} files changed"),
            Self::NotTold { why } => f.write_str(why),
        }
    }
}

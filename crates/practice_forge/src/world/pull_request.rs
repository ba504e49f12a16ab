//! Pull requests, which GitLab calls merge requests.

/// A wish to merge one branch into another, of the same repository or of a fork's.
#[derive(Clone, Debug)]
pub(crate) struct PullRequest {
    pub(crate) id: u64,
    pub(crate) number: u64,
    /// Where it is to be merged.
    pub(crate) repository: u64,
    pub(crate) target: String,
    pub(crate) source_repository: u64,
    pub(crate) source: String,
    pub(crate) head: String,
    /// Where the target branch was when it was last looked at.
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) state: State,
    pub(crate) merge_commit: Option<String>,
    pub(crate) version: u64,
    /// When it was opened and last changed (RFC 3339).
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Closed,
    Merged,
}

/// What happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Opened,
    Reopened,
    /// Its code: the head before.
    Updated {
        before: String,
    },
    /// The branch and commit that it was to be merged into before.
    Retargeted {
        branch: String,
        base: String,
    },
    /// Its words: the title before.
    Edited {
        title: String,
    },
    Closed,
    Merged,
}

/// What a new pull request says.
#[derive(Clone, Copy, Debug)]
pub struct NewPullRequest<'a> {
    /// The repository it is to be merged into, `owner/name`.
    pub repository: &'a str,
    /// The branch it is to be merged into.
    pub target: &'a str,
    /// The repository it comes from: the same one, or a fork.
    pub source_repository: &'a str,
    /// The branch it comes from.
    pub source: &'a str,
    /// Its title.
    pub title: &'a str,
}

//! What happened in a forge, in one vocabulary for all of them.
//!
//! `webhooks` makes these values from deliveries, the reconciler from what git says; the engine
//! matches triggers against them. A commit is always the commit: where a forge names an
//! annotated tag's own object, that stands beside it.

use crate::{CommitSha, RepositoryName, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

mod changed_files;
mod git_ref;
mod own_name;
mod subject;

pub use changed_files::{ChangedFiles, FilesUnknown, Since};
pub use git_ref::{GitRef, RefError, RefKind};
pub use own_name::{Slip, own_branch, own_path, own_tag};
pub use subject::Subject;

/// One thing that happened. A delivery may carry several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeEvent {
    /// Where it happened; absent for what concerns an app or a hook as a whole.
    pub repository: Option<Repository>,
    /// Who did it, by the forge's login.
    pub actor: Option<String>,
    /// What it was.
    pub happening: Happening,
}

/// A repository as the forge names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Repository {
    /// The forge's own id, which a rename does not change. Whatever moves a ref or a pull request
    /// has one; some of GitLab's other events do not say it.
    pub id: Option<String>,
    /// `owner/name`, case kept.
    pub name: RepositoryName,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A branch or tag was made, moved or deleted.
    Ref(RefChange),
    /// A pull request came into being, changed its code or ended.
    PullRequest(PullRequest),
    /// A merge queue asks for checks of a commit.
    MergeGroup(MergeGroup),
    /// The forge tries a hook out.
    Ping,
    /// A repository was made, renamed, moved, archived or deleted.
    RepositoryLifecycle {
        /// The forge's word for it.
        action: String,
    },
    /// An app was installed, changed or removed.
    AppLifecycle {
        /// The forge's words for it, `event:action`.
        action: String,
    },
    /// Nothing that a pipeline could start from.
    Ignored {
        /// The forge's words for it, `event:action`.
        action: String,
        /// Why nothing follows.
        because: Ignored,
        /// The pull request it was about, where it was about one.
        pull_request: Option<PullRequestSides>,
    },
    /// One change among several of a delivery that cannot be understood; the others can.
    Unusable {
        /// The path in the body: `/changes/1/toHash`.
        at: String,
        /// What is wrong there, and what would be right.
        problem: String,
    },
}

/// Why an event starts nothing, whatever pipelines there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ignored {
    /// Events of this name never concern a pipeline.
    EventStartsNothing {
        /// The forge's name for the event.
        event: String,
    },
    /// A pull request changed in its text, its labels or its people; not in its code.
    NoCodeChanged,
    /// The same is told by a push event, which counts.
    ToldByPush,
    /// A ref that is neither branch nor tag.
    NeitherBranchNorTag {
        /// The full ref.
        name: String,
    },
    /// A push that names nothing that moved.
    NamesNoRef,
    /// A push of more refs than one delivery is taken apart for.
    TooManyRefs {
        /// How many it names.
        count: usize,
    },
    /// A pull request whose source has no commit, or none that is known any more.
    WithoutCommit,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventStartsNothing { event } => write!(f, "a {event} event starts no pipeline"),
            Self::NoCodeChanged => f.write_str("the pull request's code did not change"),
            Self::ToldByPush => f.write_str("the push event of the same change counts"),
            Self::NeitherBranchNorTag { name } => write!(f, "{name} is neither branch nor tag"),
            Self::NamesNoRef => {
                f.write_str("it names no ref that moved; comparing heads finds what did")
            }
            Self::TooManyRefs { count } => {
                write!(f, "it names {count} refs at once; comparing heads finds each of them")
            }
            Self::WithoutCommit => f.write_str("the pull request has no commit"),
        }
    }
}

/// What became of a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Change {
    /// It was not there before.
    Created,
    /// It points elsewhere now.
    Updated,
    /// It is gone.
    Deleted,
}

impl Change {
    /// `created`, `updated` or `deleted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// A change of one ref. `before` and `after` are what the ref pointed at, so they chain from
/// change to change (the head rule); `head` is the commit to build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefChange {
    /// Which ref.
    pub git_ref: GitRef,
    /// Made, moved or deleted.
    pub change: Change,
    /// What it pointed at, all zeros where it was not there; absent where the forge does not say.
    pub before: Option<CommitSha>,
    /// What it points at, all zeros where it is gone. An annotated tag's own object where it has
    /// one, as git's ref does.
    pub after: CommitSha,
    /// The commit it leads to; `None` for a deletion, and for a tag whose commit the forge does not
    /// tell.
    pub head: Option<CommitSha>,
    /// Whether history was rewritten; `None` where the forge does not say.
    pub forced: Option<bool>,
    /// What the forge says about `head`.
    pub commit: Option<CommitInfo>,
}

/// Where a ref leads, as the repository itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefTarget {
    /// What it points at: a commit, or an annotated tag's own object.
    pub points_at: CommitSha,
    /// The commit that this leads to.
    pub commit: CommitSha,
}

impl RefTarget {
    /// A ref that points at a commit.
    pub fn of(commit: CommitSha) -> Self {
        Self { points_at: commit.clone(), commit }
    }

    /// Whether somebody who tells this hash means the same: of an annotated tag some forges tell
    /// the object, and some only the commit.
    pub fn is(&self, told: &CommitSha) -> bool {
        [&self.points_at, &self.commit].contains(&told)
    }
}

/// What is known about a commit, from a payload or from git.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommitInfo {
    /// The whole message.
    pub message: String,
    /// The author's name.
    pub author_name: String,
    /// The author's e-mail address; empty where the forge hides it.
    pub author_email: String,
    /// When it was authored; a payload that gives one date gives this one.
    pub authored_at: Option<Timestamp>,
    /// When it was committed.
    pub committed_at: Option<Timestamp>,
}

/// What became of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PullRequestAction {
    /// Opened.
    Opened,
    /// Opened again after it was closed.
    Reopened,
    /// No longer a draft.
    Ready,
    /// Its code changed.
    Updated,
    /// It aims at another branch now (only where the forge has an event of its own for that).
    Retargeted,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

impl PullRequestAction {
    /// The action in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Ready => "ready",
            Self::Updated => "updated",
            Self::Retargeted => "retargeted",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }

    /// Whether the pull request waits for its merge no longer.
    pub fn ends(self) -> bool {
        matches!(self, Self::Closed | Self::Merged)
    }
}

/// A pull request (GitLab: merge request) and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// What became of it.
    pub action: PullRequestAction,
    /// Its title.
    pub title: String,
    /// The source's head before, where the forge says so.
    pub before: Option<CommitSha>,
    /// From where to where.
    pub sides: PullRequestSides,
}

/// From where to where a pull request leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestSides {
    /// Its number in the target repository.
    pub number: u64,
    /// The source's commit. Bitbucket Cloud names it by its first twelve digits only, so
    /// [`CommitSha::is_valid`] may not hold: such a one is asked for before anything is built. Of one
    /// that ended after its source was gone some forges name no digit at all.
    pub head: CommitSha,
    /// The source branch's short name.
    pub source: String,
    /// The target branch's short name.
    pub target: String,
    /// The repository that the source lies in; `None` where it is gone.
    pub source_repository: Option<Repository>,
    /// Whether the source lies in another repository. Not knowing counts as yes.
    pub fork: bool,
}

/// How a pull request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// It waits for its merge.
    Open,
    /// It ended without one.
    Closed,
    /// It ended with one.
    Merged,
}

/// A merge queue's group of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeGroup {
    /// The forge's word for what became of it.
    pub action: String,
    /// The commit to check.
    pub head: CommitSha,
    /// The queue's own branch, short.
    pub source: String,
    /// The branch that it would be merged into, short.
    pub target: String,
}

impl ForgeEvent {
    /// The kind as tables and the command line print it.
    pub fn kind(&self) -> &'static str {
        match &self.happening {
            Happening::Ref(RefChange { git_ref, change, .. }) => match (git_ref.kind, change) {
                (RefKind::Branch, Change::Deleted) => "branch_delete",
                (RefKind::Tag, Change::Deleted) => "tag_delete",
                (RefKind::Tag, _) => "tag",
                (RefKind::Branch | RefKind::PullRequest, _) => "push",
            },
            Happening::PullRequest(_) => "pull_request",
            Happening::MergeGroup(_) => "merge_group",
            Happening::Ping => "ping",
            Happening::RepositoryLifecycle { .. } => "repo_lifecycle",
            Happening::AppLifecycle { .. } => "app_lifecycle",
            Happening::Ignored { .. } | Happening::Unusable { .. } => "ignored",
        }
    }
}

//! What became of a change that a forge told of.

use crate::forge_event::{GitRef, Ignored};
use crate::{ActionName, CommitSha, DeliveryId, ExecutionId, PipelineName, RepositoryName};
use serde::{Deserialize, Serialize};

/// What became of one change in a delivery. Every change comes to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// It started at least one pipeline.
    Started {
        /// The ref.
        git_ref: GitRef,
        /// What it points at since.
        commit: CommitSha,
        /// Those that started.
        pipelines: Vec<StartedPipeline>,
        /// Those that watch the repository and did not start.
        held_back: Vec<HeldBack>,
    },
    /// It started no pipeline, and is applied to what is kept in step with a file of the branch.
    Synced {
        /// The ref.
        git_ref: GitRef,
        /// What it points at since.
        commit: CommitSha,
        /// The resources that sync configurations name.
        resources: Vec<String>,
        /// Those that watch the repository and did not start.
        held_back: Vec<HeldBack>,
    },
    /// It was known.
    Duplicate(Duplicate),
    /// It starts nothing.
    Filtered(Filter),
    /// The ref has moved on; what is there now has its own disposition.
    Stale {
        /// The ref.
        git_ref: GitRef,
        /// What the change said it points at.
        commit: CommitSha,
        /// What it points at; `None` where it is gone.
        head: Option<CommitSha>,
    },
    /// It cannot be read or cannot be meant.
    Unusable {
        /// Where in the delivery: a header's name, a JSON path, `body`.
        at: String,
        /// What is wrong there and what would be right.
        problem: String,
    },
}

impl Disposition {
    /// The ref that the change was of, and the commit that it told of; `None` where the delivery
    /// names no ref, or as a whole came before.
    pub fn change(&self) -> Option<(&GitRef, Option<&CommitSha>)> {
        match self {
            Self::Started { git_ref, commit, .. }
            | Self::Synced { git_ref, commit, .. }
            | Self::Stale { git_ref, commit, .. }
            | Self::Duplicate(Duplicate::SameHead { git_ref, commit })
            | Self::Filtered(
                Filter::Pipelines { git_ref, commit, .. }
                | Filter::NobodyWatches { git_ref, commit, .. },
            ) => Some((git_ref, Some(commit))),
            Self::Filtered(Filter::RefDeleted { git_ref }) => Some((git_ref, None)),
            Self::Duplicate(Duplicate::SameDelivery { .. })
            | Self::Filtered(Filter::KindStartsNothing { .. } | Filter::Ignored(_))
            | Self::Unusable { .. } => None,
        }
    }
}

/// A pipeline that a change started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedPipeline {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// Its new execution.
    pub execution: ExecutionId,
    /// The rule that let it in.
    pub rule: StartRule,
}

/// A pipeline that a change did not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The rule that held it back.
    pub rule: HoldRule,
}

/// Why a change counts as known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duplicate {
    /// The same delivery, by the forge's id, came before.
    SameDelivery {
        /// As what it is kept.
        first: DeliveryId,
    },
    /// The ref was known to point there.
    SameHead {
        /// The ref.
        git_ref: GitRef,
        /// The commit.
        commit: CommitSha,
    },
}

/// Why a change starts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// No pipeline has a source action on the repository by this connection, and no sync
    /// configuration names the branch.
    NobodyWatches {
        /// The ref.
        git_ref: GitRef,
        /// What it points at since.
        commit: CommitSha,
        /// The repository.
        repository: RepositoryName,
    },
    /// An event of this kind starts nothing.
    KindStartsNothing {
        /// The kind, as `towpath deliveries` prints it.
        kind: String,
    },
    /// The event is about something that is no change of code.
    Ignored(Ignored),
    /// The ref is gone; there is nothing to fetch.
    RefDeleted {
        /// The ref.
        git_ref: GitRef,
    },
    /// Each pipeline that watches the repository has a rule against it.
    Pipelines {
        /// The ref.
        git_ref: GitRef,
        /// What it points at since.
        commit: CommitSha,
        /// Every one of them.
        held_back: Vec<HeldBack>,
    },
}

/// The rule by which a push starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartRule {
    /// No trigger is declared and the branch is the source action's own.
    SourceBranch {
        /// The source action.
        action: ActionName,
        /// The branch or pattern that it names.
        branch: String,
    },
    /// A trigger's filter includes the ref.
    Included {
        /// The source action.
        action: ActionName,
        /// The pattern; `**` where the filter only excludes.
        pattern: String,
    },
    /// A trigger's filter includes the branch and also wants certain files; which files changed
    /// is not known, so it starts.
    FilesUnknown {
        /// The source action.
        action: ActionName,
        /// The branch pattern.
        pattern: String,
    },
}

/// The rule by which a push does not start a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldRule {
    /// The pipeline's sources are elsewhere.
    OtherRepository,
    /// The source action's `DetectChanges` is `false` and no trigger is declared for it.
    DetectionOff {
        /// The source action.
        action: ActionName,
    },
    /// The source action names another branch.
    OtherBranch {
        /// The source action.
        action: ActionName,
        /// The branch or pattern that it names.
        branch: String,
    },
    /// Without a trigger, tags start nothing.
    TagsNeedTrigger {
        /// The source action.
        action: ActionName,
    },
    /// Triggers are declared, and none for this source action.
    NoTrigger {
        /// The source action.
        action: ActionName,
    },
    /// The trigger has no filter for refs of this kind.
    KindNotNamed {
        /// The source action.
        action: ActionName,
        /// The ref.
        git_ref: GitRef,
    },
    /// The trigger speaks of pull requests only.
    PullRequestsOnly {
        /// The source action.
        action: ActionName,
    },
    /// No pattern of the filter matches.
    NotIncluded {
        /// The source action.
        action: ActionName,
        /// The patterns that would.
        includes: Vec<String>,
    },
    /// A pattern of the filter excludes the ref; exclusion wins.
    Excluded {
        /// The source action.
        action: ActionName,
        /// The pattern.
        pattern: String,
    },
    /// A pattern cannot be read.
    PatternUnreadable {
        /// The source action.
        action: ActionName,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A pipeline-level variable has no default, and a push carries no values.
    VariableWithoutDefault {
        /// The variable.
        variable: String,
    },
}

//! What became of a change that a forge told of.

use super::{HoldRule, StartRule};
use crate::forge_event::{GitRef, Ignored, Subject};
use crate::{CommitSha, DeliveryId, ExecutionId, PipelineName, RepositoryName};
use serde::{Deserialize, Serialize};

/// What became of one change in a delivery. Every change comes to exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disposition {
    /// It started at least one pipeline.
    Started {
        /// What it was of.
        subject: Subject,
        /// What it points at since.
        commit: CommitSha,
        /// Those that started.
        pipelines: Vec<StartedPipeline>,
        /// Those that watch the repository and did not start.
        held_back: Vec<HeldBack>,
    },
    /// It started no pipeline, and is applied to what is kept in step with a file of the branch.
    Synced {
        /// What it was of.
        subject: Subject,
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
        /// What it was of.
        subject: Subject,
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
    /// What the change was of, and the commit that it told of; `None` where the delivery names
    /// neither ref nor pull request, or as a whole came before.
    pub fn change(&self) -> Option<(Subject, Option<&CommitSha>)> {
        match self {
            Self::Started { subject, commit, .. }
            | Self::Synced { subject, commit, .. }
            | Self::Stale { subject, commit, .. }
            | Self::Duplicate(Duplicate::SameHead { subject, commit })
            | Self::Filtered(
                Filter::Pipelines { subject, commit, .. }
                | Filter::NobodyWatches { subject, commit, .. },
            ) => Some((subject.clone(), Some(commit))),
            Self::Filtered(Filter::RefDeleted { git_ref }) => Some((git_ref.clone().into(), None)),
            Self::Duplicate(Duplicate::SameDelivery { .. })
            | Self::Filtered(
                Filter::KindStartsNothing { .. } | Filter::Ignored(_) | Filter::WebhookRule { .. },
            )
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
    /// The ref was known to point there, the pull request to be closed or open at that commit.
    SameHead {
        /// What it was of.
        subject: Subject,
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
        /// What it was of.
        subject: Subject,
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
    /// A filter of CodePipeline's webhook does not pass.
    WebhookRule {
        /// The webhook.
        webhook: String,
        /// Where in the payload it looks.
        json_path: String,
        /// What it wants there; none where anything would do.
        wanted: Option<String>,
        /// What stands there; none where nothing does.
        found: Option<String>,
    },
    /// The ref is gone; there is nothing to fetch.
    RefDeleted {
        /// The ref.
        git_ref: GitRef,
    },
    /// Each pipeline that watches the repository has a rule against it.
    Pipelines {
        /// What it was of.
        subject: Subject,
        /// What it points at since.
        commit: CommitSha,
        /// Every one of them.
        held_back: Vec<HeldBack>,
    },
}

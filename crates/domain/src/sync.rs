//! The words of a sync: a resource is kept in step with a file of a repository.
//!
//! What a sync of each type does is left to `operations`.

use serde::{Deserialize, Serialize};

use crate::{CommitSha, Digest, EffectId, Timestamp};

/// What is kept in step, in CodeConnections' words; `CODEPIPELINE_SYNC` is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncType {
    /// A CloudFormation stack.
    CfnStackSync,
    /// A pipeline's declaration. Not among AWS's values.
    CodePipelineSync,
}

impl SyncType {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::CfnStackSync, Self::CodePipelineSync];

    /// The value as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CfnStackSync => "CFN_STACK_SYNC",
            Self::CodePipelineSync => "CODEPIPELINE_SYNC",
        }
    }

    /// Reads [`SyncType::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far a sync has come, and what an event of it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SyncState {
    /// It was asked for; the file is being read.
    Initiated,
    /// The file was read.
    InProgress,
    /// The resource is as the file says.
    Succeeded,
    /// It is not; a blocker says why.
    Failed,
}

impl SyncState {
    /// The state as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

/// Something that happened in a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncEvent {
    /// When.
    pub at: Timestamp,
    /// What it tells of.
    pub kind: SyncState,
    /// The same in words, for people.
    pub text: String,
}

/// One try at bringing a resource to what its file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncAttempt {
    /// From 1; of two attempts the one with the greater number is the newer.
    pub number: u64,
    /// The effect that reads the file: what another brings back is of an older attempt.
    pub effect: EffectId,
    /// Whether somebody asked for it, rather than a push.
    pub asked: bool,
    /// The commit; `None` while, and where, the branch's is not known.
    pub commit: Option<CommitSha>,
    /// The commit that the resource was at before.
    pub before: Option<CommitSha>,
    /// The file's content, once it was read.
    pub digest: Option<Digest>,
    /// When it began.
    pub started: Timestamp,
    /// How far it came.
    pub state: SyncState,
    /// What happened, in order.
    pub events: Vec<SyncEvent>,
}

/// Why a resource is not as its file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncBlocker {
    /// A UUID.
    pub id: String,
    /// The cause, and what would be right.
    pub reason: String,
    /// Where: `Commit`, `File`, `Line`, `ConnectionArn`, each with its value.
    pub contexts: Vec<(String, String)>,
    /// When it came up.
    pub created: Timestamp,
    /// What became of it; `None` while it stands.
    pub resolved: Option<Resolved>,
}

/// How a blocker was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Who or what says so, at most 250 characters (CodeConnections' limit).
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back_and_only_those() {
        for kind in SyncType::ALL {
            assert_eq!(SyncType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(SyncType::parse("cfn_stack_sync"), None);
    }
}

//! What facts ask the world to do. Stored until done; performed elsewhere, without rules.

use crate::attempt::Work;
use domain::forge_event::{GitRef, Since};
use domain::pipeline::ArtifactStore;
use domain::reason::FactId;
use domain::revision::Trigger;
use domain::sync::SyncType;
use domain::{AccountId, ActionExecutionId, AttemptRef, CommitSha, ConnectionArn, DeliveryId};
use domain::{ExecutionId, HookId, HostArn, PipelineName, RepositoryName};
use serde::{Deserialize, Serialize};

/// Something that the world is asked to do. Those that no line asks for are decided elsewhere and stand
/// here because one table keeps them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Perform an attempt; answered by `AttemptStarted`, then `AttemptEnded` or `AttemptLost`.
    StartAction(Box<StartAction>),
    /// End an attempt's processes. Nobody waits for an answer.
    AbandonAction {
        /// Which.
        attempt: AttemptRef,
    },
    /// Tell the forge how an execution stands.
    ReportStatus(Box<ReportStatus>),
    /// Register a hook in its repository.
    RegisterHook {
        /// Whose.
        account: AccountId,
        /// Which.
        hook: HookId,
    },
    /// Remove a hook from its repository.
    RemoveHook {
        /// Whose.
        account: AccountId,
        /// Which.
        hook: HookId,
    },
    /// Have the forge try a hook out, so that a delivery shows that it reaches us.
    PingHook {
        /// Whose.
        account: AccountId,
        /// Which.
        hook: HookId,
    },
    /// Have the forge deliver to a hook once more what never came.
    Redeliver {
        /// Whose.
        account: AccountId,
        /// Which hook.
        hook: HookId,
        /// The forge's id of the delivery.
        delivery: String,
    },
    /// Ask what a connection may do in a repository. Whoever asked waits for it in memory.
    TestConnection {
        /// Whose.
        account: AccountId,
        /// Which connection.
        connection: ConnectionArn,
        /// Where.
        repository: RepositoryName,
    },
    /// See whether the way to a host is free.
    LookAtHost {
        /// Whose.
        account: AccountId,
        /// Which.
        host: HostArn,
    },
    /// Remove what a connection that was deleted has at its forge: its hooks, and its token.
    Depart {
        /// Whose.
        account: AccountId,
        /// Which connection.
        connection: ConnectionArn,
    },
    /// Have the forge revoke a token that nobody uses any more.
    RevokeToken {
        /// Whose.
        account: AccountId,
        /// Which connection it was given to.
        connection: ConnectionArn,
        /// Which of its tokens.
        generation: i64,
    },
    /// Have the forge replace a connection's token. Held by one process at a time, so that no two
    /// show the forge the same refresh token.
    RenewToken {
        /// Whose.
        account: AccountId,
        /// Which connection.
        connection: ConnectionArn,
        /// Which of its tokens.
        generation: i64,
    },
    /// Ask the forge where a ref points, for a change that does not follow from the known head.
    AskHead {
        /// Whose.
        account: AccountId,
        /// The delivery that the change came in.
        delivery: DeliveryId,
        /// Which change of it, from 0.
        change_index: u32,
        /// By which connection to ask.
        connection: ConnectionArn,
        /// The repository.
        repository: RepositoryName,
        /// The full ref, `refs/heads/main`.
        ref_name: String,
    },
    /// Find the keys of an issuer of others, for a token of it that somebody shows.
    FetchKeys {
        /// The account that has registered it.
        account: AccountId,
        /// Its URL, as tokens have it in `iss`.
        issuer: String,
    },
    /// Read the file that a resource is kept in step with.
    ReadSyncFile(Box<ReadSyncFile>),
    /// Ask git which files a change touched, for a filter that wants to know.
    ChangedFiles(Box<AskFiles>),
}

/// Which file is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSyncFile {
    /// Whose.
    pub account: AccountId,
    /// What the resource is.
    pub sync_type: SyncType,
    /// The resource.
    pub resource: String,
    /// By which connection to ask.
    pub connection: ConnectionArn,
    /// The repository.
    pub repository: RepositoryName,
    /// The branch.
    pub branch: String,
    /// The file's path from the top of the repository.
    pub path: String,
    /// The commit; `None` for the one that the branch is at.
    pub commit: Option<CommitSha>,
}

/// A question to git: which files a change touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskFiles {
    /// Whose.
    pub account: AccountId,
    /// The delivery that the change came in.
    pub delivery: DeliveryId,
    /// Which change of it, from 0.
    pub change_index: u32,
    /// By which connection to fetch.
    pub connection: ConnectionArn,
    /// The repository.
    pub repository: RepositoryName,
    /// The commit that the change led to.
    pub commit: CommitSha,
    /// What it is compared with.
    pub since: Since,
}

/// An attempt to be performed. Its epoch, the fence, stands beside it in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAction {
    /// Which.
    pub attempt: AttemptRef,
    /// Its id for the API.
    pub action_execution: ActionExecutionId,
    /// The pipeline's version.
    pub version: u32,
    /// What started the execution.
    pub trigger: Trigger,
    /// Where artifacts are to lie: the store of the action's region; `None` where the
    /// declaration has none for it.
    pub artifact_store: Option<ArtifactStore>,
    /// What is to be done.
    pub work: Work,
}

/// How an execution or a sync stands, for the forge that a commit of it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportStatus {
    /// Whose.
    pub account: AccountId,
    /// By which connection.
    pub connection: ConnectionArn,
    /// The repository.
    pub repository: RepositoryName,
    /// The commit.
    pub commit: CommitSha,
    /// What the status is called at the forge: `towpath/<pipeline>`,
    /// `towpath/<pipeline>/<stage>/<action>`, `towpath/sync/<pipeline>`.
    pub context: String,
    /// The branch or tag that led to the commit, of a pull request its source branch; where known.
    #[serde(default)]
    pub git_ref: Option<GitRef>,
    /// How it stands.
    pub state: CommitState,
    /// The same in words, at most 140 characters (GitHub's limit, the shortest).
    pub description: String,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The execution; none for a sync.
    pub execution: Option<ExecutionId>,
    /// The attempt, where it is of an action and not of the whole execution.
    #[serde(default)]
    pub attempt: Option<AttemptRef>,
    /// The fact it follows from, of a sync its number: of two statuses with the same commit and context, the one with
    /// the greater number is the newer.
    pub fact: FactId,
}

/// How a commit stands, in GitHub's words, and what others tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommitState {
    /// It is on its way.
    Pending,
    /// It waits for a person: pending at GitHub, too.
    Waiting,
    /// It arrived.
    Success,
    /// Something in it failed.
    Failure,
    /// It was stopped, superseded or cancelled.
    Error,
}

impl CommitState {
    /// GitHub's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending | Self::Waiting => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }
}

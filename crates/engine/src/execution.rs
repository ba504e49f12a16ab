//! One run of a pipeline: what started it, what it is of, how far it has come.

use domain::pipeline::ExecutionMode;
use domain::reason::{End, Stop, Wait};
use domain::revision::{SourceRevision, Trigger, WantedRevision};
use domain::{ActionName, CommitSha, ExecutionId, StageName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run of a pipeline. A row of its own; its attempts are others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: ExecutionId,
    /// Its place among the pipeline's executions, from 1; a greater one is newer.
    pub order: u64,
    /// The version of the declaration that it runs, to its end.
    pub version: u32,
    /// How it shares the pipeline with others.
    pub mode: ExecutionMode,
    /// What started it.
    pub trigger: Trigger,
    /// The pipeline-level variables with their values.
    pub variables: BTreeMap<String, String>,
    /// The commits that its sources are to fetch, where known before they run.
    pub wanted: BTreeMap<ActionName, WantedRevision>,
    /// The revisions that its sources brought.
    pub revisions: Vec<SourceRevision>,
    /// When it was started.
    pub started: Timestamp,
    /// When anything about it last changed.
    pub updated: Timestamp,
    /// 1, and one more for every retry of a stage (`pipeline-execution-attempt`).
    pub attempt: u32,
    /// The wish to stop it, from when it was made.
    pub stop: Option<Stop>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// The stages that it has entered, in order.
    pub stages: Vec<StageRun>,
}

/// Where an execution stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionStatus {
    /// At a stage's door.
    Waiting(Wait),
    /// About to come to a door or to end. Only within one decision, never at rest.
    BetweenStages,
    /// Inside this stage, whose attempts say what they wait for.
    InStage(StageName),
    /// Over, unless a stage of it is retried.
    Ended(End),
}

/// What an execution did in a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRun {
    /// The stage.
    pub name: StageName,
    /// When it was entered, the last time.
    pub entered: Timestamp,
    /// How and when it ended.
    pub ended: Option<(StageEnd, Timestamp)>,
    /// How often it was retried by hand.
    pub retries: u32,
    /// Its actions, in declared order.
    pub actions: Vec<ActionRun>,
}

/// How a stage ended for an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StageEnd {
    /// Every action succeeded.
    Succeeded,
    /// An action failed.
    Failed,
    /// The execution was stopped.
    Stopped,
    /// The execution was cancelled.
    Cancelled,
}

/// Where an action stands in a stage run; what it did is in its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRun {
    /// The action.
    pub name: ActionName,
    /// How many attempts there were: the number of the latest one.
    pub attempts: u32,
    /// Where it stands.
    pub state: ActionState,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionState {
    /// Its turn has not come (again).
    Pending,
    /// Its latest attempt is live.
    InProgress,
    /// Its latest attempt succeeded.
    Succeeded,
    /// Its latest attempt failed.
    Failed,
    /// Its latest attempt was given up.
    Abandoned,
}

impl Execution {
    /// Whether a commit is one that it was started with, or that a source brought.
    pub fn is_of(&self, commit: &CommitSha) -> bool {
        let pushed = match &self.trigger {
            Trigger::WebhookV2(push) => Some(&push.commit),
            Trigger::CreatePipeline { .. } | Trigger::StartPipelineExecution { .. } => None,
        };
        pushed == Some(commit) || self.revisions.iter().any(|it| it.commit == *commit)
    }

    /// What it is of: the revisions that its sources brought, and before them the one that was pushed
    /// where its source has not brought it (yet): it may never come to that.
    pub fn known_revisions(&self) -> Vec<SourceRevision> {
        let brought = |action: &ActionName| self.revisions.iter().any(|it| it.action == *action);
        let pushed = match &self.trigger {
            Trigger::WebhookV2(push) if !brought(&push.source_action) => Some(push.revision()),
            _ => None,
        };
        pushed.into_iter().chain(self.revisions.iter().cloned()).collect()
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        matches!(self.status, ExecutionStatus::Ended(_))
    }

    /// What it did in a stage; `None` where it has not entered it.
    pub fn stage(&self, name: &StageName) -> Option<&StageRun> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    pub(crate) fn stage_mut(&mut self, name: &StageName) -> Option<&mut StageRun> {
        self.stages.iter_mut().find(|stage| stage.name == *name)
    }

    /// AWS's word for where it stands.
    pub fn status_word(&self) -> &'static str {
        match &self.status {
            ExecutionStatus::Ended(End::Succeeded) => "Succeeded",
            ExecutionStatus::Ended(End::Failed { .. }) => "Failed",
            ExecutionStatus::Ended(End::Superseded { .. }) => "Superseded",
            ExecutionStatus::Ended(End::Stopped(_)) => "Stopped",
            ExecutionStatus::Ended(End::Cancelled(_)) => "Cancelled",
            _ if self.stop.is_some() => "Stopping",
            ExecutionStatus::Waiting(_)
            | ExecutionStatus::BetweenStages
            | ExecutionStatus::InStage(_) => "InProgress",
        }
    }

    /// AWS's word for where a stage that it has entered stands.
    pub fn stage_status_word(&self, stage: &StageRun) -> &'static str {
        match stage.ended {
            Some((end, _)) => end.as_str(),
            None if self.stop.is_some() => "Stopping",
            None => "InProgress",
        }
    }
}

impl StageRun {
    /// Where an action of it stands.
    pub fn action(&self, name: &ActionName) -> Option<&ActionRun> {
        self.actions.iter().find(|action| action.name == *name)
    }

    pub(crate) fn action_mut(&mut self, name: &ActionName) -> Option<&mut ActionRun> {
        self.actions.iter_mut().find(|action| action.name == *name)
    }
}

impl StageEnd {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
            Self::Cancelled => "Cancelled",
        }
    }
}

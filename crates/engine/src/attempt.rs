//! One try at an action: what is to be done, where it stands, what came of it.
//!
//! Which try is the live one, and when another follows, is `decide`'s.

use crate::event::Nonce;
use crate::step_tokens::StepTokens;
use crate::trigger::is_pattern;
use domain::pipeline::{ActionTypeId, EnvironmentVariable, OutputArtifact};
use domain::reason::{Abandonment, Failure, Wait};
use domain::revision::{SourceRevision, WantedRevision};
use domain::secret_reference::SecretVariable;
use domain::{ActionExecutionId, ArtifactName, ArtifactRef, AttemptRef, HolderId, Region};
use domain::{Timestamp, derived_uuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One try at an action. A row of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which try.
    pub of: AttemptRef,
    /// Its id for the API, derived from `of`.
    pub id: ActionExecutionId,
    /// The pipeline's version that it was begun under.
    pub version: u32,
    /// When it was handed out.
    pub began: Timestamp,
    /// When anything about it last changed.
    pub updated: Timestamp,
    /// When the engine stops waiting for it. Means nothing once it has ended.
    pub deadline: Timestamp,
    /// How many tries directly before it were lost.
    pub losses: u32,
    /// What answers an approval; only approvals have one.
    pub token: Option<ApprovalToken>,
    /// What is to be done.
    pub work: Work,
    /// Where it stands.
    pub state: AttemptState,
}

/// What is to be done, with every variable in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// By which provider.
    pub action_type: ActionTypeId,
    /// Its configuration, resolved.
    pub configuration: BTreeMap<String, String>,
    /// Its commands, resolved; only a Commands action has any.
    pub commands: Vec<String>,
    /// Its environment, resolved.
    pub environment: Vec<EnvironmentVariable>,
    /// Those of its environment that hold secrets: where these are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretVariable>,
    /// The artifacts that it takes, in declared order: the first is the primary one.
    pub inputs: Vec<InputArtifact>,
    /// The artifacts that it is to make.
    pub outputs: Vec<OutputArtifact>,
    /// The variables that it is to give.
    pub output_variables: Vec<String>,
    /// The namespace that its variables go to.
    pub namespace: Option<String>,
    /// The role that it runs under: the action's own, else the pipeline's.
    pub role_arn: String,
    /// The region that it was declared for.
    pub region: Option<Region>,
    /// How long it may take.
    pub timeout_seconds: u32,
    /// The commit to fetch; `None` for the head of the configured branch, and for every action
    /// that is no source.
    pub revision: Option<WantedRevision>,
    /// Of a source action: whether steps of the pipeline get tokens.
    #[serde(default, skip_serializing_if = "StepTokens::is_none")]
    pub tokens: StepTokens,
}

impl Work {
    /// The branch that a source action tracks; none where it names a pattern.
    pub fn tracked_branch(&self) -> Option<&str> {
        let branch = self.configuration.get("BranchName")?;
        (!is_pattern(branch)).then_some(branch)
    }
}

/// An artifact that an action takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputArtifact {
    /// Its name in the pipeline.
    pub name: ArtifactName,
    /// Its content.
    pub artifact: ArtifactRef,
    /// Whether the content is a reference to clone (`domain::revision::CloneReference`), no files.
    #[serde(default)]
    pub is_clone_reference: bool,
}

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptState {
    /// For a person, or to be begun.
    Waiting(Wait),
    /// It is being performed.
    Running {
        /// Who performs it.
        holder: HolderId,
        /// Since when.
        since: Timestamp,
    },
    /// It is over, for ever.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        end: AttemptEnd,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptEnd {
    /// Its performer did what was to be done.
    Succeeded(Box<Produced>),
    /// A person approved.
    Approved {
        /// Who: an ARN.
        by: String,
        /// What they wrote; may be empty.
        summary: String,
    },
    /// It failed.
    Failed(Failure),
    /// The process that performed it is gone. What it had done by then is not known.
    Lost,
    /// It was given up.
    Abandoned(Abandonment),
}

/// What a successful attempt brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produced {
    /// The artifacts, by name.
    pub outputs: BTreeMap<ArtifactName, ArtifactRef>,
    /// The output variables.
    pub variables: BTreeMap<String, String>,
    /// The revision; source actions bring one.
    pub revision: Option<SourceRevision>,
    /// A line for people.
    pub summary: Option<String>,
    /// The id of the work where it was done.
    pub external_id: Option<String>,
    /// Where it can be looked at.
    pub external_url: Option<String>,
}

/// What answers an approval: a UUID that only those know who may read the pipeline's state.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApprovalToken(String);

impl ApprovalToken {
    /// The token of an approval, unguessable as the nonce is.
    pub(crate) fn derive(nonce: &Nonce, of: &AttemptRef) -> Self {
        let nonce: String = nonce.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(derived_uuid(&["approval-token", &nonce, &of.to_string()]))
    }

    /// The token, to be shown to those who may answer.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text is this token, in time that does not tell how much of it is right.
    pub fn is(&self, text: &str) -> bool {
        let differing = self.0.bytes().zip(text.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        self.0.len() == text.len() && differing == 0
    }
}

impl fmt::Debug for ApprovalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApprovalToken(…)")
    }
}

impl Work {
    /// Whether the forge is told of this action beside the whole execution: CodeBuild's own word.
    pub fn asks_for_status(&self) -> bool {
        self.configuration.get("ReportBuildStatus").is_some_and(|value| value == "true")
    }
}

impl Attempt {
    /// Whether it is neither over nor lost.
    pub fn is_live(&self) -> bool {
        !matches!(self.state, AttemptState::Ended { .. })
    }

    /// What it brought, where it succeeded.
    pub fn produced(&self) -> Option<&Produced> {
        match &self.state {
            AttemptState::Ended { end: AttemptEnd::Succeeded(produced), .. } => Some(produced),
            _ => None,
        }
    }

    /// What it waits for; `None` once it has ended.
    pub fn wait(&self) -> Option<Wait> {
        match &self.state {
            AttemptState::Waiting(wait) => Some(wait.clone()),
            AttemptState::Running { holder, .. } => Some(Wait::ActionRunning {
                stage: self.of.stage.clone(),
                action: self.of.action.clone(),
                attempt: self.of.attempt,
                holder: holder.clone(),
            }),
            AttemptState::Ended { .. } => None,
        }
    }

    /// AWS's word for where it stands. A lost attempt has none; to the API it failed.
    pub fn status_word(&self) -> &'static str {
        match &self.state {
            AttemptState::Waiting(_) | AttemptState::Running { .. } => "InProgress",
            AttemptState::Ended { end, .. } => match end {
                AttemptEnd::Succeeded(_) | AttemptEnd::Approved { .. } => "Succeeded",
                AttemptEnd::Failed(_) | AttemptEnd::Lost => "Failed",
                AttemptEnd::Abandoned(_) => "Abandoned",
            },
        }
    }
}

/// The id by which the API knows an attempt.
pub fn action_execution_id(of: &AttemptRef) -> ActionExecutionId {
    let AttemptRef { account, pipeline, execution, stage, action, attempt } = of;
    ActionExecutionId::new(derived_uuid(&[
        "action-execution",
        account.as_str(),
        pipeline.as_str(),
        execution.as_str(),
        stage.as_str(),
        action.as_str(),
        &attempt.to_string(),
    ]))
}

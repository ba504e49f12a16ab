//! What an execution is of: the revisions its sources brought, and what started it.

use crate::forge_event::{CommitInfo, GitRef};
use crate::fork::{Code, ForkRule};
use crate::pipeline::PullRequestEventType;
use crate::{ActionName, CommitSha, ConnectionArn, DeliveryId, RepositoryName};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The revision that a source action brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRevision {
    /// The source action.
    pub action: ActionName,
    /// By which connection.
    pub connection: ConnectionArn,
    /// From which repository.
    pub repository: RepositoryName,
    /// The branch or tag that led to the commit; where the commit itself was asked for, the branch
    /// of the configuration, if that is no pattern.
    pub git_ref: Option<GitRef>,
    /// The commit.
    pub commit: CommitSha,
    /// Its message, author and dates.
    pub info: CommitInfo,
    /// Where the forge shows the commit; `None` where its forge has no pages.
    pub url: Option<String>,
    /// Whether the forge protects `git_ref`, as it said when the commit was fetched; `None` where it did not say, or
    /// was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
}

impl SourceRevision {
    /// The message's first line, as `revisionSummary` shows it (at most 2,048 characters).
    pub fn summary(&self) -> String {
        self.info.message.lines().next().unwrap_or_default().chars().take(2048).collect()
    }
}

/// What a source's artifact holds where it is to be cloned (`CODEBUILD_CLONE_REF`), as JSON: which
/// commit from where, and how much around it. It holds no credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CloneReference {
    /// By which connection it is fetched.
    pub connection_arn: ConnectionArn,
    /// The repository.
    pub full_repository_id: RepositoryName,
    /// Where it is cloned from.
    pub clone_url: String,
    /// The commit.
    pub commit_id: CommitSha,
    /// The branch or tag that led to it.
    pub git_ref: Option<GitRef>,
    /// Commits of history; all of it where absent.
    pub git_clone_depth: Option<NonZeroU32>,
    /// With its submodules, and theirs.
    #[serde(default)]
    pub fetch_submodules: bool,
    /// With the files that git LFS keeps.
    #[serde(default)]
    pub fetch_lfs: bool,
}

/// A revision that the starter of an execution asks for (`SourceRevisionOverride`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceRevisionOverride {
    /// For which source action.
    pub action_name: ActionName,
    /// What kind of revision.
    pub revision_type: RevisionType,
    /// The revision.
    pub revision_value: String,
}

/// The kinds of revisions that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RevisionType {
    /// A git commit.
    CommitId,
    /// A container image.
    ImageDigest,
    /// A version of an S3 object.
    S3ObjectVersionId,
    /// Another S3 object.
    S3ObjectKey,
}

/// The commit that a source action is to fetch, where one is known before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedRevision {
    /// The commit.
    pub commit: CommitSha,
    /// The branch or tag that it was pushed to; where a person named the commit, the branch of the
    /// configuration, if that is no pattern.
    pub git_ref: Option<GitRef>,
}

/// What started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "nearly every trigger is a push")]
pub enum Trigger {
    /// The pipeline was created.
    CreatePipeline {
        /// By whom: an ARN.
        by: String,
    },
    /// Somebody asked for it.
    StartPipelineExecution {
        /// Who: an ARN.
        by: String,
    },
    /// A push or a pull request became known: by a connection, or as a source action that brings a
    /// token of its own learns of it.
    WebhookV2(PushTrigger),
}

/// The push that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushTrigger {
    /// The source action that watches the ref.
    pub source_action: ActionName,
    /// The connection, as the pipeline spells it.
    pub connection: ConnectionArn,
    /// The repository.
    pub repository: RepositoryName,
    /// The branch or tag; of a pull request its source branch, of one from a fork where the forge shows it.
    pub git_ref: GitRef,
    /// The commit that it points at now.
    pub commit: CommitSha,
    /// The pull request, where the news was of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequestTrigger>,
    /// The ARN of CodePipeline's webhook that told of it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// How the push became known.
    pub seen: Seen,
}

/// The pull request that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestTrigger {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// The short name of the branch that it leads to.
    pub target: String,
    /// What became of it.
    pub event: PullRequestEventType,
    /// Whose code it brings.
    #[serde(default, skip_serializing_if = "Code::is_own")]
    pub code: Code,
}

/// How a push became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    /// The forge told it.
    Delivery(DeliveryId),
    /// No delivery came; the reconcile loop found the new head.
    Reconciled,
}

impl Trigger {
    /// AWS's `triggerType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreatePipeline { .. } => "CreatePipeline",
            Self::StartPipelineExecution { .. } => "StartPipelineExecution",
            Self::WebhookV2(push) => push.kind(),
        }
    }

    /// AWS's `triggerDetail`: who asked, or what was pushed where, as JSON; at most 1,024
    /// characters, of which a very long ref may lose its end.
    pub fn detail(&self) -> String {
        match self {
            Self::CreatePipeline { by } | Self::StartPipelineExecution { by } => by.clone(),
            Self::WebhookV2(push) => push.detail(),
        }
    }
}

impl Trigger {
    /// Whether steps may have what their pipeline has: tokens, secrets, variables. Not those of a
    /// stranger's code, unless the rule for it says so.
    pub fn grants_identity(&self) -> bool {
        self.fork_rule() != Some(ForkRule::WithoutIdentity)
    }

    /// What the execution of a pull request from a fork may have; `None` where it is of none.
    pub fn fork_rule(&self) -> Option<ForkRule> {
        match self {
            Self::WebhookV2(push) => push.fork_rule(),
            Self::CreatePipeline { .. } | Self::StartPipelineExecution { .. } => None,
        }
    }
}

impl PushTrigger {
    /// The same of a push.
    pub fn fork_rule(&self) -> Option<ForkRule> {
        self.pull_request.as_ref()?.code.rule()
    }

    /// What its source action is to bring, as far as the forge told.
    pub fn revision(&self) -> SourceRevision {
        SourceRevision {
            action: self.source_action.clone(),
            connection: self.connection.clone(),
            repository: self.repository.clone(),
            git_ref: Some(self.git_ref.clone()),
            commit: self.commit.clone(),
            info: CommitInfo::default(),
            url: None,
            protected: None,
        }
    }

    /// A source action that brings a token of its own hears by a webhook, or looks itself.
    fn kind(&self) -> &'static str {
        match (self.connection.is_source_action(), &self.webhook) {
            (false, _) => "WebhookV2",
            (true, Some(_)) => "Webhook",
            (true, None) => "PollForSourceChanges",
        }
    }

    fn detail(&self) -> String {
        if let Some(webhook) = &self.webhook {
            return webhook.clone();
        }
        let name: String = self.git_ref.full().chars().take(400).collect();
        let mut detail = serde_json::json!({
            "fullRepositoryName": self.repository,
            "ref": name,
            "commitId": self.commit,
        });
        if !self.connection.is_source_action() {
            detail["connectionArn"] = self.connection.as_str().into();
        }
        if let Some(request) = &self.pull_request {
            detail["pullRequestId"] = request.number.into();
            detail["pullRequestEvent"] = request.event.as_str().into();
        }
        if let Some(rule) = self.fork_rule() {
            detail["forkPullRequests"] = rule.as_str().into();
        }
        detail.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push() -> PushTrigger {
        PushTrigger {
            source_action: "Fetch".into(),
            connection: "arn:aws:codeconnections:us-east-1:000000000000:connection/c".into(),
            repository: "owner/repo".into(),
            git_ref: GitRef::tag("v1"),
            commit: CommitSha::new("a".repeat(40)),
            pull_request: None,
            webhook: None,
            seen: Seen::Delivery("dlv-1".into()),
        }
    }

    #[test]
    fn a_push_says_what_was_pushed_where() {
        let trigger = Trigger::WebhookV2(push());
        assert_eq!(trigger.kind(), "WebhookV2");
        assert!(trigger.detail().contains(r#""ref":"refs/tags/v1""#), "{}", trigger.detail());
    }

    #[test]
    fn a_strangers_code_gets_nothing_unless_the_rule_says_so_and_older_rows_are_our_own() {
        let of = |code: Code| {
            let event = PullRequestEventType::Open;
            let (number, title, target) = (7, "Hm".to_owned(), "main".to_owned());
            let request = PullRequestTrigger { number, title, target, event, code };
            Trigger::WebhookV2(PushTrigger { pull_request: Some(request), ..push() })
        };
        let fork = |rule| of(Code::Fork { rule, branch: "main".to_owned() });
        assert!(of(Code::Own).grants_identity());
        assert!(fork(ForkRule::WithIdentity).grants_identity());
        let held = fork(ForkRule::WithoutIdentity);
        assert!(!held.grants_identity());
        assert!(held.detail().contains(r#""forkPullRequests":"WithoutIdentity""#));
        let written = serde_json::to_string(&held).expect("it is written");
        assert_eq!(serde_json::from_str::<Trigger>(&written).expect("it is read"), held);
        let older = serde_json::to_string(&of(Code::Own)).expect("it is written");
        assert!(!older.contains("\"code\""), "{older}");
    }
}

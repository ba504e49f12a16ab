//! A pipeline as its author declares it: CodePipeline's shapes, member for member.
//!
//! What was sent is what comes back: an absent member stays absent, an empty list stays empty.
//! A member that is not listed here is refused. Which declarations make sense together is
//! `engine::structure`'s to say; lengths and patterns are `wire`'s.
#![allow(missing_docs, reason = "a shape table; the members are AWS's own, apiVersion 2015-07-09")]

use crate::{
    ActionName, ArtifactName, BucketName, PipelineName, Region, RepositoryName, StageName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Defines shapes: required members, then optional ones, under AWS's names; no others.
macro_rules! shapes {
    ($($(#[$doc:meta])* $shape:ident
        { $($member:ident: $kind:ty),* $(,)? }
        optional { $($maybe:ident: $maybe_kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $shape {
            $(pub $member: $kind,)*
            $(
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $maybe: Option<$maybe_kind>,
            )*
        }
    )*};
}

/// Defines AWS's enumerations, the default first, each word with its text on the wire.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $first:ident = $first_text:literal
        $(, $word:ident = $text:literal)* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        pub enum $name {
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $(#[serde(rename = $text)] $word,)*
        }

        impl $name {
            /// The text as AWS writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$word => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

shapes! {
    PipelineDeclaration {
        name: PipelineName,
        role_arn: String,
        stages: Vec<StageDeclaration>,
    } optional {
        artifact_store: ArtifactStore,
        artifact_stores: BTreeMap<Region, ArtifactStore>,
        version: u32,
        execution_mode: ExecutionMode,
        pipeline_type: PipelineType,
        variables: Vec<PipelineVariableDeclaration>,
        triggers: Vec<PipelineTriggerDeclaration>,
    }

    ArtifactStore {
        r#type: ArtifactStoreType,
        location: BucketName,
    } optional {
        encryption_key: EncryptionKey,
    }

    EncryptionKey { id: String, r#type: EncryptionKeyType } optional {}

    StageDeclaration {
        name: StageName,
        actions: Vec<ActionDeclaration>,
    } optional {
        blockers: Vec<BlockerDeclaration>,
        on_failure: FailureConditions,
        on_success: StageConditions,
        before_entry: StageConditions,
    }

    BlockerDeclaration { name: String, r#type: BlockerType } optional {}

    ActionDeclaration {
        name: ActionName,
        action_type_id: ActionTypeId,
    } optional {
        run_order: u32,
        configuration: BTreeMap<String, String>,
        commands: Vec<String>,
        output_artifacts: Vec<OutputArtifact>,
        input_artifacts: Vec<InputArtifact>,
        output_variables: Vec<String>,
        role_arn: String,
        region: Region,
        namespace: String,
        timeout_in_minutes: u32,
        environment_variables: Vec<EnvironmentVariable>,
    }

    /// Which provider performs an action.
    ActionTypeId {
        category: ActionCategory,
        owner: ActionOwner,
        provider: String,
        version: String,
    } optional {}

    InputArtifact { name: ArtifactName } optional {}
    OutputArtifact { name: ArtifactName } optional { files: Vec<String> }

    EnvironmentVariable {
        name: String,
        value: String,
    } optional {
        r#type: EnvironmentVariableType,
    }

    PipelineVariableDeclaration {
        name: String,
    } optional {
        default_value: String,
        description: String,
    }

    PipelineTriggerDeclaration {
        provider_type: TriggerProviderType,
        git_configuration: GitConfiguration,
    } optional {}

    GitConfiguration {
        source_action_name: ActionName,
    } optional {
        push: Vec<GitPushFilter>,
        pull_request: Vec<GitPullRequestFilter>,
    }

    GitPushFilter {} optional {
        tags: GitFilterCriteria,
        branches: GitFilterCriteria,
        file_paths: GitFilterCriteria,
    }

    GitPullRequestFilter {} optional {
        events: Vec<PullRequestEventType>,
        branches: GitFilterCriteria,
        file_paths: GitFilterCriteria,
    }

    /// `GitBranchFilterCriteria`, `GitTagFilterCriteria` and `GitFilePathFilterCriteria`, which
    /// have the same members.
    GitFilterCriteria {} optional {
        includes: Vec<String>,
        excludes: Vec<String>,
    }

    /// `BeforeEntryConditions` and `SuccessConditions`, which have the same member.
    StageConditions { conditions: Vec<Condition> } optional {}

    FailureConditions {} optional {
        result: ConditionResult,
        retry_configuration: RetryConfiguration,
        conditions: Vec<Condition>,
    }

    RetryConfiguration {} optional { retry_mode: RetryMode }

    Condition {} optional {
        result: ConditionResult,
        rules: Vec<RuleDeclaration>,
    }

    RuleDeclaration {
        name: String,
        rule_type_id: RuleTypeId,
    } optional {
        configuration: BTreeMap<String, String>,
        commands: Vec<String>,
        input_artifacts: Vec<InputArtifact>,
        role_arn: String,
        region: Region,
        timeout_in_minutes: u32,
    }

    RuleTypeId {
        category: RuleCategory,
        provider: String,
    } optional {
        owner: RuleOwner,
        version: String,
    }
}

words! {
    PipelineType { V1 = "V1", V2 = "V2" }
    ExecutionMode { Superseded = "SUPERSEDED", Queued = "QUEUED", Parallel = "PARALLEL" }
    ArtifactStoreType { S3 = "S3" }
    EncryptionKeyType { Kms = "KMS" }
    BlockerType { Schedule = "Schedule" }
    ActionCategory {
        Source = "Source", Build = "Build", Deploy = "Deploy", Test = "Test",
        Invoke = "Invoke", Approval = "Approval", Compute = "Compute",
    }
    ActionOwner { Aws = "AWS", ThirdParty = "ThirdParty", Custom = "Custom" }
    EnvironmentVariableType {
        Plaintext = "PLAINTEXT", SecretsManager = "SECRETS_MANAGER",
        ParameterStore = "PARAMETER_STORE",
    }
    TriggerProviderType { CodeStarSourceConnection = "CodeStarSourceConnection" }
    PullRequestEventType { Open = "OPEN", Updated = "UPDATED", Closed = "CLOSED" }
    ConditionResult { Fail = "FAIL", Rollback = "ROLLBACK", Retry = "RETRY", Skip = "SKIP" }
    RetryMode { FailedActions = "FAILED_ACTIONS", AllActions = "ALL_ACTIONS" }
    RuleCategory { Rule = "Rule" }
    RuleOwner { Aws = "AWS" }
}

impl PipelineDeclaration {
    /// The declared pipeline-level variables.
    pub fn variables(&self) -> &[PipelineVariableDeclaration] {
        self.variables.as_deref().unwrap_or_default()
    }

    /// The declared triggers.
    pub fn triggers(&self) -> &[PipelineTriggerDeclaration] {
        self.triggers.as_deref().unwrap_or_default()
    }

    /// How executions share the pipeline; SUPERSEDED where nothing is declared.
    pub fn execution_mode(&self) -> ExecutionMode {
        self.execution_mode.unwrap_or_default()
    }

    /// The stage of this name.
    pub fn stage(&self, name: &StageName) -> Option<&StageDeclaration> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    /// What stands in the place of a connection's id for a source action that brings a token of its
    /// own; `None` for any other.
    pub fn source_id(&self, source: &ActionDeclaration) -> Option<String> {
        let stage = self.stages.first().filter(|_| source.brings_token())?;
        Some(crate::source_action_id(&self.name, &stage.name, &source.name))
    }

    /// Every source action, in declared order. Only the first stage may hold any.
    pub fn sources(&self) -> impl Iterator<Item = &ActionDeclaration> {
        let actions = self.stages.first().map(|stage| stage.actions.as_slice());
        actions.unwrap_or_default().iter().filter(|action| action.is_source())
    }
}

impl StageDeclaration {
    /// The action of this name.
    pub fn action(&self, name: &ActionName) -> Option<&ActionDeclaration> {
        self.actions.iter().find(|action| action.name == *name)
    }
}

impl ActionDeclaration {
    /// 1 where nothing is declared, as the user guide says.
    pub fn run_order(&self) -> u32 {
        self.run_order.unwrap_or(1)
    }

    /// The configuration's value for a key.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.configuration.as_ref()?.get(key).map(String::as_str)
    }

    /// The names of the artifacts that it takes.
    pub fn inputs(&self) -> impl Iterator<Item = &ArtifactName> {
        self.input_artifacts.iter().flatten().map(|artifact| &artifact.name)
    }

    /// The artifacts that it makes.
    pub fn outputs(&self) -> &[OutputArtifact] {
        self.output_artifacts.as_deref().unwrap_or_default()
    }

    /// The commands of a Commands action.
    pub fn commands(&self) -> &[String] {
        self.commands.as_deref().unwrap_or_default()
    }

    /// Its environment variables.
    pub fn environment(&self) -> &[EnvironmentVariable] {
        self.environment_variables.as_deref().unwrap_or_default()
    }

    /// Whether it brings revisions into the pipeline.
    pub fn is_source(&self) -> bool {
        self.action_type_id.category == ActionCategory::Source
    }

    /// Whether it is the older source action of GitHub's, which brings a token of its own
    /// (`Source/ThirdParty/GitHub/1`).
    pub fn brings_token(&self) -> bool {
        self.action_type_id.is_older_github()
    }

    /// The repository that a source action names; `None` for one that names none.
    pub fn repository(&self) -> Option<RepositoryName> {
        if self.brings_token() {
            let (owner, name) = (self.setting("Owner")?, self.setting("Repo")?);
            return Some(RepositoryName::new(format!("{owner}/{name}")));
        }
        self.setting("FullRepositoryId").map(RepositoryName::new)
    }

    /// The branch that a source action names, which may be a pattern or hold variables; empty
    /// where it names none.
    pub fn branch(&self) -> &str {
        let key = if self.brings_token() { "Branch" } else { "BranchName" };
        self.setting(key).unwrap_or_default()
    }

    /// Whether it waits for a person.
    pub fn is_approval(&self) -> bool {
        self.action_type_id.category == ActionCategory::Approval
    }
}

impl ActionTypeId {
    /// Whether it is `Source/ThirdParty/GitHub/1`.
    pub fn is_older_github(&self) -> bool {
        let Self { category, owner, provider, version } = self;
        let kind = (*category, *owner, provider.as_str(), version.as_str());
        kind == (ActionCategory::Source, ActionOwner::ThirdParty, "GitHub", "1")
    }
}

impl std::fmt::Display for ActionTypeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { category, owner, provider, version } = self;
        write!(f, "{category}/{owner}/{provider}/{version}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_what_comes_back() {
        let sent = serde_json::json!({
            "name": "p", "roleArn": "arn:aws:iam::000000000000:role/r",
            "artifactStore": {"type": "S3", "location": "bucket"},
            "stages": [{"name": "Source", "actions": [{
                "name": "Fetch",
                "actionTypeId": {"category": "Source", "owner": "AWS",
                    "provider": "CodeStarSourceConnection", "version": "1"},
                "runOrder": 1, "inputArtifacts": [], "configuration": {"BranchName": "main"},
            }]}],
            "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
                "sourceActionName": "Fetch", "push": [{"branches": {"includes": ["main"]}}],
                "pullRequest": [{"events": ["OPEN"]}],
            }}],
        });
        let read: PipelineDeclaration = serde_json::from_value(sent.clone()).expect("it reads");
        assert_eq!(serde_json::to_value(&read).expect("it writes"), sent);
        assert_eq!(read.sources().count(), 1);
    }

    #[test]
    fn an_unknown_or_a_missing_member_is_refused() {
        fn check(text: &str, expect: &str) {
            let refused = serde_json::from_str::<PipelineDeclaration>(text).expect_err(text);
            assert!(refused.to_string().contains(expect), "{refused}");
        }
        check(r#"{"name":"p","roleArn":"r","stages":[],"speed":1}"#, "unknown field `speed`");
        check(r#"{"roleArn":"r","stages":[]}"#, "missing field `name`");
    }
}

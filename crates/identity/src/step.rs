//! What a step's token says of it: the claims that Bitbucket makes, byte for byte as it makes them,
//! and beside them those that policies need to tell one pipeline's steps from another's.
//!
//! Everything here comes from rows that the server decided; nothing from the step itself.

mod asked;
mod subject;

use domain::forge_event::{GitRef, RefKind};
use domain::{AttemptRef, CommitSha, Timestamp};
use serde_json::{Map, Value, json};

pub use asked::{Asked, Audience, NamedToken, Unusable};
pub use subject::{Subject, UnusableSubject};

use crate::limits::TOKEN_LIFE_SECONDS_MAX;

/// Every claim that a step's token may have, for the issuer's configuration.
pub const CLAIMS: [&str; 26] = [
    "iss",
    "aud",
    "sub",
    "iat",
    "nbf",
    "exp",
    "jti",
    "stepUuid",
    "pipelineUuid",
    "repositoryUuid",
    "workspaceUuid",
    "branchName",
    "deploymentEnvironmentUuid",
    "account",
    "repository",
    "ref",
    "ref_type",
    "protected",
    "commit",
    "pull_request",
    "environment",
    "pipeline",
    "stage",
    "action",
    "execution",
    "attempt",
];

/// The variable in which Bitbucket hands a step its token.
pub const BITBUCKET_VARIABLE: &str = "BITBUCKET_STEP_OIDC_TOKEN";

/// A step, as its tokens tell of it. The four UUIDs wear braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The attempt that it is a step of.
    pub attempt: AttemptRef,
    /// The repository as its forge names it; empty where the execution has no source.
    pub repository: String,
    /// `BITBUCKET_REPO_UUID`.
    pub repository_uuid: String,
    /// `BITBUCKET_REPO_OWNER_UUID`.
    pub workspace_uuid: String,
    /// `BITBUCKET_PIPELINE_UUID`: the execution's.
    pub pipeline_uuid: String,
    /// `BITBUCKET_STEP_UUID`.
    pub step_uuid: String,
    /// What it deploys to.
    pub environment: Option<Environment>,
    /// The branch or tag that led to the commit; of a pull request its source branch.
    pub git_ref: Option<GitRef>,
    /// Whether the forge protects that ref; `None` where it did not say.
    pub protected: Option<bool>,
    /// The commit.
    pub commit: Option<CommitSha>,
    /// The pull request that started the execution.
    pub pull_request: Option<u64>,
    /// How long it may run: none of its tokens lives longer.
    pub seconds_max: u32,
}

/// A deployment environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `BITBUCKET_DEPLOYMENT_ENVIRONMENT`.
    pub slug: String,
    /// `BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID`, in braces.
    pub uuid: String,
}

impl Step {
    /// The audience of a token for which nobody chose one. The UUID in it wears no braces, though
    /// every claim's does.
    pub fn default_audience(&self) -> String {
        default_audience(&self.workspace_uuid)
    }

    /// Bitbucket's subject: `{repository}:{step}` or `{repository}:{environment}:{step}`.
    pub fn bitbucket_subject(&self) -> String {
        let environment = self.environment.iter().map(|it| it.uuid.as_str());
        let parts: Vec<&str> = [&*self.repository_uuid]
            .into_iter()
            .chain(environment)
            .chain([&*self.step_uuid])
            .collect();
        parts.join(":")
    }

    /// The claims of one token. `id` is its `jti`, new for each.
    pub fn claims(
        &self,
        issuer: &str,
        subject: &str,
        audience: &Audience,
        id: &str,
        at: Timestamp,
    ) -> Map<String, Value> {
        let issued = at.0 / 1000;
        let life = i64::from(self.seconds_max).min(TOKEN_LIFE_SECONDS_MAX);
        let mut claims = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            debug_assert!(CLAIMS.contains(&name), "{name} is not announced");
            claims.extend(value.map(|value| (name.to_owned(), value)));
        };
        let branch = self.git_ref.as_ref().filter(|it| it.kind == RefKind::Branch);
        set("iss", Some(json!(issuer)));
        set("aud", Some(audience.claim(&self.default_audience())));
        set("sub", Some(json!(subject)));
        set("iat", Some(json!(issued)));
        set("nbf", Some(json!(issued)));
        set("exp", Some(json!(issued + life)));
        set("jti", Some(json!(id)));
        set("stepUuid", Some(json!(self.step_uuid)));
        set("pipelineUuid", Some(json!(self.pipeline_uuid)));
        set("repositoryUuid", Some(json!(self.repository_uuid)));
        set("workspaceUuid", Some(json!(self.workspace_uuid)));
        set("branchName", branch.map(|it| json!(it.name)));
        set("deploymentEnvironmentUuid", self.environment.as_ref().map(|it| json!(it.uuid)));
        set("account", Some(json!(self.attempt.account)));
        set("repository", Some(json!(self.repository)));
        set("ref", self.git_ref.as_ref().map(|it| json!(it.full())));
        set("ref_type", self.git_ref.as_ref().map(|it| json!(it.kind.as_str())));
        set("protected", self.protected.map(|it| json!(it.to_string())));
        set("commit", self.commit.as_ref().map(|it| json!(it)));
        set("pull_request", self.pull_request.map(|it| json!(it.to_string())));
        set("environment", self.environment.as_ref().map(|it| json!(it.slug)));
        set("pipeline", Some(json!(self.attempt.pipeline)));
        set("stage", Some(json!(self.attempt.stage)));
        set("action", Some(json!(self.attempt.action)));
        set("execution", Some(json!(self.attempt.execution)));
        set("attempt", Some(json!(self.attempt.attempt.to_string())));
        claims
    }
}

/// The audience that a workspace's tokens have unless another was chosen.
pub fn default_audience(workspace_uuid: &str) -> String {
    let bare = workspace_uuid.trim_start_matches('{').trim_end_matches('}');
    format!("ari:cloud:bitbucket::workspace/{bare}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn step() -> Step {
        let braced = |digit: &str| {
            let of = |count| digit.repeat(count);
            format!("{{{}-{}-4{}-8{}-{}}}", of(8), of(4), of(3), of(3), of(12))
        };
        Step {
            attempt: AttemptRef {
                account: "000000000000".into(),
                pipeline: "app".into(),
                execution: "e1".into(),
                stage: "Deploy".into(),
                action: "Push".into(),
                attempt: 1,
            },
            repository: "team/site".to_owned(),
            repository_uuid: braced("a"),
            workspace_uuid: braced("b"),
            pipeline_uuid: braced("c"),
            step_uuid: braced("d"),
            environment: None,
            git_ref: Some(GitRef::branch("main")),
            protected: None,
            commit: Some(CommitSha::new("f".repeat(40))),
            pull_request: None,
            seconds_max: 600,
        }
    }

    fn claims(step: &Step, audience: &Audience) -> Map<String, Value> {
        let subject = step.bitbucket_subject();
        let issuer = "https://ci.example.com/oidc/000000000000";
        step.claims(issuer, &subject, audience, "j", Timestamp(1_700_000_000_999))
    }

    #[test]
    fn a_step_of_a_branch_has_bitbuckets_claims_with_their_braces() {
        let step = step();
        let claims = claims(&step, &Audience::Default);
        assert_eq!(claims["sub"], format!("{}:{}", step.repository_uuid, step.step_uuid));
        assert_eq!(
            claims["aud"],
            "ari:cloud:bitbucket::workspace/bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
        );
        assert_eq!(claims["branchName"], "main");
        assert_eq!(claims["workspaceUuid"], step.workspace_uuid);
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&json!(1_700_000_000), &json!(1_700_000_600))
        );
        assert!(!claims.contains_key("deploymentEnvironmentUuid"));
        assert_eq!((&claims["ref"], &claims["attempt"]), (&json!("refs/heads/main"), &json!("1")));
    }

    #[test]
    fn what_the_forge_says_of_the_ref_is_a_text_and_left_out_where_it_says_nothing() {
        let of = |protected| claims(&Step { protected, ..step() }, &Audience::Default);
        assert_eq!(of(Some(true))["protected"], "true");
        assert_eq!(of(Some(false))["protected"], "false");
        assert!(!of(None).contains_key("protected"));
    }

    #[test]
    fn a_deploying_step_names_its_environment_in_the_middle_of_its_subject() {
        let uuid = "{eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee}".to_owned();
        let environment = Some(Environment { slug: "production".to_owned(), uuid: uuid.clone() });
        let step = Step { environment, ..step() };
        let claims = claims(&step, &Audience::Default);
        assert_eq!(claims["sub"], format!("{}:{uuid}:{}", step.repository_uuid, step.step_uuid));
        assert_eq!(
            (&claims["deploymentEnvironmentUuid"], &claims["environment"]),
            (&json!(uuid), &json!("production"))
        );
    }

    #[test]
    fn a_tag_has_no_branch_name_and_no_token_outlives_an_hour() {
        let git_ref = Some(GitRef::tag("v1"));
        let claims = claims(&Step { git_ref, seconds_max: 40_000, ..step() }, &Audience::Default);
        assert!(!claims.contains_key("branchName"));
        assert_eq!((&claims["ref_type"], &claims["exp"]), (&json!("tag"), &json!(1_700_003_600)));
    }
}

//! What STS makes of a token's claims: the condition keys of a trust policy.

use serde_json::Value as Json;

use super::session::Tag;
use super::{Assumption, Provider, bare_issuer};
use crate::policy::{Context, Value};
use crate::token::Claims;

/// Claims that become keys besides `aud`, `sub`, `amr`, `email` and `oaud`, for the issuers that the
/// guide lists them for. Of all others STS knows none, and a condition on one is never met.
const LISTED_CLAIMS: &[(&str, &[&str])] = &[
    (
        "token.actions.githubusercontent.com",
        &[
            "actor",
            "actor_id",
            "job_workflow_ref",
            "repository",
            "repository_id",
            "repository_owner_id",
            "workflow",
            "ref",
            "environment",
            "enterprise_id",
        ],
    ),
    (
        "gitlab.com",
        &[
            "namespace_id",
            "project_id",
            "user_id",
            "user_login",
            "user_email",
            "user_access_level",
            "ref_protected",
            "pipeline_source",
            "runner_environment",
        ],
    ),
    ("oidc.circleci.com", &["oidc.circleci.com/project-id"]),
    (
        "agent.buildkite.com",
        &[
            "organization_slug",
            "organization_id",
            "pipeline_slug",
            "pipeline_id",
            "cluster_name",
            "cluster_id",
            "build_branch",
        ],
    ),
    ("accounts.google.com", &["google/organization_number"]),
];

/// Whether STS makes a key of this claim of this issuer.
pub fn is_exposed(provider: &Provider, claim: &str) -> bool {
    let issuer = bare_issuer(&provider.issuer);
    let host = issuer.split('/').next().unwrap_or_default();
    let listed = LISTED_CLAIMS.iter().find(|(of, _)| *of == host);
    let everywhere = ["aud", "sub", "amr", "email", "oaud"].contains(&claim);
    everywhere || provider.ours || listed.is_some_and(|(_, claims)| claims.contains(&claim))
}

/// The request's keys: those of the claims, and those of STS itself.
pub(crate) fn context(
    claims: &Claims,
    provider: &Provider,
    assumption: &Assumption,
    tags: &[Tag],
    source_identity: Option<&str>,
) -> Context {
    let mut context = assumption.context.clone();
    let issuer = bare_issuer(&provider.issuer);
    for (claim, value) in &claims.all {
        if is_exposed(provider, claim) {
            context.set(&format!("{issuer}:{claim}"), values(value));
        }
    }
    let text = |text: &str| Value::from(text);
    // After the others: a claim `SUB` must not stand for `sub`, though keys have no case.
    context.set(&format!("{issuer}:sub"), [text(&claims.subject)]);
    let audiences = claims.effective_audiences();
    context.set(&format!("{issuer}:aud"), audiences.iter().map(|it| text(it)));
    context.set(&format!("{issuer}:oaud"), claims.audiences.iter().map(|it| text(it)));
    context.set("aws:FederatedProvider", [text(&provider.arn)]);
    context.set("sts:RoleSessionName", [text(assumption.session_name)]);
    let seconds = Value::Number(i64::from(assumption.duration_seconds));
    context.set("sts:DurationSeconds", [seconds]);
    context.set("sts:SourceIdentity", source_identity.map(text));
    for tag in tags {
        context.set(&format!("aws:RequestTag/{}", tag.key), [text(&tag.value)]);
    }
    context.set("aws:TagKeys", tags.iter().map(|tag| text(&tag.key)));
    let transitive = tags.iter().filter(|tag| tag.transitive);
    context.set("sts:TransitiveTagKeys", transitive.map(|tag| text(&tag.key)));
    context
}

/// A claim as values of a key; what is neither a scalar nor a list of scalars is none.
fn values(claim: &Json) -> Vec<Value> {
    match claim {
        Json::String(text) => vec![Value::from(text.as_str())],
        Json::Bool(flag) => vec![Value::Flag(*flag)],
        Json::Number(number) => vec![Value::Text(number.to_string())],
        Json::Array(list) => list.iter().filter(|it| !it.is_array()).flat_map(values).collect(),
        Json::Null | Json::Object(_) => vec![],
    }
}

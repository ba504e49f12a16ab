//! What a running server knows for `oidc explain` and `oidc setup`: what the token of a pipeline's
//! action will say, and what a role of the account trusts. Judging it is left to the doctor.

use anyhow::{Context, Result};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use wire::Service;
use wire::client::element;
use wire::towpath::{DescribeStepTokenInput, DescribeStepTokenOutput};

use super::Client;
use crate::local::{ExplainArgs, Piece, SetupArgs};

/// The pieces that flags of `oidc explain` name on the server.
///
/// # Errors
/// The server refused, or does not answer.
pub(super) async fn pieces(client: &Client, flags: &ExplainArgs) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut named = flags.role.clone();
    if let Some(pipeline) = &flags.pipeline {
        let token = token(client, pipeline, &flags.step, &flags.environment).await?;
        let name = format!("pipeline {pipeline}, {} / {}", token.stage_name, token.action_name);
        pieces.push(Piece { name, text: token.claims });
        named = named.or(token.role_arn);
    }
    if let Some(role) = named {
        pieces.push(Piece { text: get_role(client, &role).await?, name: role });
    }
    Ok(pieces)
}

/// Fills in whose tokens they are of which `oidc setup` is told the pipeline alone.
///
/// # Errors
/// The server refused, or does not answer.
pub(super) async fn complete(client: &Client, flags: &mut SetupArgs) -> Result<()> {
    let tokens = flags.tokens_mut();
    let Some(pipeline) = &tokens.pipeline else { return Ok(()) };
    let token = token(client, pipeline, &tokens.action, &tokens.environment).await?;
    let claims: Value = serde_json::from_str(&token.claims)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let audience = text(&claims["aud"]).or_else(|| text(&claims["aud"][0]));
    tokens.issuer = tokens.issuer.take().or(text(&claims["iss"]));
    tokens.audience = tokens.audience.take().or(audience);
    tokens.subject = tokens.subject.take().or(Some(token.subject));
    Ok(())
}

async fn token(
    client: &Client,
    pipeline: &str,
    action: &Option<String>,
    environment: &Option<String>,
) -> Result<DescribeStepTokenOutput> {
    let input = DescribeStepTokenInput {
        pipeline_name: pipeline.into(),
        action_name: action.as_deref().map(Into::into),
        environment: environment.clone(),
    };
    Ok(client.call(Service::Towpath, "DescribeStepToken", &input).await?)
}

/// A role by its name or ARN, as `aws iam get-role` shows it.
async fn get_role(client: &Client, role: &str) -> Result<String> {
    let name = role.rsplit('/').next().unwrap_or(role);
    let xml = client.query(Service::Iam, "GetRole", &[("RoleName", name)]).await?;
    let text = |name: &str| element(&xml, name).unwrap_or_default();
    let document = text("AssumeRolePolicyDocument");
    let trust = percent_decode_str(&document).decode_utf8()?;
    let trust: Value =
        serde_json::from_str(&trust).context("the role's trust policy is no JSON")?;
    let seconds: Option<u64> = text("MaxSessionDuration").parse().ok();
    let role = json!({"Role": {
        "Arn": text("Arn"), "MaxSessionDuration": seconds, "AssumeRolePolicyDocument": trust,
    }});
    Ok(serde_json::to_string_pretty(&role)?)
}

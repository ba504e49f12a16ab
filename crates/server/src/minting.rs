//! Makes a step's tokens, at the moment when the step begins.

use anyhow::Result;
use effects::Bearer;
use identity::step::BITBUCKET_VARIABLE;
use operations::issuer;
use runners::{Identity, Token};

use crate::issuers::signer;
use crate::limits::ROLE_SESSION_NAME_CHARS_MAX;
use crate::shared::Shared;

/// What a step gets that asked who it is.
///
/// # Errors
/// Why it has no token, for the reader of its log; the cause is in the server's.
pub async fn identity(shared: &Shared, bearer: &Bearer) -> Result<Identity, String> {
    let tokens = match tokens(shared, bearer).await {
        Ok(tokens) => tokens,
        Err(cause) => {
            let (attempt, cause) = (&bearer.step.attempt, format!("{cause:#}"));
            tracing::error!(pipeline = %attempt.pipeline, execution = %attempt.execution, cause, "a step's token could not be made");
            return Err("its token could not be made; the server's log says why".to_owned());
        }
    };
    Ok(Identity { tokens, environment: environment(shared, bearer), notices: Vec::new() })
}

async fn tokens(shared: &Shared, bearer: &Bearer) -> Result<Vec<Token>> {
    let account = &bearer.step.attempt.account;
    let key = signer(shared, account, bearer.asked.algorithm).await?;
    let issuer = issuer::url(&shared.public_url, account);
    let (mut tokens, mut minted) = (Vec::new(), Vec::new());
    for asked in &bearer.asked.tokens {
        let (id, at) = (shared.entropy.uuid(), shared.now());
        let claims = bearer.step.claims(&issuer, &bearer.subject, &asked.audience, &id, at);
        let token = key.sign(&claims)?;
        minted.push((claims["aud"].to_string(), id));
        let assumes = bearer.asked.role_arn.is_some() && asked.variable == BITBUCKET_VARIABLE;
        let mut file_variables = vec![format!("{}_FILE", asked.variable)];
        file_variables.extend(assumes.then(|| "AWS_WEB_IDENTITY_TOKEN_FILE".to_owned()));
        tokens.push(Token { variable: asked.variable.clone(), file_variables, token });
    }
    let (account, subject) = (account.clone(), bearer.subject.clone());
    let recorded = issuer::Minted { account, subject, tokens: minted };
    shared.desk.take(&recorded, shared.now()).await?;
    Ok(tokens)
}

/// Where a role is named, everything that AWS's own clients need to assume it by themselves.
fn environment(shared: &Shared, bearer: &Bearer) -> Vec<(String, String)> {
    let Some(role) = &bearer.asked.role_arn else { return Vec::new() };
    let (region, address) = (shared.region.to_string(), shared.address.clone());
    let set = [
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ROLE_ARN", role.clone()),
        ("AWS_ROLE_SESSION_NAME", session_name(bearer)),
        ("AWS_ENDPOINT_URL", address.clone()),
        ("AWS_ENDPOINT_URL_STS", address),
    ];
    set.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Which pipeline and execution a session is of, as whoever reads of it later sees it. Every
/// character of both stands in what STS takes.
fn session_name(bearer: &Bearer) -> String {
    let attempt = &bearer.step.attempt;
    let execution: String = attempt.execution.as_str().chars().take(8).collect();
    let rest = ROLE_SESSION_NAME_CHARS_MAX - execution.len() - 1;
    let pipeline: String = attempt.pipeline.as_str().chars().take(rest).collect();
    format!("{pipeline}-{execution}")
}

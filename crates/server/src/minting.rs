//! Makes a step's tokens: those that it asked for when it begins, and further ones while it runs.

use std::net::SocketAddrV4;
use std::sync::Arc;

use anyhow::Result;
use domain::{ActionExecutionId, Secret};
use effects::Bearer;
use identity::step::{Audience, BITBUCKET_VARIABLE};
use operations::issuer;
use runners::{Identity, Token};

use crate::askers::{Asking, NotGiven};
use crate::issuers::signer;
use crate::limits::ROLE_SESSION_NAME_CHARS_MAX;
use crate::shared::Shared;

/// The variables by which a step asks for further tokens, as GitHub's runners call them.
const REQUEST: (&str, &str) = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL");

/// A further token for a step that runs, for this audience.
///
/// # Errors
/// Why there is none: nobody asks with this any more, very many were asked for, or the server failed.
pub async fn further(
    shared: &Shared,
    asking: &Asking,
    audience: Audience,
) -> Result<Secret, NotGiven> {
    let (bearer, masked) = shared.askers.ask(asking)?;
    let account = &bearer.step.attempt.account;
    let key = signer(shared, account, bearer.asked.algorithm).await?;
    let (issuer, id) = (issuer::url(&shared.public_url, account), shared.entropy.uuid());
    let claims = bearer.step.claims(&issuer, &bearer.subject, &audience, &id, shared.now());
    let token = key.sign(&claims).map_err(anyhow::Error::from)?;
    record(shared, &bearer, vec![(claims["aud"].to_string(), id)]).await?;
    // Before the step has it: it prints nothing that is not known.
    masked.add(token.clone());
    Ok(token)
}

/// The audit log says who was given what, or nobody is given anything.
async fn record(shared: &Shared, bearer: &Bearer, tokens: Vec<(String, String)>) -> Result<()> {
    let (account, subject) = (bearer.step.attempt.account.clone(), bearer.subject.clone());
    let recorded = issuer::Minted { account, subject, tokens };
    Ok(shared.desk.take(&recorded, shared.now()).await?)
}

/// What a step gets that asked who it is. Where it has a gateway, that is where it finds this server.
///
/// # Errors
/// Why it has no token, for the reader of its log; the cause is in the server's.
pub async fn identity(
    shared: &Arc<Shared>,
    attempt: &ActionExecutionId,
    bearer: &Bearer,
    gateway: Option<SocketAddrV4>,
) -> Result<Identity, String> {
    let mut tokens = match tokens(shared, bearer).await {
        Ok(tokens) => tokens,
        Err(cause) => {
            let (attempt, cause) = (&bearer.step.attempt, format!("{cause:#}"));
            tracing::error!(pipeline = %attempt.pipeline, execution = %attempt.execution, cause, "a step's token could not be made");
            return Err("its token could not be made; the server's log says why".to_owned());
        }
    };
    let word = Secret::new(hex::encode(shared.nonce()));
    let further = shared.askers.admit(&word, attempt, bearer);
    let asking = Asking::with(word.expose());
    tokens.push(Token { variable: REQUEST.0.to_owned(), file_variables: Vec::new(), token: word });
    let environment = environment(shared, bearer, gateway);
    let gateway = gateway.map(|address| crate::gateway::serve(shared, address, asking));
    Ok(Identity { tokens, environment, gateway, further, ..Identity::default() })
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
    record(shared, bearer, minted).await?;
    Ok(tokens)
}

/// Where further tokens are asked for, and where AWS's own clients find this server: always where there
/// is no other way out, and else where a role is named, with everything else that they need to
/// assume it by themselves.
fn environment(
    shared: &Shared,
    bearer: &Bearer,
    gateway: Option<SocketAddrV4>,
) -> Vec<(String, String)> {
    let account = &bearer.step.attempt.account;
    let address = gateway.map_or(shared.address.clone(), |gateway| format!("http://{gateway}"));
    // Clients append `&audience=…`.
    let url = format!("{address}/oidc/{account}/token?api-version=1");
    let mut environment = vec![(REQUEST.1.to_owned(), url)];
    environment.extend(environment_of_role(shared, bearer));
    if gateway.is_some() || bearer.asked.role_arn.is_some() {
        let names = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"];
        environment.extend(names.map(|name| (name.to_owned(), address.clone())));
    }
    environment
}

fn environment_of_role(shared: &Shared, bearer: &Bearer) -> Vec<(String, String)> {
    let Some(role) = &bearer.asked.role_arn else { return Vec::new() };
    let region = shared.region.to_string();
    let set = [
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ROLE_ARN", role.clone()),
        ("AWS_ROLE_SESSION_NAME", session_name(bearer)),
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

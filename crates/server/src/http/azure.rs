//! `/azure/<tenant>/…`: the token endpoint of Microsoft Entra with what libraries ask before they use
//! it. What is decided is `operations::entra`'s; the account's issuer signs the app's token.

use std::sync::Arc;

use anyhow::Context;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::{AccountId, Secret};
use identity::keys::{Key, key_set};
use identity::token::Algorithm;
use operations::caller::request_id;
use operations::entra::{Exchange, no_keys, no_tenant};
use operations::limits::ENTRA_TOKEN_SECONDS;
use operations::relying_parties::{self, account_of, authority};
use serde_json::{Map, Value};
use wire::entra::{self, Error};

use super::body::read;
use super::token_calls::{is_one_too_many, show};
use crate::issuers::{keys, signer};
use crate::limits::TOKEN_REQUEST_BYTES_MAX;
use crate::shared::Shared;

/// What is served below `/azure`.
pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/common/discovery/instance", get(instance))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(published_keys))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let correlation = correlation(request.headers()).unwrap_or_else(|| shared.entropy.uuid());
    let body = match read(request.into_body(), TOKEN_REQUEST_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    match exchange(&shared, &tenant, &body).await {
        Ok(Ok(token)) => Json(entra::token(&token, ENTRA_TOKEN_SECONDS)).into_response(),
        Ok(Err(_)) if is_one_too_many(&shared) => said(&shared, &too_many(), &correlation),
        Ok(Err(error)) => said(&shared, &error, &correlation),
        Err(cause) => {
            tracing::error!(tenant, cause = %format!("{cause:#}"), "a token could not be exchanged");
            let error = Error::new(
                90_033,
                "temporarily_unavailable",
                "A transient error has occurred. Please try again.",
            );
            said(&shared, &error, &correlation)
        }
    }
}

/// What the caller calls the request, where it is a UUID.
fn correlation(headers: &HeaderMap) -> Option<String> {
    let named = headers.get("client-request-id")?.to_str().ok()?;
    identity::lint::is_uuid(named).then(|| named.to_owned())
}

fn too_many() -> Error {
    Error::new(
        90_055,
        "invalid_request",
        "The server has terminated the request because it has received too many requests.",
    )
}

async fn exchange(
    shared: &Shared,
    tenant: &str,
    body: &[u8],
) -> anyhow::Result<Result<Secret, Error>> {
    let begun = entra::read(body).and_then(|request| {
        Exchange::new(tenant, request, &shared.public_url, shared.entropy.uuid())
    });
    let mut turn = match begun {
        Ok(turn) => turn,
        Err(error) => return Ok(Err(error)),
    };
    let shown = show(shared, &mut turn, &request_id(&shared.nonce())).await?;
    match shown.unwrap_or_else(|| Err(no_keys())) {
        Ok(claims) => sign(shared, &turn, &claims).await.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

async fn sign(
    shared: &Shared,
    turn: &Exchange,
    claims: &Map<String, Value>,
) -> anyhow::Result<Secret> {
    let key = signer(shared, turn.account(), Algorithm::Rs256).await.context("signing")?;
    Ok(key.sign(claims)?)
}

fn said(shared: &Shared, error: &Error, correlation: &str) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = error.body(&shared.entropy.uuid(), correlation, shared.now());
    (status, Json(body)).into_response()
}

async fn configuration(State(shared): State<Arc<Shared>>, Path(tenant): Path<String>) -> Response {
    let authority = authority(&shared.public_url);
    let told = |account: &AccountId, _: &[Key]| {
        entra::configuration(&authority, &relying_parties::tenant(account))
    };
    of_tenant(&shared, &tenant, told).await
}

async fn instance(State(shared): State<Arc<Shared>>) -> Response {
    Json(entra::instance(&authority(&shared.public_url), "common")).into_response()
}

/// The keys that apps' tokens are signed with: those of the account's issuer.
async fn published_keys(State(shared): State<Arc<Shared>>, Path(tenant): Path<String>) -> Response {
    of_tenant(&shared, &tenant, |_, keys| key_set(keys, shared.now())).await
}

/// What is told of a tenant's account and its keys; of one that is not here, that it is not.
async fn of_tenant(
    shared: &Shared,
    tenant: &str,
    told: impl FnOnce(&AccountId, &[Key]) -> Value,
) -> Response {
    let unknown = || said(shared, &no_tenant(tenant), &shared.entropy.uuid());
    let Some(account) = account_of(tenant) else { return unknown() };
    match keys(shared, &account).await {
        Ok(Some(keys)) => Json(told(&account, &keys)).into_response(),
        Ok(None) => unknown(),
        Err(cause) => {
            tracing::error!(tenant, cause = %format!("{cause:#}"), "a tenant's keys cannot be had");
            (StatusCode::SERVICE_UNAVAILABLE, "the keys cannot be had\n").into_response()
        }
    }
}

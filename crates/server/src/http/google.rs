//! `/google/v1/…`: Google's token exchange, what a token of it says, and the tokens of service
//! accounts. What is decided is `operations::google`'s.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use operations::caller::{Sealer, request_id};
use operations::google::{AccessToken, Exchange, Given, Impersonate, no_keys};
use wire::google::{
    ApiError, Error, Introspected, exchanged, impersonated, introspection, read_exchange,
    read_impersonation,
};
use wire::{AwsError, form};

use super::api::failed;
use super::body::read;
use super::token_calls::{is_one_too_many, show};
use crate::limits::TOKEN_REQUEST_BYTES_MAX;
use crate::shared::Shared;

/// What is served below `/google`.
pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/token", post(token))
        .route("/v1/introspect", post(introspect))
        .route("/v1/projects/{project}/serviceAccounts/{call}", post(service_account))
}

fn kind(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.unwrap_or_default().to_ascii_lowercase()
}

async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let kind = kind(request.headers());
    let body = match read(request.into_body(), TOKEN_REQUEST_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    match exchange(&shared, &kind, &body).await {
        Ok(Ok((token, expires))) => {
            let seconds = (expires.0 - shared.now().0) / 1000;
            Json(exchanged(&token, seconds)).into_response()
        }
        Ok(Err(error)) => {
            let error = if is_one_too_many(&shared) { too_many() } else { error };
            (StatusCode::BAD_REQUEST, Json(error.body())).into_response()
        }
        Err(_) => {
            let error = Error::new("server_error", "The token could not be exchanged; try again.");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(error.body())).into_response()
        }
    }
}

fn too_many() -> Error {
    Error::new("temporarily_unavailable", "Too many tokens were refused; try again.")
}

async fn exchange(
    shared: &Shared,
    kind: &str,
    body: &[u8],
) -> Result<Result<Given, Error>, AwsError> {
    let sealer = Sealer::of(shared.vault.clone());
    let begun = read_exchange(kind, body)
        .and_then(|request| Exchange::new(request, &shared.public_url, sealer));
    let mut turn = match begun {
        Ok(turn) => turn,
        Err(error) => return Ok(Err(error)),
    };
    let shown = show(shared, &mut turn, &request_id(&shared.nonce())).await?;
    Ok(shown.unwrap_or_else(|| Err(no_keys())))
}

/// `…/serviceAccounts/ADDRESS:generateAccessToken`.
async fn service_account(
    State(shared): State<Arc<Shared>>,
    Path((_, call)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(address) = call.strip_suffix(":generateAccessToken") else {
        return (StatusCode::NOT_FOUND, "only generateAccessToken is spoken here\n")
            .into_response();
    };
    let bearer = bearer(&shared, request.headers());
    let body = match read(request.into_body(), TOKEN_REQUEST_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let asked = bearer.ok_or(ApiError::Unauthenticated);
    let asked = asked.and_then(|bearer| Ok((bearer, read_impersonation(&body)?)));
    let (shown, asked) = match asked {
        Ok(asked) => asked,
        Err(error) => return said(error),
    };
    let sealer = Sealer::of(shared.vault.clone());
    let turn = Impersonate { shown, address: address.to_owned(), asked, sealer };
    match shared.desk.take(&turn, shared.now()).await {
        Ok(Ok((token, expires))) => Json(impersonated(&token, expires)).into_response(),
        Ok(Err(error)) => said(error),
        Err(failure) => {
            let error = failed(&failure, &request_id(&shared.nonce()));
            let status = StatusCode::from_u16(error.status);
            (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), error.message).into_response()
        }
    }
}

fn said(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(error.body())).into_response()
}

/// The access token that a request is made with, if it is a good one.
fn bearer(shared: &Shared, headers: &HeaderMap) -> Option<AccessToken> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    AccessToken::open(value.strip_prefix("Bearer ")?, &shared.vault, shared.now())
}

/// What a token says, to whoever has it.
async fn introspect(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let body = match read(request.into_body(), TOKEN_REQUEST_BYTES_MAX).await {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let token = form::read(&body).ok().and_then(|mut form| form.remove("token"));
    let opened = token.and_then(|token| AccessToken::open(&token, &shared.vault, shared.now()));
    let username = opened.as_ref().map(AccessToken::username).unwrap_or_default();
    let introspected = opened.as_ref().map(|token| Introspected {
        username: &username,
        scope: &token.scope,
        expires: token.expires,
    });
    Json(introspection(introspected.as_ref())).into_response()
}

//! GitLab as an OAuth provider: tokens expire, and each refresh ends the pair before it.

use crate::Shared;
use crate::oauth::{authorize, decide, request};
use crate::problem::Problem;
use crate::token_answer::{Words, answer, dated_pair};
use crate::world::grant::Refused;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/oauth/authorize", get(authorize).post(decide))
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/token/info", get(info))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let asked = request(&headers, query.as_deref().unwrap_or_default(), &body);
    answer(shared.issue(&asked).map(|issued| dated_pair(&shared, &issued)), words)
}

fn words(refused: Refused) -> Words {
    match refused {
        Refused::Client => (
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
        ),
        Refused::GrantType => (
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        ),
        Refused::Code | Refused::RedirectUri | Refused::Verifier | Refused::RefreshToken => (
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
        ),
    }
}

/// RFC 7009: the answer does not say whether there was such a token.
async fn revoke(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let asked = request(&headers, "", &body);
    let token = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "token");
    let mut world = shared.world();
    let known = |it: &crate::world::grant::OAuthClient| {
        it.id == asked.client_id && it.secret == asked.client_secret
    };
    if !world.grants.clients.iter().any(known) {
        let body = json!({"error": "unauthorized_client"});
        return (StatusCode::FORBIDDEN, Json(body)).into_response();
    }
    token.iter().for_each(|(_, token)| world.grants.revoke(token));
    Json(json!({})).into_response()
}

async fn info(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = sent.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default();
    let caller = shared.caller(token).ok_or(Problem::BadCredentials)?;
    let world = shared.world();
    let expires_at = world.grants.token(token, shared.now()).and_then(|it| it.expires_at);
    Ok(Json(json!({
        "resource_owner_id": caller.user.id,
        "scope": caller.scope.split(' ').collect::<Vec<_>>(),
        "expires_in": expires_at.map(|at| at.millis_since(shared.now()) / 1000),
    })))
}

//! Bitbucket Data Center as an OAuth provider: what it asks for comes in a form or in the query.

use crate::Shared;
use crate::oauth::{authorize, decide, request};
use crate::world::grant::{Issued, Refused};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/rest/oauth2/latest/authorize", get(authorize).post(decide))
        .route("/rest/oauth2/latest/token", post(token))
        .route("/rest/oauth2/latest/revoke", post(revoke))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let asked = request(&headers, query.as_deref().unwrap_or_default(), &body);
    match shared.issue(&asked) {
        Ok(issued) => Json(granted(&shared, &issued)).into_response(),
        Err(refused) => {
            let (status, error, text) = words(refused);
            (status, Json(json!({"error": error, "error_description": text}))).into_response()
        }
    }
}

fn granted(shared: &Shared, issued: &Issued) -> Value {
    let mut answer = json!({
        "access_token": issued.access,
        "token_type": "Bearer",
        "scope": issued.scope,
        "created_at": shared.now().0 / 1000,
    });
    if let Some(seconds) = issued.expires_in {
        answer["expires_in"] = json!(seconds);
    }
    if let Some(refresh) = &issued.refresh {
        answer["refresh_token"] = json!(refresh);
    }
    answer
}

fn words(refused: Refused) -> (StatusCode, &'static str, &'static str) {
    match refused {
        Refused::Client => {
            (StatusCode::UNAUTHORIZED, "invalid_client", "Client credentials are not valid")
        }
        Refused::GrantType => {
            (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Grant type is not supported")
        }
        Refused::RefreshToken => {
            (StatusCode::BAD_REQUEST, "invalid_grant", "Refresh token is not valid")
        }
        Refused::Code | Refused::RedirectUri | Refused::Verifier => {
            (StatusCode::BAD_REQUEST, "invalid_grant", "Authorization code is not valid")
        }
    }
}

async fn revoke(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    body: String,
) -> StatusCode {
    let query = query.unwrap_or_default();
    let pairs =
        form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body.as_bytes()));
    let tokens: Vec<_> = pairs.filter(|(name, _)| name == "token").map(|(_, it)| it).collect();
    tokens.iter().for_each(|token| shared.world().grants.revoke(token));
    StatusCode::OK
}

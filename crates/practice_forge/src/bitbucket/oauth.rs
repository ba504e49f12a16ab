//! Bitbucket Cloud's code flow: the client authenticates with HTTP Basic, and its scopes are those
//! of the consumer.

use crate::Shared;
use crate::oauth::{authorize, decide, request};
use crate::world::grant::{Issued, Refused};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/site/oauth2/authorize", get(authorize).post(decide))
        .route("/site/oauth2/access_token", post(token))
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let asked = request(&headers, "", &body);
    match shared.issue(&asked) {
        Ok(issued) => Json(granted(&issued, &asked.grant_type)).into_response(),
        Err(refused) => {
            let (status, error, text) = words(refused);
            (status, Json(json!({"error": error, "error_description": text}))).into_response()
        }
    }
}

/// `scopes`, in the plural.
fn granted(issued: &Issued, grant_type: &str) -> Value {
    let mut answer = json!({
        "access_token": issued.access,
        "scopes": issued.scope,
        "token_type": "bearer",
        "state": grant_type,
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
            (StatusCode::BAD_REQUEST, "unauthorized_client", "Invalid OAuth client credentials")
        }
        Refused::GrantType => {
            (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type")
        }
        Refused::RefreshToken => {
            (StatusCode::BAD_REQUEST, "invalid_grant", "Invalid refresh_token")
        }
        Refused::Code | Refused::RedirectUri | Refused::Verifier => {
            (StatusCode::BAD_REQUEST, "invalid_grant", "The specified code is not valid.")
        }
    }
}

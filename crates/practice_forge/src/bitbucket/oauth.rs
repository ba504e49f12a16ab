//! Bitbucket Cloud's code flow: the client authenticates with HTTP Basic, and its scopes are those
//! of the consumer.

use crate::Shared;
use crate::oauth::{authorize, decide, request};
use crate::token_answer::{Words, answer, pair};
use crate::world::grant::{Issued, Refused};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/site/oauth2/authorize", get(authorize).post(decide))
        .route("/site/oauth2/access_token", post(token))
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let asked = request(&headers, "", &body);
    let granted = shared.issue(&asked).map(|issued| granted(&issued, &asked.grant_type));
    answer(granted, words)
}

/// `scopes`, in the plural.
fn granted(issued: &Issued, grant_type: &str) -> Value {
    pair(issued, json!({"scopes": issued.scope, "token_type": "bearer", "state": grant_type}))
}

fn words(refused: Refused) -> Words {
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

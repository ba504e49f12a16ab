//! Bitbucket Data Center as an OAuth provider: what it asks for comes in a form or in the query.

use crate::Shared;
use crate::oauth::{authorize, decide, request};
use crate::token_answer::{Words, answer, dated_pair};
use crate::world::grant::Refused;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
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
    answer(shared.issue(&asked).map(|issued| dated_pair(&shared, &issued)), words)
}

fn words(refused: Refused) -> Words {
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

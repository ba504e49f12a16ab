//! What an account's issuer publishes: its configuration (OpenID Connect Discovery 1.0) and its key
//! set (RFC 7517). Everybody may read both.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::AccountId;
use identity::keys::{Key, key_set};
use operations::issuer::{ALGORITHMS, url};
use serde_json::{Value, json};

use crate::issuers;
use crate::limits::KEY_SET_FRESH_SECONDS;
use crate::shared::Shared;

/// `/oidc/<account>/.well-known/openid-configuration`.
pub async fn configuration(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
) -> Response {
    let issuer = url(&shared.public_url, &AccountId::new(&*account));
    let algorithms = ALGORITHMS.map(|algorithm| algorithm.name());
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/keys.json"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "scopes_supported": ["openid"],
        "claims_supported": identity::step::CLAIMS,
    });
    published(&shared, &account, |_| document).await
}

/// `/oidc/<account>/keys.json`.
pub async fn keys(State(shared): State<Arc<Shared>>, Path(account): Path<String>) -> Response {
    published(&shared, &account, |keys| key_set(keys, shared.now())).await
}

async fn published(
    shared: &Shared,
    account: &str,
    document: impl FnOnce(&[Key]) -> Value,
) -> Response {
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let found = match is_account {
        true => issuers::keys(shared, &AccountId::new(account)).await,
        false => Ok(None),
    };
    match found {
        Ok(Some(keys)) => fresh(document(&keys)),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no issuer of this name\n").into_response(),
        Err(cause) => {
            tracing::error!(account, cause = %format!("{cause:#}"), "an issuer's keys cannot be had");
            (StatusCode::SERVICE_UNAVAILABLE, "the issuer's keys cannot be had\n").into_response()
        }
    }
}

/// May be kept for a while: much shorter than a key is published before it signs, so that one that
/// is withdrawn is soon gone everywhere.
fn fresh(document: Value) -> Response {
    let mut response = Json(document).into_response();
    let kept = format!("public, max-age={KEY_SET_FRESH_SECONDS}");
    if let Ok(kept) = HeaderValue::from_str(&kept) {
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
    }
    response
}

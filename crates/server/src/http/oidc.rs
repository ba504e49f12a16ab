//! What an account's issuer publishes: its configuration (OpenID Connect Discovery 1.0) and its key
//! set (RFC 7517). Everybody may read both. And what a running step asks for: further tokens.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::AccountId;
use identity::keys::{Key, key_set};
use identity::limits::STEP_AUDIENCE_CHARS_MAX;
use identity::step::Audience;
use operations::issuer::{ALGORITHMS, url};
use serde_json::{Value, json};
use wire::form;

use crate::askers::{Asking, NotGiven};
use crate::issuers;
use crate::limits::KEY_SET_FRESH_SECONDS;
use crate::minting;
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

/// `/oidc/<account>/token?audience=…`: a further token for the step that asks, as GitHub's runners
/// give one out. By a gateway, its own step alone is given any.
pub async fn token(
    State(shared): State<Arc<Shared>>,
    gateway: Option<Extension<Asking>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let word = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let word = word.and_then(|value| value.split_once(' '));
    let word = word.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let audience = match audience(&query.unwrap_or_default()) {
        Ok(audience) => audience,
        Err(why) => return not_given(StatusCode::BAD_REQUEST, &why),
    };
    let asking = Asking::with(word.map_or("", |(_, word)| word));
    if gateway.is_some_and(|Extension(own)| own != asking) {
        return not_given(StatusCode::UNAUTHORIZED, &NotGiven::Over.to_string());
    }
    match minting::further(&shared, &asking, audience).await {
        Ok(token) => {
            let value = token.expose();
            no_store(Json(json!({ "count": value.len(), "value": value })).into_response())
        }
        Err(why @ NotGiven::Over) => not_given(StatusCode::UNAUTHORIZED, &why.to_string()),
        Err(why @ NotGiven::TooMany) => not_given(StatusCode::TOO_MANY_REQUESTS, &why.to_string()),
        Err(why @ NotGiven::Failed(_)) => {
            tracing::error!(cause = ?why, "a step's further token could not be made");
            not_given(StatusCode::SERVICE_UNAVAILABLE, &why.to_string())
        }
    }
}

/// Whom a further token is for: the audience that is asked for, or the workspace's own.
fn audience(query: &str) -> Result<Audience, String> {
    let form = form::read(query.as_bytes()).map_err(|why| why.to_string())?;
    match form.get("audience").map(String::as_str).unwrap_or_default() {
        "" => Ok(Audience::Default),
        long if long.chars().count() > STEP_AUDIENCE_CHARS_MAX => {
            Err(format!("an audience has at most {STEP_AUDIENCE_CHARS_MAX} characters"))
        }
        steering if steering.contains(char::is_control) => {
            Err("an audience has no control characters".to_owned())
        }
        one => Ok(Audience::Only(vec![one.to_owned()])),
    }
}

fn not_given(status: StatusCode, why: &str) -> Response {
    no_store((status, Json(json!({ "message": why }))).into_response())
}

fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_a_text_that_can_be_read() {
        let only = |text: &str| Ok(Audience::Only(vec![text.to_owned()]));
        assert_eq!(audience("audience=sts.amazonaws.com"), only("sts.amazonaws.com"));
        assert_eq!(audience(""), Ok(Audience::Default));
        for steering in ["audience=%00", "audience=a%0Ab", "audience=%C2%85"] {
            assert_eq!(audience(steering), Err("an audience has no control characters".to_owned()));
        }
    }
}

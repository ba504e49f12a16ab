//! The code flow of an OAuth app, and its revocation.

use crate::Shared;
use crate::oauth::{authorize, basic, decide, request};
use crate::problem::Problem;
use crate::token_answer::pair;
use crate::world::grant::{Issued, Refused};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let applications = "/api/v3/applications/{client_id}";
    Router::new()
        .route("/login/oauth/authorize", get(authorize).post(decide))
        .route("/login/oauth/access_token", post(access_token))
        .route(&format!("{applications}/grant"), delete(revoke))
        .route(&format!("{applications}/token"), delete(revoke).post(check))
}

/// Errors come with status 200, as GitHub's do; the answer is a form unless JSON is asked for.
async fn access_token(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let mut asked = request(&headers, query.as_deref().unwrap_or_default(), &body);
    if asked.grant_type.is_empty() {
        asked.grant_type = "authorization_code".to_owned();
    }
    let answer = match shared.issue(&asked) {
        Ok(issued) => granted(&issued),
        Err(refused) => {
            let (code, text) = words(refused);
            json!({"error": code, "error_description": text})
        }
    };
    let wants_json = headers.get(header::ACCEPT).is_some_and(|it| it == "application/json");
    if wants_json {
        return Json(answer).into_response();
    }
    let fields = answer.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form).into_response()
}

/// An OAuth app's token lives for ever and has no refresh token; a GitHub App's has both.
fn granted(issued: &Issued) -> Value {
    let scope = issued.scope.split([' ', ',']).collect::<Vec<_>>().join(",");
    pair(issued, json!({"scope": scope, "token_type": "bearer"}))
}

fn words(refused: Refused) -> (&'static str, &'static str) {
    match refused {
        Refused::Client => (
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
        ),
        Refused::Code => ("bad_verification_code", "The code passed is incorrect or expired."),
        Refused::RedirectUri => {
            ("redirect_uri_mismatch", "The redirect_uri MUST match the one that was asked with.")
        }
        Refused::Verifier => {
            ("bad_verification_code", "The code_verifier does not fit the code_challenge.")
        }
        Refused::RefreshToken => {
            ("bad_refresh_token", "The refresh token passed is incorrect or expired.")
        }
        Refused::GrantType => ("unsupported_grant_type", "The grant_type is not supported."),
    }
}

/// Ends what a user granted to the app; GitHub has one path for a token and one for all of them.
async fn revoke(
    State(shared): State<Arc<Shared>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<StatusCode, Problem> {
    authenticate(&shared, &client_id, &headers)?;
    let token = body["access_token"].as_str().unwrap_or_default();
    shared.caller(token).ok_or(Problem::NotFound)?;
    shared.world().grants.revoke(token);
    Ok(StatusCode::NO_CONTENT)
}

async fn check(
    State(shared): State<Arc<Shared>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Problem> {
    authenticate(&shared, &client_id, &headers)?;
    let token = body["access_token"].as_str().unwrap_or_default();
    let caller = shared.caller(token).ok_or(Problem::NotFound)?;
    let user = super::shape::user(shared.base.as_str(), &caller.user);
    Ok(Json(
        json!({"token": token, "scopes": caller.scope.split(',').collect::<Vec<_>>(), "user": user}),
    ))
}

fn authenticate(shared: &Shared, client_id: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = basic(headers).filter(|(id, _)| id == client_id).ok_or(Problem::NotFound)?;
    let world = shared.world();
    let known = world.grants.clients.iter().any(|it| it.id == sent.0 && it.secret == sent.1);
    known.then_some(()).ok_or(Problem::BadCredentials)
}

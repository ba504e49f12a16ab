//! What a token endpoint answers (RFC 6749, 5) as far as all forges agree: a pair of tokens, or an
//! error. Each dialect's own `oauth.rs` has the words.

use crate::Shared;
use crate::world::grant::{Issued, Refused};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal in a dialect's words: its status, its code and a sentence.
pub(crate) type Words = (StatusCode, &'static str, &'static str);

/// The answer to a request for tokens.
pub(crate) fn answer(granted: Result<Value, Refused>, words: fn(Refused) -> Words) -> Response {
    match granted {
        Ok(granted) => Json(granted).into_response(),
        Err(refused) => {
            let (status, error, text) = words(refused);
            (status, Json(json!({"error": error, "error_description": text}))).into_response()
        }
    }
}

/// A pair of tokens, with what a dialect says of it.
pub(crate) fn pair(issued: &Issued, mut said: Value) -> Value {
    said["access_token"] = json!(issued.access);
    if let Some(seconds) = issued.expires_in {
        said["expires_in"] = json!(seconds);
    }
    if let Some(refresh) = &issued.refresh {
        said["refresh_token"] = json!(refresh);
    }
    said
}

/// A pair as GitLab and Bitbucket Data Center show it, with the second in which it was made.
pub(crate) fn dated_pair(shared: &Shared, issued: &Issued) -> Value {
    let created_at = shared.now().0 / 1000;
    let said = json!({"token_type": "Bearer", "scope": issued.scope, "created_at": created_at});
    pair(issued, said)
}

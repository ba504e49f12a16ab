//! How GitLab says no.

use crate::problem::Problem;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) fn say(problem: &Problem) -> Response {
    let status = problem.status();
    let body = match problem {
        Problem::BadCredentials => json!({
            "error": "invalid_token",
            "error_description": "Token was revoked. You have to re-authorize from the user.",
        }),
        Problem::Scope { needed, .. } => json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": needed,
        }),
        Problem::NotFound => json!({"message": "404 Project Not Found"}),
        other => json!({"message": other.message()}),
    };
    (status, Json(body)).into_response()
}

//! How Bitbucket Cloud says no.

use crate::problem::Problem;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) fn say(problem: &Problem) -> Response {
    let message = match problem {
        Problem::BadCredentials => "Token is invalid, expired, or not supported for this endpoint.",
        Problem::NotFound => "Repository not found",
        Problem::Scope { .. } => "Your credentials lack one or more required privilege scopes.",
        _ => &problem.message(),
    };
    let mut body = json!({"type": "error", "error": {"message": message}});
    if let Problem::Scope { needed, granted } = problem {
        let granted: Vec<_> = granted.split(' ').collect();
        body["error"]["detail"] = json!({"required": [needed], "granted": granted});
    }
    (problem.status(), Json(body)).into_response()
}

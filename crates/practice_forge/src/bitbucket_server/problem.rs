//! How Bitbucket Server says no. Who may not do something is answered 401, as who is not known.

use crate::problem::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) fn say(problem: &Problem) -> Response {
    let (status, exception) = match problem {
        Problem::BadCredentials => {
            (StatusCode::UNAUTHORIZED, "com.atlassian.bitbucket.AuthenticationException")
        }
        Problem::Forbidden(_) | Problem::Scope { .. } => {
            (StatusCode::UNAUTHORIZED, "com.atlassian.bitbucket.AuthorisationException")
        }
        Problem::NotFound => {
            (StatusCode::NOT_FOUND, "com.atlassian.bitbucket.repository.NoSuchRepositoryException")
        }
        other => (other.status(), "com.atlassian.bitbucket.validation.ArgumentValidationException"),
    };
    let message = match problem {
        Problem::Forbidden(_) | Problem::Scope { .. } => {
            "You are not permitted to access this resource".to_owned()
        }
        other => other.message(),
    };
    let error = json!({"context": null, "message": message, "exceptionName": exception});
    (status, Json(json!({"errors": [error]}))).into_response()
}

//! How the forge says no: GitHub's statuses with GitHub's `message`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(crate) enum Problem {
    BadCredentials,
    NotFound,
    Invalid(String),
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::BadCredentials => (StatusCode::UNAUTHORIZED, "Bad credentials".to_owned()),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found".to_owned()),
            Self::Invalid(why) => {
                let errors = json!([{"resource": "Hook", "code": "custom", "message": why}]);
                let body = json!({"message": "Validation Failed", "errors": errors});
                return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
            }
            Self::Broken(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
        };
        (status, Json(json!({"message": message}))).into_response()
    }
}

//! How GitHub says no: its statuses with its `message`.

use crate::problem::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(crate) fn say(problem: &Problem) -> Response {
    if let Problem::Invalid(why) = problem {
        let errors = json!([{"resource": "Hook", "code": "custom", "message": why}]);
        let body = json!({"message": "Validation Failed", "errors": errors});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    }
    let body = Json(json!({"message": problem.message()}));
    match problem {
        Problem::Saml { organisation } => {
            let url = format!("/orgs/{organisation}/sso?authorization_request=practice");
            let header = [("x-github-sso", format!("required; url={url}"))];
            (StatusCode::FORBIDDEN, header, body).into_response()
        }
        // What a token may not see is not there; the headers say why.
        Problem::Scope { needed, granted } => {
            let headers =
                [("x-oauth-scopes", granted.as_str()), ("x-accepted-oauth-scopes", needed)];
            (StatusCode::NOT_FOUND, headers, Json(json!({"message": "Not Found"}))).into_response()
        }
        other => (other.status(), body).into_response(),
    }
}

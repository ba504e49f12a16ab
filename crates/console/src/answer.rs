//! Answers: a page as HTML or JSON, and the headers that every answer of the console carries.

use crate::policy::{HEADERS, content_security_policy};
use crate::visit::Visit;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

/// A page in the form that the visit asks for.
pub fn page<P: Template + Serialize>(visit: &Visit, page: &P) -> Response {
    match visit.json {
        true => axum::Json(page).into_response(),
        false => html(page.render()),
    }
}

/// Rendered HTML.
pub fn html(rendered: askama::Result<String>) -> Response {
    match rendered {
        Ok(html) => Html(html).into_response(),
        Err(cause) => {
            tracing::error!(%cause, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Puts the console's headers on an answer; what the answer says itself stays.
pub fn finish(mut response: Response, origin: &str) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let policy = HeaderValue::try_from(content_security_policy(origin));
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}

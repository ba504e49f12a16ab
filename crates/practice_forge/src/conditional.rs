//! `ETag` and `If-None-Match` of the API's answers (RFC 9110): what makes polling cheap at GitHub.

use crate::{Kind, Shared};
use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Adds an `ETag` to what GitHub's API answers, and answers 304 to who has it already.
pub(crate) async fn conditional(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let asks = shared.kind == Kind::GitHub && *request.method() == Method::GET;
    let applies = asks && request.uri().path().starts_with("/api/");
    let answer = next.run(request).await;
    if !applies || answer.status() != StatusCode::OK {
        return answer;
    }
    let answer = mark(answer, known).await;
    if answer.status() == StatusCode::NOT_MODIFIED {
        shared.unmodified.send_modify(|count| *count += 1);
    }
    answer
}

async fn mark(answer: Response, known: Option<HeaderValue>) -> Response {
    let (mut parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let digest = hex::encode(digest::digest(&digest::SHA256, &bytes));
    let Ok(tag) = HeaderValue::from_str(&format!(r#"W/"{digest}""#)) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    if known.as_ref() == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    parts.headers.insert(header::ETAG, tag);
    Response::from_parts(parts, Body::from(bytes))
}

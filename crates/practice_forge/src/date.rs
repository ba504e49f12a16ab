//! The `Date` of every answer is by the forge's own clock, as the ends of its tokens are: a client
//! that compares the two must not find two times.

use crate::Shared;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

pub(crate) async fn tell(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = next.run(request).await;
    let at = UNIX_EPOCH + Duration::from_millis(shared.now().0.unsigned_abs());
    let date = HeaderValue::try_from(httpdate::fmt_http_date(at));
    answer.headers_mut().extend(date.ok().map(|date| (header::DATE, date)));
    answer
}

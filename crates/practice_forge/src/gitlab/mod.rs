//! GitLab's dialect (GitLab's REST, OAuth and webhook documentation).

mod api;
mod hooks;
mod merge_requests;
mod oauth;
pub(crate) mod payload;
pub(crate) mod problem;
mod shape;
pub(crate) mod sign;
mod statuses;

use crate::Shared;
use axum::Router;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let routes = api::routes().merge(hooks::routes()).merge(oauth::routes());
    routes.merge(merge_requests::routes()).merge(statuses::routes())
}

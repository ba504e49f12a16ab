//! Bitbucket Server's and Data Center's dialect (Atlassian's REST description). The API answers
//! below `latest` and below `1.0`.

mod api;
mod hooks;
mod oauth;
pub(crate) mod payload;
pub(crate) mod problem;
mod pull_requests;
mod refs;
mod shape;
pub(crate) mod sign;
mod statuses;

use crate::Shared;
use axum::Router;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let routes = api::routes().merge(hooks::routes()).merge(oauth::routes());
    routes.merge(pull_requests::routes()).merge(refs::routes()).merge(statuses::routes())
}

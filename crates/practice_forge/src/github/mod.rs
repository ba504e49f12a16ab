//! GitHub Enterprise Server's dialect (GitHub's REST description and webhook documentation).

mod api;
mod app_pages;
mod apps;
mod hooks;
mod oauth;
pub(crate) mod payload;
pub(crate) mod problem;
mod pulls;
mod shape;
pub(crate) mod sign;

pub(crate) use payload::installation_news;

use crate::Shared;
use axum::Router;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    api::routes()
        .merge(apps::routes())
        .merge(app_pages::routes())
        .merge(hooks::routes())
        .merge(oauth::routes())
        .merge(pulls::routes())
}

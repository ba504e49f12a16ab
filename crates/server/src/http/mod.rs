//! The routes of a server: everything on one listener, on a second one only what the outside must
//! reach, and at a step's gateway only what steps need.

pub mod api;
pub mod apps;
mod arrival;
mod azure;
pub mod body;
pub mod gate;
mod google;
pub mod health;
pub mod oauth;
mod objects;
pub mod oidc;
pub mod plain;
pub mod reads;
pub mod token_calls;
mod webhook;
pub mod webhooks;

use std::net::SocketAddrV4;
use std::sync::Arc;

use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use console::assets::ASSETS;

use crate::askers::Asking;
use crate::shared::Shared;

/// Everything: the APIs, the console, and what the outside must reach.
pub fn all(shared: &Arc<Shared>, console: Router) -> Router {
    let own = Router::new()
        .route("/", any(api::answer))
        .route("/metrics", get(health::metrics).fallback(api::answer))
        .route("/service/{*rest}", any(api::answer))
        .route("/oidc/{account}/token", get(oidc::token).post(oidc::token))
        .nest("/azure", azure::routes())
        .nest("/google", google::routes())
        .fallback(api::answer)
        .with_state(shared.clone());
    let by_host = from_fn_with_state(shared.clone(), objects::by_host);
    let console = console.layer(from_fn_with_state(shared.clone(), arrival::tell));
    gate::guard(&shared.hosts, outside(shared).merge(console).merge(own)).layer(by_host)
}

/// Hooks, the OAuth handshake with its style, the issuers, and health.
pub fn public(shared: &Arc<Shared>) -> Router {
    let style = async || ([(header::CONTENT_TYPE, ASSETS.style.kind)], ASSETS.style.bytes);
    let style = Router::new().route(&ASSETS.style.path, get(style));
    gate::guard(&shared.hosts, outside(shared).merge(style))
}

/// What a step reaches by its gateway: further tokens for itself, and the AWS APIs with S3.
pub fn gateway(shared: &Arc<Shared>, address: SocketAddrV4, asking: Asking) -> Router {
    let routes = Router::new()
        .route("/oidc/{account}/token", get(oidc::token).post(oidc::token))
        .layer(Extension(asking))
        .fallback(api::answer)
        .with_state(shared.clone());
    gate::guard(&[address.to_string()], routes)
}

fn outside(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/hooks/{id}", post(webhooks::receive).fallback(webhooks::not_posted))
        .route("/oauth/begin/{state}", get(oauth::show).post(oauth::begin))
        .route("/oauth/callback/{registration}", get(oauth::callback))
        .route("/oidc/{account}/.well-known/openid-configuration", get(oidc::configuration))
        .route("/oidc/{account}/keys.json", get(oidc::keys))
        .route("/oauth/register/{state}", get(apps::show).post(apps::register))
        .route("/oauth/registered/{registration}", get(apps::registered))
        .route("/oauth/installed/{registration}", get(apps::installed))
        .route("/oauth/choose/{state}", post(apps::chosen))
        .route("/healthz", get(health::live).fallback(api::answer))
        .route("/readyz", get(health::ready).fallback(api::answer))
        .with_state(shared.clone())
}

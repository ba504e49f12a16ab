//! The pages of GitHub Apps: one makes an App from a manifest, one installs it. Whoever is signed in
//! agrees without being asked.

use crate::Shared;
use crate::problem::Problem;
use crate::world::app::{App, Permissions, Unconverted};
use crate::world::grant::OAuthClient;
use crate::world::hook::Hook;
use anyhow::{Context, anyhow};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::{Url, form_urlencoded};

pub(super) fn routes() -> Router<Arc<Shared>> {
    let install = "/github-apps/{slug}/installations/new";
    Router::new()
        .route("/settings/apps/new", post(own))
        .route("/organizations/{organisation}/settings/apps/new", post(of_organisation))
        .route(install, get(ask).post(install_it))
}

#[derive(Deserialize)]
struct Sent {
    state: Option<String>,
}

async fn own(
    State(shared): State<Arc<Shared>>,
    Query(sent): Query<Sent>,
    body: String,
) -> Result<Redirect, Problem> {
    let owner = shared.world().signed_in.clone();
    make(&shared, &owner, sent, &body)
}

async fn of_organisation(
    State(shared): State<Arc<Shared>>,
    Path(organisation): Path<String>,
    Query(sent): Query<Sent>,
    body: String,
) -> Result<Redirect, Problem> {
    make(&shared, &organisation, sent, &body)
}

/// Makes the App, and sends the browser back with a code for its secrets.
fn make(shared: &Shared, owner: &str, sent: Sent, body: &str) -> Result<Redirect, Problem> {
    let mut form = form_urlencoded::parse(body.as_bytes());
    let text = form.find(|(name, _)| name == "manifest").map(|(_, text)| text.into_owned());
    let manifest: Value =
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let back = manifest["redirect_url"].as_str().and_then(|it| Url::parse(it).ok());
    let mut back = back.ok_or_else(|| Problem::Invalid("redirect_url is missing".to_owned()))?;
    let made = shared.make_app(owner, &manifest).map_err(Problem::invalid)?;
    let code = shared.random_hex(20);
    shared.world().unconverted.insert(code.clone(), made);
    back.query_pairs_mut().append_pair("code", &code);
    for state in sent.state.iter() {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok(Redirect::to(back.as_str()))
}

impl Shared {
    /// An App as a manifest describes it, with its OAuth client, its hook and its key.
    pub(crate) fn make_app(&self, owner: &str, manifest: &Value) -> anyhow::Result<Unconverted> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let name = text(&manifest["name"]).context("name is missing")?;
        let callback = text(&manifest["callback_urls"][0]).context("callback_urls is missing")?;
        let hook_url = text(&manifest["hook_attributes"]["url"]).context("hook_attributes: url")?;
        let (pem, public_key) = new_key()?;
        let (client_id, client_secret) =
            (format!("Iv1.{}", self.random_hex(8)), self.random_hex(20));
        let webhook_secret = self.random_hex(20);
        let events: Vec<String> =
            manifest["default_events"].as_array().into_iter().flatten().filter_map(text).collect();
        let slug = name.to_lowercase().replace([' ', '.', ':', '/'], "-");
        let client = OAuthClient {
            id: client_id.clone(),
            secret: client_secret.clone(),
            callback: Url::parse(&callback)?,
        };
        let mut world = self.world();
        anyhow::ensure!(world.apps.iter().all(|app| app.slug != slug), "Name is already taken");
        let (number, hook) = (world.next_id(), world.next_id());
        world.grants.clients.push(client);
        world.hooks.push(Hook {
            id: hook,
            app: Some(number),
            active: true,
            events: events.clone(),
            url: hook_url,
            secret: webhook_secret.clone(),
            verifies_tls: true,
            ..Hook::default()
        });
        world.apps.push(App {
            number,
            slug,
            name,
            owner: owner.to_owned(),
            client_id,
            public_key,
            hook,
            permissions: permissions(&manifest["default_permissions"]),
            events,
            setup_url: text(&manifest["setup_url"]),
        });
        let made_at = self.now();
        Ok(Unconverted { app: number, client_secret, webhook_secret, pem, made_at })
    }
}

/// A private key as PEM, and the public one that goes with it.
fn new_key() -> anyhow::Result<(String, Vec<u8>)> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key"))?;
    let der = pair.as_der().map_err(|_| anyhow!("no key"))?;
    let text = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    Ok((pem, pair.public_key().as_ref().to_vec()))
}

/// Permissions as JSON has them.
pub(super) fn permissions(value: &Value) -> Permissions {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, right)| Some((name.clone(), right.as_str()?.to_owned()))).collect()
}

/// The page that asks.
async fn ask(State(shared): State<Arc<Shared>>, Path(slug): Path<String>) -> Response {
    let login = shared.world().signed_in.clone();
    Html(format!(
        r#"<!doctype html><meta charset="utf-8"><title>Practice forge</title>
<h1>Install {slug}</h1><p>In the account of {login}.</p>
<form method="post"><button>Install</button></form>"#
    ))
    .into_response()
}

/// Installs the App in the account of whoever is signed in, on all repositories.
async fn install_it(
    State(shared): State<Arc<Shared>>,
    Path(slug): Path<String>,
    Query(sent): Query<Sent>,
) -> Result<Response, Problem> {
    let owner = shared.world().signed_in.clone();
    let number = shared.install(&slug, &owner, None).map_err(|_| Problem::NotFound)?;
    let world = shared.world();
    let app = world.apps.iter().find(|app| app.slug == slug).ok_or(Problem::NotFound)?;
    let Some(mut back) = app.setup_url.as_deref().and_then(|url| Url::parse(url).ok()) else {
        return Ok(Html("Installed.").into_response());
    };
    back.query_pairs_mut()
        .append_pair("installation_id", &number.to_string())
        .append_pair("setup_action", "install");
    for state in sent.state.iter() {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok(Redirect::to(back.as_str()).into_response())
}

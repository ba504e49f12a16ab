#![doc = include_str!("../README.md")]

mod bitbucket;
mod bitbucket_server;
mod caller;
mod conditional;
mod config;
mod date;
mod deliver;
mod dialect;
mod faults;
mod git;
mod github;
mod gitlab;
mod hands;
mod kind;
mod lfs;
pub mod limits;
mod moved;
mod news;
mod oauth;
mod page;
mod problem;
mod pull_requests;
mod push;
mod shared;
mod smart_http;
mod token_answer;
mod world;

pub use config::Config;
pub use faults::{Fault, Misbehaviour, Trouble, UnknownTrouble};
pub use git::NewCommit;
pub use hands::apps::GitHubApp;
pub use hands::people::RegisteredApp;
pub use kind::{Kind, UnknownKind};
pub use shared::Time;
pub use world::Status;
pub use world::delivery::{Delivery, Fate};
pub use world::grant::{Refresh, TokenRules};
pub use world::pull_request::NewPullRequest;
pub use world::repository::{Access, Restriction};
pub use world::user::Consent;

use anyhow::{Context, bail};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use domain::Entropy;
use domain::clock::SystemEntropy;
use egress::{AllowedAddress, Client, Guard};
use shared::Shared;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::watch;
use url::Url;
use world::World;
use world::user::User;

/// A running forge. Dropping it stops it.
#[derive(Debug)]
pub struct PracticeForge {
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    _temporary: Option<TempDir>,
}

impl PracticeForge {
    /// Starts a forge. Needs git on the PATH; refuses to listen beyond loopback.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        if !config.listen.ip().is_loopback() {
            bail!("a practice forge listens on loopback only, not on {}", config.listen.ip());
        }
        let temporary = match &config.folder {
            Some(_) => None,
            None => Some(TempDir::new().context("no temporary folder")?),
        };
        let listener = tokio::net::TcpListener::bind(config.listen).await?;
        let base = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let folder =
            config.folder.clone().or_else(|| temporary.as_ref().map(|it| it.path().to_owned()));
        let shared = Arc::new(Shared {
            kind: config.kind,
            base,
            folder: folder.unwrap_or_default(),
            token_rules: config.token_rules.unwrap_or_else(|| config.kind.token_rules()),
            world: Mutex::new(first_world(&config)),
            client: Client::new(loopback()),
            clock: config.time,
            entropy: SystemEntropy,
            delivered: watch::Sender::new(0),
            unmodified: watch::Sender::new(0),
            pushing: tokio::sync::Mutex::default(),
            refreshed: watch::Sender::new(0),
            hung: watch::Sender::new(0),
            calmed: tokio::sync::Notify::default(),
        });
        let routes = routes(&shared);
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { shared, serving, _temporary: temporary })
    }

    /// Which dialect it speaks.
    pub fn kind(&self) -> Kind {
        self.shared.kind
    }

    /// `http://127.0.0.1:PORT/`: what a self-managed host's endpoint is set to.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    /// Stops listening.
    pub fn stop(self) {}
}

impl Drop for PracticeForge {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn first_world(config: &Config) -> World {
    let user = User { id: 1, login: config.login.clone(), uuid: SystemEntropy.uuid() };
    World {
        users: vec![user],
        signed_in: config.login.clone(),
        consent: if config.auto_approve { Consent::Given } else { Consent::Asked },
        last_id: 1,
        ..World::default()
    }
}

/// From the outside in: what goes wrong, what has moved, the dialect's routes, and git for the
/// rest.
fn routes(shared: &Arc<Shared>) -> Router {
    let with = || Arc::clone(shared);
    let inner = shared.kind.routes().fallback(smart_http::serve).with_state(with());
    let inner = inner
        .layer(from_fn_with_state(with(), problem::say))
        .layer(from_fn_with_state(with(), caller::name))
        .layer(DefaultBodyLimit::max(limits::PUSH_BYTES_MAX));
    Router::new()
        .fallback_service(inner)
        .layer(from_fn_with_state(with(), moved::redirect))
        .layer(from_fn_with_state(with(), conditional::conditional))
        .layer(from_fn_with_state(with(), faults::trouble))
        .layer(from_fn_with_state(with(), date::tell))
}

/// Deliveries go to this machine only.
fn loopback() -> Guard {
    let addresses = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    Guard::new(addresses.map(AllowedAddress::any_port).to_vec())
}

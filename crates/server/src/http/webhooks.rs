//! `POST /hooks/<hook id>`: verified over the raw bytes, written down, then answered.
//!
//! What the delivery means is decided afterwards, by the intake loop. Which secret counts follows
//! from the URL alone, never from anything in the request.

mod signed;
mod whose;
mod written;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::HookId;
use operations::refused_deliveries::RefusedDeliveries;
use serde_json::json;
use store::{HookRow, RegistrationRow};

use self::signed::{verify, verify_app};
use self::whose::{Whose, find, routed};
use self::written::{Sent, texts};
use super::arrival::client;
use super::body::{BodyRefusal, read};
use super::webhook;
use crate::limits::WEBHOOK_BYTES_MAX;
use crate::refusals;
use crate::shared::Shared;

/// Why a request is no delivery, with the status that says so.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such hook, or one that was removed.
    #[error("there is no hook at this address")]
    UnknownHook,
    /// Too large, too slow or broken off.
    #[error("{0}")]
    Body(#[from] BodyRefusal),
    /// The webhook takes nothing from there.
    #[error("this webhook takes no delivery from {0}")]
    Address(String),
    /// Nobody who knows the secret signed these bytes.
    #[error("{0}")]
    Signature(#[from] webhooks::SignatureRefusal),
    /// The delivery could not be written down: the forge may send it again.
    #[error("the delivery could not be written down; send it again later")]
    NotWritten,
}

impl Refusal {
    /// The store did not answer.
    pub(super) fn not_written(cause: impl std::fmt::Display, what: &str) -> Self {
        tracing::error!(%cause, "{what}");
        Self::NotWritten
    }
}

/// Answers whoever opens a hook's address instead of sending to it.
pub async fn not_posted() -> Response {
    let message = "webhooks are sent here by POST; there is nothing to be read";
    let allowed = [(header::ALLOW, "POST")];
    (StatusCode::METHOD_NOT_ALLOWED, allowed, Json(json!({ "message": message }))).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::UnknownHook => StatusCode::NOT_FOUND,
            Self::Body(refusal) => refusal.status(),
            Self::Signature(_) => StatusCode::UNAUTHORIZED,
            Self::Address(_) => StatusCode::FORBIDDEN,
            Self::NotWritten => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "message": self.to_string() }))).into_response()
    }
}

/// Takes one delivery: 202 once it is on disk.
pub async fn receive(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(hook): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let hook = HookId::new(hook);
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let from = client(peer.ip(), forwarded, &shared.config.trusted_proxies);
    let taken = take(&shared, hook.clone(), from, &headers, body).await;
    taken.inspect_err(|reason| {
        tracing::info!(%hook, from = shown(from), %reason, "delivery refused");
        shared.counters.refused.fetch_add(1, Relaxed);
    })
}

/// Where a delivery comes from.
pub(super) fn shown(from: Option<IpAddr>) -> String {
    from.map_or_else(|| "an unknown address".to_owned(), |it| it.to_string())
}

async fn take(
    shared: &Arc<Shared>,
    hook: HookId,
    from: Option<IpAddr>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let whose = find(shared, hook.clone()).await?;
    let taken = match &whose {
        Whose::Repository(hook) => take_of_hook(shared, hook, from, headers, body).await,
        Whose::App(app) => take_of_app(shared, app, headers, body).await,
    };
    if let Err(Refusal::Signature(why)) = &taken {
        keep_refusal(shared, &whose, hook, (why, from)).await;
    }
    taken
}

/// Whoever looks for why a push was not told finds it at the hook.
async fn keep_refusal(
    shared: &Arc<Shared>,
    whose: &Whose,
    hook: HookId,
    (why, from): (&webhooks::SignatureRefusal, Option<IpAddr>),
) {
    let (account, connection) = match whose {
        Whose::Repository(hook) => (hook.account.clone(), Some(hook.connection.clone())),
        Whose::App(app) => (app.account.clone(), None),
    };
    let (last, why, peer) = (shared.now(), why.to_string(), shown(from));
    let refused = RefusedDeliveries { account, hook, connection, count: 1, last, why, peer };
    refusals::keep(shared, refused).await;
}

async fn take_of_hook(
    shared: &Shared,
    hook: &HookRow,
    from: Option<IpAddr>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let webhook = webhook::find(shared, hook).await?;
    let body = read(body, webhook.as_ref().map_or(WEBHOOK_BYTES_MAX, webhook::bytes_max)).await?;
    let received = shared.now();
    let sent = webhooks::Headers::from_iter(texts(headers));
    let signed = || verify(shared, hook, &sent, &body, received);
    let verdict = match &webhook {
        Some(webhook) => webhook::prove(webhook, from, signed)?,
        None => signed()?,
    };
    let of =
        Sent { account: &hook.account, provider: hook.provider, verdict, received, headers: &sent };
    let id = of.write(shared, hook.id.clone(), body).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "delivery": id }))).into_response())
}

/// Takes a delivery to an App, once for each hook that it is meant for.
async fn take_of_app(
    shared: &Shared,
    app: &RegistrationRow,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = read(body, WEBHOOK_BYTES_MAX).await?;
    let received = shared.now();
    let sent = webhooks::Headers::from_iter(texts(headers));
    let verdict = verify_app(shared, app, &sent, &body, received)?;
    let provider = app.provider;
    let mut first = None;
    for (account, hook) in routed(shared, app, &sent, &body).await? {
        let of = Sent { account: &account, provider, verdict, received, headers: &sent };
        let id = of.write(shared, hook, body.clone()).await?;
        first.get_or_insert(id);
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "delivery": first }))).into_response())
}

//! `POST /hooks/<hook id>`: verified over the raw bytes, written down, then answered.
//!
//! What the delivery means is decided afterwards, by the intake loop. Which secret counts follows
//! from the URL alone, never from anything in the request.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::connection::{HookState, ProviderType};
use domain::hook_secret::{gitlab_signing_token, gitlab_token};
use domain::{AccountId, DeliveryId, HookId, Installation, Secret, Timestamp};
use operations::refused_deliveries::RefusedDelivery;
use serde_json::json;
use store::{ConnectionRow, DeliveryBodyRow, DeliveryRow, HookRow, Place, RegistrationRow};

use super::body::{BodyRefusal, read};
use super::webhook;
use crate::limits::{ROUTES_MAX, WEBHOOK_BYTES_MAX};
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
    let (hook, peer) = (HookId::new(hook), peer.ip());
    let taken = take(&shared, hook.clone(), peer, &headers, body).await;
    taken.inspect_err(|reason| {
        tracing::info!(%hook, %peer, %reason, "delivery refused");
        shared.counters.refused.fetch_add(1, Relaxed);
    })
}

async fn take(
    shared: &Shared,
    hook: HookId,
    peer: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let whose = find(shared, hook.clone()).await?;
    let taken = match &whose {
        Whose::Repository(hook) => take_of_hook(shared, hook, peer, headers, body).await,
        Whose::App(app) => take_of_app(shared, app, headers, body).await,
    };
    if let Err(Refusal::Signature(why)) = &taken {
        keep_refusal(shared, &whose, hook, (why, peer)).await;
    }
    taken
}

/// Whoever looks for why a push was not told finds it at the hook.
async fn keep_refusal(
    shared: &Shared,
    whose: &Whose,
    hook: HookId,
    (why, peer): (&webhooks::SignatureRefusal, IpAddr),
) {
    let (account, connection) = match whose {
        Whose::Repository(hook) => (hook.account.clone(), Some(hook.connection.clone())),
        Whose::App(app) => (app.account.clone(), None),
    };
    let (why, peer) = (why.to_string(), peer.to_string());
    let refused = RefusedDelivery { account, hook, connection, why, peer };
    if let Err(cause) = shared.desk.take(&refused, shared.now()).await {
        tracing::warn!(hook = %refused.hook, %cause, "a refused delivery is not remembered");
    }
}

async fn take_of_hook(
    shared: &Shared,
    hook: &HookRow,
    peer: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let webhook = webhook::find(shared, hook).await?;
    let body = read(body, webhook.as_ref().map_or(WEBHOOK_BYTES_MAX, webhook::bytes_max)).await?;
    let received = shared.now();
    let sent = webhooks::Headers::from_iter(texts(headers));
    let signed = || verify(shared, hook, &sent, &body, received);
    let verdict = match &webhook {
        Some(webhook) => webhook::prove(shared, webhook, peer, &sent, signed)?,
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
    let of =
        Sent { account: &app.account, provider: app.provider, verdict, received, headers: &sent };
    let mut first = None;
    for hook in routed(shared, app, &sent, &body).await? {
        let id = of.write(shared, hook, body.clone()).await?;
        first.get_or_insert(id);
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "delivery": first }))).into_response())
}

/// What is written down of a delivery beside its body and its hook.
struct Sent<'a> {
    account: &'a AccountId,
    provider: ProviderType,
    verdict: &'a str,
    received: Timestamp,
    headers: &'a webhooks::Headers,
}

impl Sent<'_> {
    async fn write(
        &self,
        shared: &Shared,
        hook: HookId,
        body: Bytes,
    ) -> Result<DeliveryId, Refusal> {
        let Sent { provider, received, headers, .. } = *self;
        let id = DeliveryId::new(format!("dlv-{}", shared.entropy.uuid_of(received)));
        let row = DeliveryRow {
            account: self.account.clone(),
            id: id.clone(),
            hook,
            forge_delivery: webhooks::delivery_id(provider, headers).unwrap_or_default().to_owned(),
            received,
            state: store::NEW.to_owned(),
            digest: domain::Digest::of(&body).0,
            provider: provider.as_str().to_owned(),
            event: webhooks::event_name(provider, headers).unwrap_or_default().to_owned(),
            verdict: self.verdict.to_owned(),
        };
        let said = DeliveryBodyRow {
            account: row.account.clone(),
            delivery: id.clone(),
            received,
            body: body.into(),
            headers: kept(headers),
        };
        write(shared, row, said).await?;
        Ok(id)
    }
}

/// Whose hook an address is.
enum Whose {
    /// One of a repository.
    Repository(Box<HookRow>),
    /// The one of an App, for all repositories that it is installed on.
    App(Box<RegistrationRow>),
}

async fn find(shared: &Shared, id: HookId) -> Result<Whose, Refusal> {
    let failed = |cause: store::Error| {
        tracing::error!(%cause, "a hook could not be looked up");
        Refusal::NotWritten
    };
    let store = &shared.desk.store;
    match store.get::<HookRow>(HookRow::at(&id)).await.map_err(failed)? {
        Some(hook) if hook.state != HookState::Polled => {
            return Ok(Whose::Repository(Box::new(hook)));
        }
        Some(_) => return Err(Refusal::UnknownHook),
        None => {}
    }
    let apps = store.list::<RegistrationRow>(RegistrationRow::by_hook(&id)).await;
    let app = apps.map_err(failed)?.into_iter().next();
    app.map(|app| Whose::App(Box::new(app))).ok_or(Refusal::UnknownHook)
}

fn verify_app(
    shared: &Shared,
    app: &RegistrationRow,
    sent: &webhooks::Headers,
    body: &[u8],
    received: Timestamp,
) -> Result<&'static str, webhooks::SignatureRefusal> {
    let place = Place::of_app_hook(&app.account, &app.id);
    let opened = app.sealed_hook_secret.as_ref().map(|sealed| shared.vault.unseal(&place, sealed));
    let opened = opened.and_then(|it| {
        it.inspect_err(|cause| tracing::error!(%cause, "an App's hook secret")).ok()
    });
    let secrets: Vec<_> = opened.into_iter().collect();
    webhooks::verify(app.provider, sent, body, &secrets, received)?;
    Ok(operations::hooks::VERIFIED)
}

/// The hooks that a delivery to an App is meant for: those of its repository, at every connection
/// through its installation. Where nobody watches the repository, and for news of the installation
/// itself, the App's own.
async fn routed(
    shared: &Shared,
    app: &RegistrationRow,
    sent: &webhooks::Headers,
    body: &[u8],
) -> Result<Vec<HookId>, Refusal> {
    let own = app.hook.clone().into_iter().collect();
    let Ok(told) = webhooks::app_delivery(sent, body) else { return Ok(own) };
    let (Some(number), Some(repository)) = (told.installation, told.repository) else {
        return Ok(own);
    };
    let failed = |cause: store::Error| {
        tracing::error!(%cause, "a delivery to an App could not be routed");
        Refusal::NotWritten
    };
    let (store, account) = (&shared.desk.store, &app.account);
    let installation = Installation { registration: app.id.clone(), number };
    let through = ConnectionRow::of_installation(account, &installation, ROUTES_MAX);
    let mut hooks = Vec::new();
    for connection in store.list::<ConnectionRow>(through).await.map_err(failed)? {
        let of_connection = HookRow::of_connection(account, &connection.arn, ROUTES_MAX);
        let listed = store.list::<HookRow>(of_connection).await.map_err(failed)?;
        let meant = |hook: &HookRow| match (&hook.repository_id, &repository.id) {
            (Some(known), Some(told)) => known == told,
            _ => *hook.present_name() == repository.name,
        };
        hooks.extend(listed.into_iter().filter(meant).map(|hook| hook.id));
    }
    Ok(if hooks.is_empty() { own } else { hooks })
}

/// Holds a delivery against the hook's secret, and then against the one before it, while that may
/// still be under way. Gives which of the two it was.
fn verify(
    shared: &Shared,
    hook: &HookRow,
    sent: &webhooks::Headers,
    body: &[u8],
    received: Timestamp,
) -> Result<&'static str, webhooks::SignatureRefusal> {
    let fits = |sealed: &[u8]| {
        let secrets: Vec<_> = open(shared, hook, sealed).into_iter().collect();
        webhooks::verify(hook.provider, sent, body, &secrets, received)
    };
    let refused = match fits(&hook.sealed_secret) {
        Ok(_) => return Ok(operations::hooks::VERIFIED),
        Err(refused) => refused,
    };
    let previous = hook.sealed_previous.as_ref().filter(|_| hook.believes_previous(received));
    match previous.map(|sealed| fits(sealed)) {
        Some(Ok(_)) => Ok("the signature fits the secret that the hook had before"),
        _ => Err(refused),
    }
}

fn open(shared: &Shared, hook: &HookRow, sealed: &[u8]) -> Option<Secret> {
    let opened = shared.vault.unseal(&Place::of_hook(&hook.account, &hook.id), sealed);
    let secret = opened.inspect_err(|cause| tracing::error!(%cause, "hook secret")).ok()?;
    Some(proof(hook, secret))
}

/// What the forge proves with that it knows the secret: that itself, but for GitLab, which signs
/// with one thing made of it and, where it cannot sign, shows another.
fn proof(hook: &HookRow, secret: Secret) -> Secret {
    match (hook.provider, hook.signs) {
        (ProviderType::GitLab | ProviderType::GitLabSelfManaged, Some(true)) => {
            gitlab_signing_token(&secret)
        }
        (ProviderType::GitLab | ProviderType::GitLabSelfManaged, _) => gitlab_token(&secret),
        _ => secret,
    }
}

async fn write(shared: &Shared, row: DeliveryRow, said: DeliveryBodyRow) -> Result<(), Refusal> {
    let received = shared.desk.store.receive(row.clone(), said).await;
    received.map_err(|cause| {
        tracing::error!(%cause, "a delivery could not be written down");
        Refusal::NotWritten
    })?;
    tracing::debug!(delivery = %row.id, "delivery written");
    shared.counters.deliveries.fetch_add(1, Relaxed);
    // A lost message is found again: the loop also reads what is new in the inbox.
    let _ = shared.intake.send(row);
    Ok(())
}

fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

/// The headers that are kept: all but those by which a proxy, a client or a GitLab shows who it is.
fn kept(headers: &webhooks::Headers) -> BTreeMap<String, String> {
    let private = ["authorization", "cookie", "proxy-authorization", "x-gitlab-token"];
    let shown = headers.iter().filter(|(name, _)| !private.contains(name));
    shown.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(provider: ProviderType, signs: Option<bool>) -> HookRow {
        HookRow {
            id: "hook".into(),
            account: "000000000000".into(),
            connection: "arn".into(),
            repository: "ada/engine".into(),
            forge_hook_id: None,
            sealed_secret: Vec::new(),
            sealed_previous: None,
            state: HookState::Registered,
            provider,
            repository_id: None,
            signs,
            trouble: None,
            known_as: None,
            verified: None,
            heads_known: None,
            previous_until: None,
        }
    }

    #[test]
    fn a_gitlab_that_signs_is_not_believed_by_its_token() {
        let secret = || Secret::new("secret");
        let (token, signing) = (gitlab_token(&secret()), gitlab_signing_token(&secret()));
        let judged = |provider, signs, token: &Secret| {
            let sent = webhooks::Headers::from_iter([("X-Gitlab-Token", token.expose())]);
            let proof = proof(&hook(provider, signs), secret());
            webhooks::verify(provider, &sent, b"{}", &[proof], domain::Timestamp(0)).is_ok()
        };
        for provider in [ProviderType::GitLab, ProviderType::GitLabSelfManaged] {
            for (signs, expect) in [(None, true), (Some(false), true), (Some(true), false)] {
                assert_eq!(judged(provider, signs, &token), expect, "{provider} {signs:?}");
                assert!(!judged(provider, signs, &signing) && !judged(provider, signs, &secret()));
            }
        }
    }

    #[test]
    fn the_other_forges_sign_with_the_secret_itself() {
        use ProviderType::{Bitbucket, BitbucketServer, GitHub, GitHubEnterpriseServer};
        for provider in [GitHub, GitHubEnterpriseServer, Bitbucket, BitbucketServer] {
            for signs in [None, Some(true)] {
                let proof = proof(&hook(provider, signs), Secret::new("secret"));
                assert_eq!(proof, Secret::new("secret"), "{provider} {signs:?}");
            }
        }
    }

    #[test]
    fn no_header_is_kept_that_shows_who_somebody_is() {
        let shown = ["Authorization", "Cookie", "X-Gitlab-Token", "X-Gitlab-Event"];
        let headers = webhooks::Headers::from_iter(shown.map(|name| (name, "x")));
        assert_eq!(kept(&headers).into_keys().collect::<Vec<_>>(), ["x-gitlab-event"]);
    }
}

//! The OAuth handshake in the browser: a page that names what is about to be connected, a button
//! that binds the handshake to this browser and leads on to the forge, and the way back.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Digest, HandshakeId, RegistrationId, Secret};
use egress::Url;
use forges::{ClientRegistration, Exchange, Forge, challenge};
use operations::handshake::{Bind, Broken, Consume, Granted, open};
use serde::Deserialize;
use store::{ConnectionRow, HandshakeRow, Place, RegistrationRow};

use super::plain::{Page, escaped, paragraph};
use crate::shared::Shared;

/// The cookie that tells the browser that began a handshake from every other.
const COOKIE: &str = "towpath-handshake";

/// What the forge sends back.
#[derive(Debug, Deserialize)]
pub struct Returned {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

fn broken(broken: Broken) -> Page {
    let status = match broken {
        Broken::Unknown => StatusCode::NOT_FOUND,
        Broken::Expired | Broken::Used => StatusCode::GONE,
        Broken::OtherBrowser => StatusCode::FORBIDDEN,
    };
    page(status, "This link does not work", paragraph(&broken.to_string()))
}

fn failed(cause: impl std::fmt::Display) -> Page {
    tracing::error!(%cause, "a handshake failed");
    let words = "The server could not go on. Its log says why; start connecting again later.";
    page(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here", paragraph(words))
}

/// A page; its origin is filled in where it is sent.
fn page(status: StatusCode, title: &'static str, body: String) -> Page {
    Page { status, title, body, origin: String::new() }
}

/// Sends a page from this server.
fn send(shared: &Shared, outcome: Result<Page, Page>) -> Response {
    let page = outcome.unwrap_or_else(|page| page);
    Page { origin: shared.public_url.clone(), ..page }.into_response()
}

/// `GET /oauth/begin/<state>`: names the connection and asks.
pub async fn show(State(shared): State<Arc<Shared>>, Path(state): Path<String>) -> Response {
    let page = described(&shared, &HandshakeId::new(state)).await;
    send(&shared, page)
}

async fn described(shared: &Shared, state: &HandshakeId) -> Result<Page, Page> {
    let row =
        shared.desk.store.get::<HandshakeRow>(HandshakeRow::at(state)).await.map_err(failed)?;
    let row = open(row.as_ref(), shared.now()).map_err(broken)?;
    let connection = connection(shared, row).await?;
    let body = format!(
        "<p>Account <code>{}</code> wants to use your account at this forge for the connection \
         <strong>{}</strong>.</p><p>Go on only if you asked for this.</p>\
         <form method=\"post\"><button data-test=\"authorize\">Go on to the forge</button></form>",
        escaped(row.account.as_str()),
        escaped(&connection.name),
    );
    Ok(page(StatusCode::OK, "Finish connecting", body))
}

async fn connection(shared: &Shared, row: &HandshakeRow) -> Result<ConnectionRow, Page> {
    let id = operations::watches::connection_id(&row.connection);
    let found = shared.desk.store.get::<ConnectionRow>(ConnectionRow::at(&row.account, &id)).await;
    found.map_err(failed)?.ok_or_else(|| broken(Broken::Unknown))
}

/// `POST /oauth/begin/<state>`: binds the handshake to this browser and leads on to the forge.
pub async fn begin(
    State(shared): State<Arc<Shared>>,
    Path(state): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !same_origin(&shared, &headers) {
        return send(&shared, Err(broken(Broken::OtherBrowser)));
    }
    match lead_on(&shared, HandshakeId::new(state), cookie(&headers)).await {
        Ok(response) => response,
        Err(page) => send(&shared, Err(page)),
    }
}

/// A form of another origin must not press our button.
fn same_origin(shared: &Shared, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = origin.to_str().unwrap_or_default().split_once("://").map_or("", |(_, host)| host);
    shared.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
}

async fn lead_on(
    shared: &Shared,
    state: HandshakeId,
    browser: Option<String>,
) -> Result<Response, Page> {
    let browser = browser.unwrap_or_else(|| hex::encode(shared.nonce()));
    let bind = Bind { state: state.clone(), browser: Digest::of(browser.as_bytes()).0 };
    let row = shared.desk.take(&bind, shared.now()).await.map_err(failed)?.map_err(broken)?;
    let (forge, client) = forge(shared, &row).await?;
    let place = Place::of_verifier(&row.account, &state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect = Url::parse(&row.redirect_uri).map_err(failed)?;
    let target = forge.authorize_url(&client, state.as_str(), &challenge(&verifier), &redirect);
    let secure = if shared.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={browser}; Path=/oauth; HttpOnly; SameSite=Lax; Max-Age=600{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(failed)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(target.as_str())).into_response())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        sent.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned());
    found.next().filter(|value| value.len() == 64)
}

/// The driver and our client of the handshake's registration.
async fn forge(
    shared: &Shared,
    row: &HandshakeRow,
) -> Result<(Box<dyn Forge>, ClientRegistration), Page> {
    let key = RegistrationRow::at(&row.account, &row.registration);
    let registration = shared.desk.store.get::<RegistrationRow>(key).await.map_err(failed)?;
    let registration = registration.ok_or_else(|| broken(Broken::Unknown))?;
    let place = Place::of_registration(&row.account, &registration.id);
    let client_secret = shared.vault.unseal(&place, &registration.sealed_secret).map_err(failed)?;
    let forge = effects::forge(registration.provider, Some(&registration.endpoint), &shared.client);
    let forge = forge.ok_or_else(|| failed("the registration's forge is not spoken here"))?;
    Ok((forge, ClientRegistration { client_id: registration.client_id, client_secret }))
}

/// `GET /oauth/callback/<registration>`: the forge sends the browser back.
pub async fn callback(
    State(shared): State<Arc<Shared>>,
    Path(registration): Path<String>,
    Query(returned): Query<Returned>,
    headers: HeaderMap,
) -> Response {
    let registration = RegistrationId::new(registration);
    let page = finish(&shared, registration, returned, cookie(&headers)).await;
    send(&shared, page)
}

async fn finish(
    shared: &Shared,
    registration: RegistrationId,
    returned: Returned,
    browser: Option<String>,
) -> Result<Page, Page> {
    let state = HandshakeId::new(returned.state.ok_or_else(|| broken(Broken::Unknown))?);
    let browser = browser.map(|cookie| Digest::of(cookie.as_bytes()).0).unwrap_or_default();
    let consume = Consume { state, registration, browser };
    let row = shared.desk.take(&consume, shared.now()).await.map_err(failed)?.map_err(broken)?;
    if let Some(error) = returned.error {
        return Err(refused(&error, returned.error_description.as_deref()));
    }
    let code = Secret::new(returned.code.ok_or_else(|| broken(Broken::Unknown))?);
    let granted = exchange(shared, &row, &code).await?;
    let login = granted.login.clone();
    match shared.desk.take(&granted, shared.now()).await.map_err(failed)? {
        true => {
            let name = connection(shared, &row).await?.name;
            let body = format!(
                "<p>The connection <strong>{}</strong> is available, as <strong>{}</strong>.</p>\
                 <p><a href=\"/console/connections\">To the connections</a></p>",
                escaped(&name),
                escaped(&login),
            );
            Ok(page(StatusCode::OK, "Connected", body))
        }
        false => Err(broken(Broken::Unknown)),
    }
}

/// The person or the forge said no.
fn refused(error: &str, description: Option<&str>) -> Page {
    let words = match error {
        "access_denied" => {
            "You, or your organisation, did not let this server use your account. If your \
             organisation restricts OAuth apps, one of its owners has to approve this one first."
        }
        _ => {
            "The forge refused. Start connecting again; if it happens again, check the OAuth app's id, \
             secret and callback URL."
        }
    };
    let said = description.unwrap_or(error);
    let body = format!("{}<p>The forge says: {}</p>", paragraph(words), escaped(said));
    page(StatusCode::FORBIDDEN, "Not connected", body)
}

async fn exchange(shared: &Shared, row: &HandshakeRow, code: &Secret) -> Result<Granted, Page> {
    let (forge, client) = forge(shared, row).await?;
    let place = Place::of_verifier(&row.account, &row.state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect_uri = Url::parse(&row.redirect_uri).map_err(failed)?;
    let exchange = Exchange { code, verifier: &verifier, redirect_uri: &redirect_uri };
    let at = shared.now();
    let said = |cause: forges::Error| refused("the forge gave no token", Some(&cause.to_string()));
    let grant = forge.exchange_code(&client, exchange).await.map_err(said)?;
    let identity = forge.identity(&grant.token).await.map_err(said)?;
    let id = operations::watches::connection_id(&row.connection);
    let sealed = shared.vault.seal(&Place::of_access_token(&row.account, &id), &grant.token);
    let refresh = grant.refresh_token.as_ref();
    let refresh =
        refresh.map(|it| shared.vault.seal(&Place::of_refresh_token(&row.account, &id), it));
    Ok(Granted {
        account: row.account.clone(),
        connection: row.connection.clone(),
        login: identity.login,
        sealed_access: sealed.map_err(failed)?,
        sealed_refresh: refresh.transpose().map_err(failed)?,
        expires: grant.expires_in_seconds.map(|seconds| at.plus_seconds(seconds as i64)),
        scopes: grant.scopes,
    })
}

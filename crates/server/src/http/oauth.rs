//! The OAuth handshake in the browser: a page that names what is about to be connected, a button
//! that binds the handshake to this browser and leads on to the forge, and the way back.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{HandshakeId, RegistrationId, Secret};
use egress::Url;
use forges::challenge;
use operations::handshake::{Agree, Broken, Consume, Granted, is_issuer, open, other_identity};
use serde::Deserialize;
use store::{ConnectionRow, HandshakeRow, Place, RegistrationRow, TokenRow};

use super::apps;
use super::plain::{Page, escaped};
use crate::shared::Shared;

mod browser;
mod exchange;
mod pages;
mod refused;
mod way;

pub(super) use browser::{bind, cookie, cookie_name, hash, is_secure, same_origin};
use exchange::{Shown, exchange, forge, not_kept};
use pages::question;
pub(super) use pages::{broken, connected, failed, no_answer, page, send};
use refused::{Word, refused};
pub(super) use way::way;

/// What the forge sends back.
#[derive(Debug, Deserialize)]
pub struct Returned {
    code: Option<String>,
    state: Option<String>,
    /// Whose answer it says it is (RFC 9207).
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /oauth/begin/<state>`: names the connection and asks.
pub async fn show(State(shared): State<Arc<Shared>>, Path(state): Path<String>) -> Response {
    let page = described(&shared, &HandshakeId::new(state)).await;
    send(&shared, page)
}

/// The question whether a connection may use somebody's account at its forge.
pub(super) async fn described(shared: &Shared, state: &HandshakeId) -> Result<Page, Page> {
    let row =
        shared.desk.store.get::<HandshakeRow>(HandshakeRow::at(state)).await.map_err(failed)?;
    let row = open(row.as_ref(), shared.now()).map_err(broken)?;
    let connection = connection(shared, row).await?;
    let endpoint = registration(shared, row).await?.endpoint;
    let body = question(row, &connection.name, &endpoint);
    Ok(Page { leads_on: true, ..page(StatusCode::OK, "Finish connecting", body) })
}

pub(super) async fn connection(shared: &Shared, row: &HandshakeRow) -> Result<ConnectionRow, Page> {
    let id = row.connection.id().to_owned();
    let found = shared.desk.store.get::<ConnectionRow>(ConnectionRow::at(&row.account, &id)).await;
    found.map_err(failed)?.ok_or_else(|| broken(Broken::Unknown))
}

/// `POST /oauth/begin/<state>`: binds the handshake to this browser and leads on to the forge.
pub async fn begin(
    State(shared): State<Arc<Shared>>,
    Path(state): Path<String>,
    headers: HeaderMap,
) -> Response {
    asked_here(&shared, &headers, lead_on(&shared, HandshakeId::new(state), &headers)).await
}

/// What a form of this server's asks for; one of any other page is answered nothing.
pub(super) async fn asked_here(
    shared: &Shared,
    headers: &HeaderMap,
    answer: impl Future<Output = Result<Response, Page>>,
) -> Response {
    if !same_origin(&shared.hosts, headers) {
        return send(shared, Err(broken(Broken::OtherBrowser)));
    }
    answer.await.unwrap_or_else(|page| send(shared, Err(page)))
}

async fn lead_on(
    shared: &Shared,
    state: HandshakeId,
    headers: &HeaderMap,
) -> Result<Response, Page> {
    let (row, cookie) = bind(shared, &state, headers).await?;
    let (forge, client) = forge(shared, &row).await?;
    let place = Place::of_verifier(&row.account, &state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect = Url::parse(&row.redirect_uri).map_err(failed)?;
    let target = forge.authorize_url(&client, state.as_str(), &challenge(&verifier), &redirect);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(target.as_str())).into_response())
}

pub(super) async fn registration(
    shared: &Shared,
    row: &HandshakeRow,
) -> Result<RegistrationRow, Page> {
    let key = RegistrationRow::at(&row.account, &row.registration);
    let found = shared.desk.store.get::<RegistrationRow>(key).await.map_err(failed)?;
    found.ok_or_else(|| broken(Broken::Unknown))
}

/// `GET /oauth/callback/<registration>`: the forge sends the browser back.
pub async fn callback(
    State(shared): State<Arc<Shared>>,
    Path(registration): Path<String>,
    returned: Result<Query<Returned>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let registration = RegistrationId::new(registration);
    // A state or code that stands twice could be read as either.
    let finished = match returned {
        Ok(Query(returned)) => finish(&shared, registration, returned, &headers).await,
        Err(_) => Err(broken(Broken::Unknown)),
    };
    finished.unwrap_or_else(|page| send(&shared, Err(page)))
}

async fn finish(
    shared: &Shared,
    registration: RegistrationId,
    returned: Returned,
    headers: &HeaderMap,
) -> Result<Response, Page> {
    let state = HandshakeId::new(returned.state.ok_or_else(|| broken(Broken::Unknown))?);
    let sent = cookie(headers, &cookie_name(is_secure(shared), &state));
    let browser = sent.as_deref().map(hash).unwrap_or_default();
    let consume = Consume { state, registration, browser };
    let row = shared.desk.take(&consume, shared.now()).await.map_err(failed)?.map_err(broken)?;
    expect_issuer(shared, &row, returned.iss.as_deref()).await?;
    if let Some(error) = returned.error {
        let description = returned.error_description.as_deref().unwrap_or_default();
        return Err(refused(shared, &row, Word { code: &error, description }).await);
    }
    let code = Secret::new(returned.code.ok_or_else(|| broken(Broken::Unknown))?);
    let is_app = self::registration(shared, &row).await?.app.is_some();
    let found = connection(shared, &row).await?;
    let Shown { login, token, sealed: tokens } = exchange(shared, &row, &code).await?;
    if let Some(before) = other_identity(&found, &row, &login) {
        return Err(ask_again(shared, &row, (before, &login), tokens).await?);
    }
    if is_app {
        // The token shows who is there and where they may go; the App's own do the work.
        let answer = apps::authorised(shared, &row, (&login, &token)).await;
        not_kept(shared, tokens).await?;
        return answer;
    }
    let granted = Granted { login: login.clone(), tokens };
    match shared.desk.take(&granted, shared.now()).await.map_err(failed)? {
        true => {
            let page = page(StatusCode::OK, "Connected", connected(shared, &found.name, &login));
            Ok(send(shared, Ok(page)))
        }
        false => Err(broken(Broken::Unknown)),
    }
}

/// An answer of another server than the one asked is a mix-up: its code goes nowhere.
async fn expect_issuer(
    shared: &Shared,
    row: &HandshakeRow,
    said: Option<&str>,
) -> Result<(), Page> {
    let Some(said) = said else { return Ok(()) };
    let registration = registration(shared, row).await?;
    if is_issuer(&registration, said) {
        return Ok(());
    }
    tracing::warn!(connection = %row.connection, asked = %registration.endpoint, %said,
        "an answer of another issuer ends a handshake");
    Err(broken(Broken::OtherIssuer))
}

/// Somebody else authorised the connection before. What the forge gave is revoked; whoever
/// presses the button goes there once more and agrees to the change.
async fn ask_again(
    shared: &Shared,
    row: &HandshakeRow,
    (before, login): (&str, &str),
    given: TokenRow,
) -> Result<Page, Page> {
    let state = HandshakeId::new(hex::encode(shared.nonce()));
    let verifier = Secret::new(hex::encode(shared.nonce()));
    let sealed = shared.vault.seal(&Place::of_verifier(&row.account, &state), &verifier);
    let handshake = HandshakeRow {
        state: state.clone(),
        session: String::new(),
        sealed_verifier: sealed.map_err(failed)?,
        used: false,
        agreed: Some(login.to_owned()),
        ..row.clone()
    };
    let agree = Agree { handshake, given: Some(given) };
    shared.desk.take(&agree, shared.now()).await.map_err(failed)?;
    let body = format!(
        "<p>This connection was authorised as <strong>{}</strong> before; at the forge you are \
         <strong>{}</strong>. From now on its pipelines would do there what <strong>{}</strong> \
         can.</p><form method=\"post\" action=\"/oauth/begin/{state}\">\
         <button data-test=\"agree\">Go on as {}</button></form>\
         <p>To go on as {} instead, sign in at the forge as that user and start connecting again.</p>",
        escaped(before),
        escaped(login),
        escaped(login),
        escaped(login),
        escaped(before),
    );
    Ok(Page { leads_on: true, ..page(StatusCode::CONFLICT, "Another user than before", body) })
}

//! Somebody authorised an App: through which of the installations that they may use a connection goes.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::connection::Missing;
use domain::{HandshakeId, Installation, Secret};
use forges::GitHub;
use operations::handshake::{Agree, Broken};
use operations::installations::Chosen;
use serde::Deserialize;
use store::{HandshakeRow, Offer, OfferedInstallation, Place, RegistrationRow};

use super::{consume, github, handshake, not_installed};
use crate::http::oauth::{
    broken, connected, connection, cookie, cookie_name, failed, is_secure, no_answer, page,
    registration, same_origin, send,
};
use crate::http::plain::{Page, escaped};
use crate::shared::Shared;

/// Somebody has authorised an App: the connection goes through the installation that they may use;
/// of several they choose one.
pub async fn authorised(
    shared: &Shared,
    row: &HandshakeRow,
    (login, token): (&str, &Secret),
) -> Result<Response, Page> {
    let registration = registration(shared, row).await?;
    let endpoint = (registration.provider, &*registration.endpoint);
    let forge = github(shared, &row.account, endpoint).await?;
    let said = |cause: forges::Error| no_answer("the forge refused", &cause);
    let found = forge.installations_of_user(token).await.map_err(said)?;
    let live = found.into_iter().filter(|it| !it.suspended);
    let installations: Vec<_> =
        live.map(|it| OfferedInstallation { number: it.id, owner: it.account }).collect();
    match installations.as_slice() {
        [] => none(shared, row, &registration, &forge).await.map(|page| own(shared, page)),
        [one] => choose(shared, row, login, one).await.map(|page| own(shared, page)),
        _ => {
            let offer = Offer { login: login.to_owned(), installations };
            let state = again(shared, row, Some(offer.clone())).await?;
            Ok(own(shared, choice(&state, &offer)))
        }
    }
}

fn own(shared: &Shared, page: Page) -> Response {
    send(shared, Ok(page))
}

/// A second handshake after this one. With an offer it stays this browser's; without, whoever goes
/// on with it is bound to it anew.
async fn again(
    shared: &Shared,
    row: &HandshakeRow,
    offer: Option<Offer>,
) -> Result<HandshakeId, Page> {
    // The browser's cookie is named after the state that it was made for, which begins this one.
    let state = match &offer {
        Some(_) => HandshakeId::new(format!("{}.{}", row.state, hex::encode(shared.nonce()))),
        None => HandshakeId::new(hex::encode(shared.nonce())),
    };
    let verifier = Secret::new(hex::encode(shared.nonce()));
    let sealed = shared.vault.seal(&Place::of_verifier(&row.account, &state), &verifier);
    let session = if offer.is_some() { row.session.clone() } else { String::new() };
    let handshake = HandshakeRow {
        state: state.clone(),
        session,
        sealed_verifier: sealed.map_err(failed)?,
        used: false,
        offer,
        ..row.clone()
    };
    shared.desk.take(&Agree { handshake, given: None }, shared.now()).await.map_err(failed)?;
    Ok(state)
}

async fn none(
    shared: &Shared,
    row: &HandshakeRow,
    registration: &RegistrationRow,
    forge: &GitHub,
) -> Result<Page, Page> {
    not_installed(shared, row, Missing::Installation).await?;
    let state = again(shared, row, None).await?;
    let slug = registration.app.as_ref().map(|app| app.slug.as_str()).unwrap_or_default();
    let body = format!(
        "<p>The App <strong>{}</strong> is not installed in any account that you may use.</p>\
         <p><a data-test=\"install\" href=\"{}\">Install it</a> in the account with the \
         repositories; only an owner of an organisation may, others can ask one there.</p>",
        escaped(slug),
        escaped(forge.installation_page(slug, state.as_str()).as_str()),
    );
    Ok(page(StatusCode::CONFLICT, "Not installed yet", body))
}

fn choice(state: &HandshakeId, offer: &Offer) -> Page {
    let button = |it: &OfferedInstallation| {
        format!(
            "<p><button name=\"installation\" value=\"{}\" data-test=\"choose\">{}</button></p>",
            it.number,
            escaped(&it.owner)
        )
    };
    let body = format!(
        "<p>The App is installed in several accounts that you may use. Whose repositories is this \
         connection for?</p><form method=\"post\" action=\"/oauth/choose/{}\">{}</form>",
        escaped(state.as_str()),
        offer.installations.iter().map(button).collect::<String>()
    );
    page(StatusCode::OK, "Choose an account", body)
}

/// Which installation was chosen.
#[derive(Debug, Deserialize)]
pub struct Choice {
    installation: u64,
}

/// `POST /oauth/choose/<state>`.
pub async fn chosen(
    State(shared): State<Arc<Shared>>,
    Path(state): Path<String>,
    headers: HeaderMap,
    choice: Result<Form<Choice>, FormRejection>,
) -> Response {
    let page = match choice {
        Ok(Form(choice)) if same_origin(&shared.hosts, &headers) => {
            take_choice(&shared, HandshakeId::new(state), choice, &headers).await
        }
        Ok(_) => Err(broken(Broken::OtherBrowser)),
        Err(_) => Err(broken(Broken::Unknown)),
    };
    send(&shared, page)
}

async fn take_choice(
    shared: &Shared,
    state: HandshakeId,
    choice: Choice,
    headers: &HeaderMap,
) -> Result<Page, Page> {
    let first = state.as_str().split('.').next().unwrap_or_default();
    let sent = cookie(headers, &cookie_name(is_secure(shared), &HandshakeId::new(first)));
    let row = handshake(shared, &state).await?;
    let row = consume(shared, (state, row.registration), sent).await?;
    let offer = row.offer.as_ref().ok_or_else(|| broken(Broken::Unknown))?;
    let one = offer.installations.iter().find(|it| it.number == choice.installation);
    let one = one.ok_or_else(|| broken(Broken::Unknown))?;
    choose(shared, &row, &offer.login, one).await
}

async fn choose(
    shared: &Shared,
    row: &HandshakeRow,
    login: &str,
    one: &OfferedInstallation,
) -> Result<Page, Page> {
    let registration = row.registration.clone();
    let turn = Chosen {
        account: row.account.clone(),
        connection: row.connection.clone(),
        login: login.to_owned(),
        installation: Installation { registration, number: one.number },
        owner: one.owner.clone(),
    };
    let found = connection(shared, row).await?;
    match shared.desk.take(&turn, shared.now()).await.map_err(failed)? {
        true => {
            let through = format!("{login}, through the App in {}", one.owner);
            Ok(page(StatusCode::OK, "Connected", connected(shared, &found.name, &through)))
        }
        false => Err(broken(Broken::Unknown)),
    }
}

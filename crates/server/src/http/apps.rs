//! Apps in the browser: how one is made (`register`), that one was installed, and through which
//! installation a connection goes (`choose`).

mod choose;
mod register;

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::connection::Missing;
use domain::{HandshakeId, RegistrationId};
use forges::GitHub;
use operations::handshake::{Broken, Consume, open};
use operations::installations::NotInstalled;
use serde::Deserialize;
use store::HandshakeRow;

use super::oauth::{broken, described, failed, hash, page, send, way};
use super::plain::{Page, paragraph};
use crate::shared::Shared;

pub use choose::{authorised, chosen};
pub use register::{register, registered, show};

async fn handshake(shared: &Shared, state: &HandshakeId) -> Result<HandshakeRow, Page> {
    let found = shared.desk.store.get::<HandshakeRow>(HandshakeRow::at(state)).await;
    let found = found.map_err(failed)?;
    open(found.as_ref(), shared.now()).cloned().map_err(broken)
}

/// The forge at which an App is, or is to be.
async fn github(
    shared: &Shared,
    account: &domain::AccountId,
    (provider, endpoint): (domain::connection::ProviderType, &str),
) -> Result<GitHub, Page> {
    let client = way(shared, account, (provider, endpoint)).await?;
    effects::github(provider, endpoint, &client).ok_or_else(|| failed("only GitHub has Apps"))
}

async fn consume(
    shared: &Shared,
    (state, registration): (HandshakeId, RegistrationId),
    sent: Option<String>,
) -> Result<HandshakeRow, Page> {
    let browser = sent.as_deref().map(hash).unwrap_or_default();
    let consume = Consume { state, registration, browser };
    shared.desk.take(&consume, shared.now()).await.map_err(failed)?.map_err(broken)
}

/// What the forge sends back after an installation.
#[derive(Debug, Deserialize)]
pub struct Installed {
    setup_action: Option<String>,
    state: Option<String>,
}

/// `GET /oauth/installed/<registration>`: somebody installed the App, or asked for that. Which
/// installation it is, whoever authorises the App shows; the number in the URL proves nothing.
pub async fn installed(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    returned: Result<Query<Installed>, QueryRejection>,
) -> Response {
    let page = match returned {
        Ok(Query(returned)) => go_on(&shared, &RegistrationId::new(id), returned).await,
        Err(_) => Err(broken(Broken::Unknown)),
    };
    send(&shared, page)
}

async fn go_on(shared: &Shared, id: &RegistrationId, returned: Installed) -> Result<Page, Page> {
    let state = returned.state.filter(|state| !state.is_empty()).map(HandshakeId::new);
    let row = match &state {
        Some(state) => handshake(shared, state).await.ok().filter(|row| row.registration == *id),
        None => None,
    };
    if returned.setup_action.as_deref() == Some("request") {
        if let Some(row) = &row {
            not_installed(shared, row, Missing::InstallationApproval).await?;
        }
        let words = "An owner of the organisation was asked to install the App. Once they have, \
                     start connecting again.";
        return Ok(page(StatusCode::OK, "Waiting for an owner", paragraph(words)));
    }
    let Some(row) = row else {
        let words = "The App is installed. Finish connecting in the console, or with \
                     `towpath connections authorize`.";
        return Ok(page(StatusCode::OK, "Installed", paragraph(words)));
    };
    // Whoever stands here may have been sent by somebody else, whose connection it is.
    let asked = described(shared, &row.state).await?;
    let body = format!("<p>The App is installed.</p>{}", asked.body);
    Ok(Page { leads_on: true, ..page(StatusCode::OK, "Installed", body) })
}

async fn not_installed(shared: &Shared, row: &HandshakeRow, missing: Missing) -> Result<(), Page> {
    let (account, connection) = (row.account.clone(), row.connection.clone());
    let turn = NotInstalled { account, connection, missing };
    shared.desk.take(&turn, shared.now()).await.map_err(failed)
}

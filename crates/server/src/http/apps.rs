//! Apps in the browser: a page whose button sends an App's manifest to the forge, the way back with
//! the code for its secrets, and the choice among the installations that a person may use.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::connection::Missing;
use domain::{HandshakeId, Installation, RegistrationId, Secret};
use egress::Url;
use forges::GitHub;
use forges::github::Manifest;
use operations::apps::Registered;
use operations::handshake::{Agree, Broken, Consume, open};
use operations::installations::{Chosen, NotInstalled};
use operations::registrations::{hook_url, redirect_uri};
use serde::Deserialize;
use store::{AppDraft, AppName, HandshakeRow, Offer, OfferedInstallation, Place, RegistrationRow};

use super::oauth::{
    asked_here, bind, broken, connected, connection, cookie, cookie_name, failed, hash, is_secure,
    no_answer, page, registration, same_origin, send, way,
};
use super::plain::{Page, escaped, paragraph};
use crate::shared::Shared;

async fn handshake(shared: &Shared, state: &HandshakeId) -> Result<HandshakeRow, Page> {
    let found = shared.desk.store.get::<HandshakeRow>(HandshakeRow::at(state)).await;
    let found = found.map_err(failed)?;
    open(found.as_ref(), shared.now()).cloned().map_err(broken)
}

fn draft(row: &HandshakeRow) -> Result<&AppDraft, Page> {
    row.draft.as_ref().ok_or_else(|| broken(Broken::Unknown))
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

/// `GET /oauth/register/<state>`: says what is about to be registered, and where.
pub async fn show(State(shared): State<Arc<Shared>>, Path(state): Path<String>) -> Response {
    let page = described(&shared, &HandshakeId::new(state)).await;
    send(&shared, page)
}

async fn described(shared: &Shared, state: &HandshakeId) -> Result<Page, Page> {
    let row = handshake(shared, state).await?;
    let draft = draft(&row)?;
    let manifest = manifest(shared, &row, draft)?;
    let owner = draft.organisation.as_deref().unwrap_or("your own account");
    let body = format!(
        "<p>The App <strong>{}</strong> is to be registered at <strong>{}</strong>, in \
         <strong>{}</strong>, for account <code>{}</code> of this server; <code>{}</code> asked \
         for this.</p>\
         <p>It may read code and pull requests and set commit statuses of the repositories that it \
         is installed on, and tells this server of pushes to them.</p>\
         <form method=\"post\"><input type=\"hidden\" name=\"manifest\" value=\"{}\">\
         <button data-test=\"register\">Go on to the forge</button></form>",
        escaped(&draft.name),
        escaped(&draft.endpoint),
        escaped(owner),
        escaped(row.account.as_str()),
        escaped(row.requester.as_deref().unwrap_or("somebody")),
        escaped(&manifest),
    );
    Ok(Page { leads_on: true, ..page(StatusCode::OK, "Register an App", body) })
}

fn manifest(shared: &Shared, row: &HandshakeRow, draft: &AppDraft) -> Result<String, Page> {
    let (public, id) = (&shared.public_url, &row.registration);
    let url = |text: String| Url::parse(&text).map_err(failed);
    let manifest = Manifest {
        name: &draft.name,
        home: &url(public.clone())?,
        hook: &url(hook_url(public, &draft.hook))?,
        redirect: &url(format!("{public}/oauth/registered/{id}"))?,
        callback: &url(redirect_uri(public, id))?,
        setup: &url(format!("{public}/oauth/installed/{id}"))?,
    };
    Ok(manifest.json().to_string())
}

/// `POST /oauth/register/<state>`: binds the registration to this browser, which posts the same form
/// on to the forge.
pub async fn register(
    State(shared): State<Arc<Shared>>,
    Path(state): Path<String>,
    headers: HeaderMap,
) -> Response {
    asked_here(&shared, &headers, lead_on(&shared, HandshakeId::new(state), &headers)).await
}

async fn lead_on(
    shared: &Shared,
    state: HandshakeId,
    headers: &HeaderMap,
) -> Result<Response, Page> {
    let (row, cookie) = bind(shared, &state, headers).await?;
    let draft = draft(&row)?;
    let forge = github(shared, &row.account, (draft.provider, &draft.endpoint)).await?;
    let target = forge.manifest_target(draft.organisation.as_deref(), state.as_str());
    // 307: the browser sends the form's own body on.
    Ok(([(header::SET_COOKIE, cookie)], Redirect::temporary(target.as_str())).into_response())
}

/// What the forge sends back.
#[derive(Debug, Deserialize)]
pub struct Returned {
    code: Option<String>,
    state: Option<String>,
}

/// `GET /oauth/registered/<registration>`: the forge has made the App.
pub async fn registered(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    returned: Result<Query<Returned>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let page = match returned {
        Ok(Query(returned)) => convert(&shared, RegistrationId::new(id), returned, &headers).await,
        Err(_) => Err(broken(Broken::Unknown)),
    };
    send(&shared, page)
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

async fn convert(
    shared: &Shared,
    registration: RegistrationId,
    returned: Returned,
    headers: &HeaderMap,
) -> Result<Page, Page> {
    let state = HandshakeId::new(returned.state.ok_or_else(|| broken(Broken::Unknown))?);
    let sent = cookie(headers, &cookie_name(is_secure(shared), &state));
    let row = consume(shared, (state, registration), sent).await?;
    let draft = draft(&row)?;
    let code = Secret::new(returned.code.ok_or_else(|| broken(Broken::Unknown))?);
    let forge = github(shared, &row.account, (draft.provider, &draft.endpoint)).await?;
    let said = |cause: forges::Error| no_answer("the forge gave no App for this code", &cause);
    let made = forge.convert_manifest(&code).await.map_err(said)?;
    let hook_secret = made.webhook_secret.ok_or_else(|| failed("the App has no hook secret"))?;
    let turn = Registered {
        caller: shared.caller_of(&row.account).await.map_err(failed)?,
        draft: draft.clone(),
        registration: row.registration.clone(),
        app: AppName { number: made.id, slug: made.slug.clone() },
        client_id: made.client_id,
        client_secret: made.client_secret,
        private_key: made.private_key,
        hook_secret,
    };
    shared.desk.take(&turn, shared.now()).await.map_err(failed)?;
    let install = forge.installation_page(&made.slug, "");
    let body = format!(
        "<p>The App <strong>{}</strong> is registered at <strong>{}</strong>.</p>\
         <p><a data-test=\"install\" href=\"{}\">Install it</a> in the account with the \
         repositories, then connect: connections to {} go through the App from now on.</p>",
        escaped(&made.slug),
        escaped(&draft.endpoint),
        escaped(install.as_str()),
        escaped(&draft.endpoint),
    );
    Ok(page(StatusCode::OK, "Registered", body))
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
    let body = format!(
        "<p>The App is installed. Go on to finish connecting.</p>\
         <form method=\"post\" action=\"/oauth/begin/{}\">\
         <button data-test=\"authorize\">Go on to the forge</button></form>",
        escaped(row.state.as_str())
    );
    Ok(Page { leads_on: true, ..page(StatusCode::OK, "Installed", body) })
}

async fn not_installed(shared: &Shared, row: &HandshakeRow, missing: Missing) -> Result<(), Page> {
    let (account, connection) = (row.account.clone(), row.connection.clone());
    let turn = NotInstalled { account, connection, missing };
    shared.desk.take(&turn, shared.now()).await.map_err(failed)
}

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
    shared.desk.take(&Agree { handshake }, shared.now()).await.map_err(failed)?;
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

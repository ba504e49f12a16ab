//! An App is made: a page whose button sends its manifest to the forge, and the way back with the code
//! for its secrets.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{HandshakeId, RegistrationId, Secret};
use egress::Url;
use forges::github::Manifest;
use operations::apps::Registered;
use operations::handshake::Broken;
use operations::registrations::{hook_url, redirect_uri};
use serde::Deserialize;
use store::{AppDraft, AppName, HandshakeRow};

use super::{consume, github, handshake};
use crate::http::oauth::{
    asked_here, bind, broken, cookie, cookie_name, failed, is_secure, no_answer, page, send,
};
use crate::http::plain::{Page, escaped};
use crate::shared::Shared;

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

fn draft(row: &HandshakeRow) -> Result<&AppDraft, Page> {
    row.draft.as_ref().ok_or_else(|| broken(Broken::Unknown))
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
    let said = |cause: forges::Error| without_answer(draft, &cause);
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

/// The code works once: what the forge made of it before its answer was lost is there without us.
fn without_answer(draft: &AppDraft, cause: &forges::Error) -> Page {
    let asked = no_answer("the forge gave no App for this code", cause);
    let settings = match &draft.organisation {
        Some(organisation) => format!("organizations/{organisation}/settings/apps"),
        None => "settings/apps".to_owned(),
    };
    let (endpoint, name) = (escaped(&draft.endpoint), escaped(&draft.name));
    let may_be = format!(
        "<p>The App <strong>{name}</strong> may have been made all the same, with keys that nobody has: \
         look for it at <a data-test=\"apps\" href=\"{endpoint}/{0}\">{endpoint}/{0}</a> and delete it \
         there, then run <code>towpath forges register --app</code> again.</p>",
        escaped(&settings)
    );
    Page { body: format!("{}{may_be}", asked.body), ..asked }
}

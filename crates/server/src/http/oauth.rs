//! The OAuth handshake in the browser: a page that names what is about to be connected, a button
//! that binds the handshake to this browser and leads on to the forge, and the way back.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Digest, HandshakeId, RegistrationId, Secret, Timestamp};
use egress::Url;
use forges::{ClientRegistration, Exchange, Forge, Grant, challenge};
use operations::handshake::{
    Agree, Bind, Broken, Consume, Granted, Withheld, is_issuer, open, other_identity,
};
use serde::Deserialize;
use store::{ConnectionRow, HandshakeRow, Place, RegistrationRow};

use super::apps;
use super::plain::{Page, escaped, paragraph};
use crate::shared::Shared;

/// How long the cookie of a handshake is kept, like the handshake itself.
const COOKIE_SECONDS: i64 = operations::limits::HANDSHAKE_SECONDS;

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

pub(super) fn broken(broken: Broken) -> Page {
    let status = match broken {
        Broken::Unknown => StatusCode::NOT_FOUND,
        Broken::Expired | Broken::Used => StatusCode::GONE,
        Broken::OtherBrowser | Broken::OtherIssuer => StatusCode::FORBIDDEN,
    };
    page(status, "This link does not work", paragraph(&broken.to_string()))
}

pub(super) fn failed(cause: impl std::fmt::Display) -> Page {
    tracing::error!(%cause, "a handshake failed");
    let words = "The server could not go on. Its log says why; start connecting again later.";
    page(StatusCode::INTERNAL_SERVER_ERROR, "Something is wrong here", paragraph(words))
}

/// A page; its origin is filled in where it is sent.
pub(super) fn page(status: StatusCode, title: &'static str, body: String) -> Page {
    Page { status, title, body, origin: String::new(), leads_on: false }
}

/// Sends a page from this server.
pub(super) fn send(shared: &Shared, outcome: Result<Page, Page>) -> Response {
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
    let endpoint = registration(shared, row).await?.endpoint;
    let body = question(row, &connection.name, &endpoint);
    Ok(Page { leads_on: true, ..page(StatusCode::OK, "Finish connecting", body) })
}

/// Whoever is sent this link by somebody else must see what they would give away, and to whom.
fn question(row: &HandshakeRow, connection: &str, endpoint: &str) -> String {
    format!(
        "<p>Account <code>{}</code> of this server wants to use your account at \
         <strong>{}</strong> for its connection <strong>{}</strong>; <code>{}</code> asked for \
         this.</p>\
         <p>Its pipelines can then do there what you can. Go on only if you asked for this \
         yourself; close this page if somebody sent it to you.</p>\
         <form method=\"post\"><button data-test=\"authorize\">Go on to the forge</button></form>",
        escaped(row.account.as_str()),
        escaped(endpoint),
        escaped(connection),
        escaped(row.requester.as_deref().unwrap_or("somebody")),
    )
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
    if !same_origin(&shared.hosts, &headers) {
        return send(&shared, Err(broken(Broken::OtherBrowser)));
    }
    match lead_on(&shared, HandshakeId::new(state), &headers).await {
        Ok(response) => response,
        Err(page) => send(&shared, Err(page)),
    }
}

/// A form of another origin must not press our button, and neither must one that hides where it
/// is: every browser says it with a form.
pub(super) fn same_origin(hosts: &[String], headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some_and(|host| hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
}

async fn lead_on(
    shared: &Shared,
    state: HandshakeId,
    headers: &HeaderMap,
) -> Result<Response, Page> {
    let name = cookie_name(is_secure(shared), &state);
    let (sent, made) = (cookie(headers, &name), hex::encode(shared.nonce()));
    let returning = sent.as_deref().map(hash);
    let bind = Bind { state: state.clone(), browser: hash(&made), returning };
    let row = shared.desk.take(&bind, shared.now()).await.map_err(failed)?.map_err(broken)?;
    let browser = if row.session == bind.browser { made } else { sent.unwrap_or_default() };
    let (forge, client) = forge(shared, &row).await?;
    let place = Place::of_verifier(&row.account, &state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect = Url::parse(&row.redirect_uri).map_err(failed)?;
    let target = forge.authorize_url(&client, state.as_str(), &challenge(&verifier), &redirect);
    let cookie = bind_cookie(shared, &state, &browser)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(target.as_str())).into_response())
}

/// The header that leaves a handshake's cookie with the browser.
pub(super) fn bind_cookie(
    shared: &Shared,
    state: &HandshakeId,
    browser: &str,
) -> Result<HeaderValue, Page> {
    let name = cookie_name(is_secure(shared), state);
    let secure = if is_secure(shared) { "; Secure" } else { "" };
    let cookie = format!(
        "{name}={browser}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}"
    );
    HeaderValue::from_str(&cookie).map_err(failed)
}

pub(super) fn is_secure(shared: &Shared) -> bool {
    shared.public_url.starts_with("https://")
}

/// The cookie that tells the browser that began a handshake from every other: one a handshake, so
/// that two at a time do not undo one another. `__Host-` keeps a neighbour under the same domain
/// from planting it; browsers take it over HTTPS only.
pub(super) fn cookie_name(secure: bool, state: &HandshakeId) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}towpath-handshake-{}", &hash(state.as_str())[..16])
}

pub(super) fn hash(text: &str) -> String {
    Digest::of(text.as_bytes()).0
}

pub(super) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        sent.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    found.next().filter(|value| value.len() == 64)
}

/// The driver and our client of the handshake's registration.
async fn forge(
    shared: &Shared,
    row: &HandshakeRow,
) -> Result<(Box<dyn Forge>, ClientRegistration), Page> {
    let registration = registration(shared, row).await?;
    let place = Place::of_registration(&row.account, &registration.id);
    let client_secret = shared.vault.unseal(&place, &registration.sealed_secret).map_err(failed)?;
    let endpoint = (registration.provider, &*registration.endpoint);
    let (store, client) = (&shared.desk.store, &shared.client);
    let client = effects::by_endpoint(store, client, &row.account, endpoint).await;
    let client = client.map_err(|cause| failed(format!("{cause:#}")))?;
    let forge = effects::forge(registration.provider, &registration.endpoint, &client);
    let forge = forge.ok_or_else(|| failed("the registration's forge is not spoken here"))?;
    Ok((forge, ClientRegistration { client_id: registration.client_id, client_secret }))
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
        return Err(refused(&error, returned.error_description.as_deref()));
    }
    let code = Secret::new(returned.code.ok_or_else(|| broken(Broken::Unknown))?);
    let shown = exchange(shared, &row, &code).await?;
    let found = connection(shared, &row).await?;
    if let Some(before) = other_identity(&found, &row, &shown.login) {
        return Err(ask_again(shared, &row, before, &shown.login).await?);
    }
    if self::registration(shared, &row).await?.app.is_some() {
        // The token shows who is there and where they may go; the App's own do the work.
        return apps::authorised(shared, &row, (&shown.login, &shown.grant.token)).await;
    }
    let login = shown.login.clone();
    let granted = granted(shared, &row, shown)?;
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

/// Somebody else authorised the connection before. What the forge gave is forgotten; whoever
/// presses the button goes there once more and agrees to the change.
async fn ask_again(
    shared: &Shared,
    row: &HandshakeRow,
    before: &str,
    login: &str,
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
    shared.desk.take(&Agree { handshake }, shared.now()).await.map_err(failed)?;
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

/// Where the outside has a listener of its own, the console is not to be found on it.
pub(super) fn connected(shared: &Shared, connection: &str, login: &str) -> String {
    let onward = match shared.config.public_listen {
        None => "<a href=\"/console/connections\">To the connections</a>",
        Some(_) => "You can close this page.",
    };
    format!(
        "<p>The connection <strong>{}</strong> is available, as <strong>{}</strong>.</p>\
         <p>{onward}</p>",
        escaped(connection),
        escaped(login),
    )
}

/// The person or the forge said no.
pub(super) fn refused(error: &str, description: Option<&str>) -> Page {
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

/// The person, or the client's settings at the forge, gave less than pipelines need.
fn too_few(missing: &[&str]) -> Page {
    let scopes: Vec<_> = missing.iter().map(|it| format!("<code>{it}</code>")).collect();
    let body = format!(
        "<p>The forge gave a token without {}. Start connecting again and grant all that is asked \
         for; where the forge did not ask, add it to the scopes of the OAuth client there.</p>",
        scopes.join(", ")
    );
    page(StatusCode::FORBIDDEN, "Too few rights", body)
}

/// What the forge gave for a code, and to whom.
struct Shown {
    login: String,
    grant: Grant,
    at: Timestamp,
}

async fn exchange(shared: &Shared, row: &HandshakeRow, code: &Secret) -> Result<Shown, Page> {
    let (forge, client) = forge(shared, row).await?;
    let place = Place::of_verifier(&row.account, &row.state);
    let verifier = shared.vault.unseal(&place, &row.sealed_verifier).map_err(failed)?;
    let redirect_uri = Url::parse(&row.redirect_uri).map_err(failed)?;
    let exchange = Exchange { code, verifier: &verifier, redirect_uri: &redirect_uri };
    let at = shared.now();
    let said = |cause: forges::Error| refused("the forge gave no token", Some(&cause.to_string()));
    let grant = forge.exchange_code(&client, exchange).await.map_err(said)?;
    let missing = forge.missing_scopes(&grant.scopes);
    if !missing.is_empty() {
        let (account, connection) = (row.account.clone(), row.connection.clone());
        let withheld = Withheld { account, connection };
        shared.desk.take(&withheld, shared.now()).await.map_err(failed)?;
        return Err(too_few(&missing));
    }
    let identity = forge.identity(&grant.token).await.map_err(said)?;
    Ok(Shown { login: identity.login, grant, at })
}

fn granted(shared: &Shared, row: &HandshakeRow, shown: Shown) -> Result<Granted, Page> {
    let Shown { login, grant, at } = shown;
    // No token before it has the same: authorising takes a person longer than a millisecond.
    let (account, id, generation) = (&row.account, row.connection.id(), at.0);
    let place = Place::of_access_token(account, id, generation);
    let sealed = shared.vault.seal(&place, &grant.token);
    let place = Place::of_refresh_token(account, id, generation);
    let refresh = grant.refresh_token.as_ref().map(|it| shared.vault.seal(&place, it));
    Ok(Granted {
        account: row.account.clone(),
        connection: row.connection.clone(),
        login,
        sealed_access: sealed.map_err(failed)?,
        sealed_refresh: refresh.transpose().map_err(failed)?,
        expires: grant.expires_in_seconds.map(|seconds| at.plus_seconds(seconds as i64)),
        scopes: grant.scopes,
        generation,
        registration: row.registration.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_handshake_has_a_cookie_of_its_own() {
        let (one, two) = (HandshakeId::new("one"), HandshakeId::new("two"));
        let (first, second) = (cookie_name(false, &one), cookie_name(false, &two));
        assert_ne!(first, second);
        assert!(cookie_name(true, &one).starts_with("__Host-"), "bound to this host over HTTPS");
        let value = "a".repeat(64);
        let line = format!("x=1; {second}=short; {first}={value}");
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_str(&line).expect("a cookie line"),
        )]);
        assert_eq!(cookie(&headers, &first), Some(value));
        assert_eq!(cookie(&headers, &second), None, "no cookie of ours is that short");
    }

    #[test]
    fn only_our_own_page_presses_the_button() {
        let hosts = ["ci.example.com".to_owned()];
        fn of(origin: &str) -> HeaderMap {
            HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_str(origin).expect("text"))])
        }
        assert!(same_origin(&hosts, &of("https://ci.example.com")));
        assert!(!same_origin(&hosts, &HeaderMap::new()), "nobody says where it comes from");
        for other in ["https://evil.example", "null", "ci.example.com", ""] {
            assert!(!same_origin(&hosts, &of(other)), "{other}");
        }
    }

    #[test]
    fn the_question_names_who_asks_and_where_and_no_name_becomes_markup() {
        let row = HandshakeRow {
            state: HandshakeId::new("s"),
            account: domain::AccountId::new("000000000000"),
            connection: domain::ConnectionArn::new("arn:c"),
            registration: RegistrationId::new("reg"),
            session: String::new(),
            sealed_verifier: Vec::new(),
            expires: domain::Timestamp(0),
            used: false,
            redirect_uri: String::new(),
            agreed: None,
            draft: None,
            offer: None,
            requester: Some("arn:aws:iam::000000000000:user/<b>mallory</b>".to_owned()),
        };
        let html = question(&row, "<script>alert(1)</script>", "https://git.example.com");
        assert!(html.contains("000000000000") && html.contains("https://git.example.com"));
        assert!(html.contains("user/&#60;b&#62;mallory"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }
}

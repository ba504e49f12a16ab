//! One request: where it came in, who makes it, and in which form it wants its answer.

use crate::href::Href;
use crate::refusal::Refusal;
use crate::session::{self, Session};
use crate::state::ConsoleState;
use crate::view::frame::Place;
use crate::view::{Frame, Section};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use operations::arrival::Arrival;
use store::SessionRow;

/// What is known of a request before it is answered.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The origin that it came to, one of the console's; empty where its host is none of them.
    pub origin: String,
    /// Whether it came over HTTPS.
    pub secure: bool,
    /// Who makes it.
    pub session: Option<Session>,
    /// Whether it asks for JSON.
    pub json: bool,
    region: String,
}

impl Visit {
    /// Looks at a request.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn of(state: &ConsoleState, parts: &Parts) -> Result<Self, Refusal> {
        let headers = &parts.headers;
        let origin = origin_of(state, parts);
        let secure = origin.starts_with("https://");
        let store = &state.desk.store;
        let session = session::of_request(headers, secure, store, state.now()).await?;
        let arrival = parts.extensions.get::<Arrival>().cloned();
        let session = session.map(|session| Session { arrival, ..session });
        let json = wants_json(headers);
        Ok(Self { origin, secure, session, json, region: state.region.to_string() })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Nobody is.
    pub fn session(&self) -> Result<&Session, Refusal> {
        self.session.as_ref().ok_or(Refusal::SignedOut)
    }

    /// The frame of a page; `events` is the address of its event stream.
    pub fn frame(&self, section: Section, events: Option<Href>) -> Frame {
        let Some(session) = &self.session else { return Frame::default() };
        let SessionRow { account, acts_as, .. } = &session.row;
        let user = acts_as.as_ref().map(|_| user_name(&session.row.user).to_owned());
        let place = Place { account: account.to_string(), region: self.region.clone(), user };
        Frame { section, place: Some(place), form_token: session.form_token.clone(), events }
    }

    /// Checks that a form came from a page of this origin: browsers say so themselves, and no
    /// other site can make them say it.
    ///
    /// # Errors
    /// It came from elsewhere, or does not say.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let same = text("origin").is_some_and(|origin| origin == self.origin);
        let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
        match same && site && !self.origin.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Forbidden(
                "This form was not sent from a page of this console. Open the console and send it there.",
            )),
        }
    }

    /// Checks the token that every form of a session carries.
    ///
    /// # Errors
    /// It is missing, or another session's.
    pub fn check_form(&self, token: &str) -> Result<&Session, Refusal> {
        let session = self.session()?;
        match same(&session.form_token, token) {
            true => Ok(session),
            false => Err(Refusal::Forbidden(
                "This form belongs to another session. Reload its page and send it again.",
            )),
        }
    }
}

/// The last part of a user's ARN.
fn user_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The console's origin whose host the request names (HTTP/2 names it in the address).
fn origin_of(state: &ConsoleState, parts: &Parts) -> String {
    let header = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = header.or_else(|| parts.uri.authority().map(|it| it.as_str())).unwrap_or("");
    let named = |origin: &&String| origin.split_once("://").is_some_and(|(_, name)| name == host);
    state.origins.iter().find(named).cloned().unwrap_or_default()
}

/// Whether JSON is asked for, and a page is not: browsers name `text/html` themselves.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|it| it.to_str().ok());
    let accepted: Vec<_> = accepted.collect();
    let names = |kind: &str| accepted.iter().any(|line| line.contains(kind));
    names("application/json") && !names("text/html")
}

/// Whether a method only reads.
pub fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Compares in time that does not tell how much of it is right.
fn same(secret: &str, text: &str) -> bool {
    let differing = secret.bytes().zip(text.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    secret.len() == text.len() && differing == 0
}

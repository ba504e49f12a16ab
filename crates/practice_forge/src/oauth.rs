//! The code flow of an OAuth app, with PKCE that is enforced where a challenge was sent.

use crate::Shared;
use crate::world::{Code, Token};
use aws_lc_rs::digest;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Clock, Entropy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use url::{Url, form_urlencoded};

const CODE_SECONDS_MAX: i64 = 600;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/login/oauth/authorize", get(authorize).post(decide))
        .route("/login/oauth/access_token", post(access_token))
}

/// What a browser is sent with.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Asked {
    client_id: String,
    redirect_uri: Option<String>,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// Only of the page's form: `approve` or `deny`.
    decision: Option<String>,
}

async fn authorize(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    if shared.auto_approve {
        return answer(&shared, &Asked { decision: Some("approve".to_owned()), ..asked });
    }
    let query = serde_json::to_value(&asked).unwrap_or_default();
    let fields = query.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, value)| value.as_str().map(|text| (name, text)));
    let hidden = fields.map(|(name, text)| {
        format!(r#"<input type="hidden" name="{name}" value="{}">"#, escaped(text))
    });
    let (login, client) = (escaped(&shared.login), escaped(&asked.client_id));
    let page = format!(
        r#"<!doctype html><meta charset="utf-8"><title>Practice forge</title>
<h1>Authorize {client}</h1><p>Signed in as {login}.</p>
<form method="post">{}<button name="decision" value="approve">Authorize</button>
<button name="decision" value="deny">Cancel</button></form>"#,
        hidden.collect::<String>()
    );
    Html(page).into_response()
}

async fn decide(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let pairs = form_urlencoded::parse(body.as_bytes());
    let form: serde_json::Map<String, Value> =
        pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect();
    match serde_json::from_value(Value::Object(form)) {
        Ok(asked) => answer(&shared, &asked),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// Sends the browser back, with a code or with the reason why not.
fn answer(shared: &Shared, asked: &Asked) -> Response {
    let world = shared.world();
    let Some(client) = world.clients.iter().find(|it| it.id == asked.client_id) else {
        return (StatusCode::NOT_FOUND, "no such OAuth app").into_response();
    };
    let callback = client.callback.clone();
    drop(world);
    let wanted = asked.redirect_uri.as_deref().map_or(Ok(callback.clone()), Url::parse);
    let back = wanted.ok().filter(|wanted| is_under(wanted, &callback));
    let plain =
        asked.code_challenge.is_some() && asked.code_challenge_method.as_deref() != Some("S256");
    let (mut back, result) = match back {
        None => (callback, Err("redirect_uri_mismatch")),
        Some(back) if plain => (back, Err("invalid_request")),
        Some(back) if asked.decision.as_deref() == Some("approve") => {
            let code = issue(shared, asked, back.as_str());
            (back, Ok(code))
        }
        Some(back) => (back, Err("access_denied")),
    };
    let (name, value) = match &result {
        Ok(code) => ("code", code.as_str()),
        Err(error) => ("error", *error),
    };
    back.query_pairs_mut().append_pair(name, value);
    asked.state.iter().for_each(|state| {
        back.query_pairs_mut().append_pair("state", state);
    });
    Redirect::to(back.as_str()).into_response()
}

/// GitHub's rule: the callback's host and path or one below; on loopback any port.
fn is_under(wanted: &Url, callback: &Url) -> bool {
    let loopback = matches!(callback.host_str(), Some("127.0.0.1" | "[::1]"));
    wanted.scheme() == callback.scheme()
        && wanted.host() == callback.host()
        && (loopback || wanted.port_or_known_default() == callback.port_or_known_default())
        && wanted.path().starts_with(callback.path())
}

fn issue(shared: &Shared, asked: &Asked, redirect_uri: &str) -> String {
    let code = shared.random_hex(10);
    let made = Code {
        client_id: asked.client_id.clone(),
        login: shared.login.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge: asked.code_challenge.clone(),
        scope: asked.scope.clone(),
        made_at: shared.clock.now(),
    };
    shared.world().codes.insert(code.clone(), made);
    code
}

/// Errors come with status 200, as GitHub's do; the answer is a form unless JSON is asked for.
async fn access_token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let value = |name: &str| {
        let found = pairs.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let answer = match redeem(&shared, &value) {
        Ok(token) => token,
        Err((code, text)) => json!({"error": code, "error_description": text}),
    };
    let wants_json = headers.get(header::ACCEPT).is_some_and(|it| it == "application/json");
    if wants_json {
        return Json(answer).into_response();
    }
    let fields = answer.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded")], form).into_response()
}

type Refused = (&'static str, &'static str);

fn redeem<'a>(shared: &Shared, value: &impl Fn(&str) -> &'a str) -> Result<Value, Refused> {
    let bad_code = ("bad_verification_code", "The code passed is incorrect or expired.");
    let mut world = shared.world();
    let client = world.clients.iter().find(|it| it.id == value("client_id"));
    if client.is_none_or(|client| client.secret != value("client_secret")) {
        return Err((
            "incorrect_client_credentials",
            "The client_id and/or client_secret passed are incorrect.",
        ));
    }
    let code = world.codes.remove(value("code")).ok_or(bad_code)?;
    let age = shared.clock.now().millis_since(code.made_at);
    if age > CODE_SECONDS_MAX * 1000 || code.client_id != value("client_id") {
        return Err(bad_code);
    }
    if !value("redirect_uri").is_empty() && value("redirect_uri") != code.redirect_uri {
        return Err((
            "redirect_uri_mismatch",
            "The redirect_uri MUST match the one that was asked with.",
        ));
    }
    let verifier = digest::digest(&digest::SHA256, value("code_verifier").as_bytes());
    if code.challenge.is_some_and(|challenge| challenge != URL_SAFE_NO_PAD.encode(verifier)) {
        return Err((
            "bad_verification_code",
            "The code_verifier does not fit the code_challenge.",
        ));
    }
    let token = format!("gho_{}", shared.random_hex(18));
    let scope = code.scope.split([' ', ',']).collect::<Vec<_>>().join(",");
    world.tokens.insert(token.clone(), Token { login: code.login, scope: scope.clone() });
    Ok(json!({"access_token": token, "scope": scope, "token_type": "bearer"}))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

impl Shared {
    /// Random bytes in hex.
    pub(crate) fn random_hex(&self, bytes: usize) -> String {
        let mut random = vec![0; bytes];
        self.entropy.fill(&mut random);
        hex::encode(random)
    }
}

//! The code flow (RFC 6749, RFC 7636) as far as all forges agree: the page that asks, and the way
//! back. Each dialect's own `oauth.rs` has the paths and the words of the token endpoint.

use crate::world::grant::{Challenge, Code, Fresh, Issued, Refused, Request};
use crate::world::user::Consent;
use crate::{Kind, Shared};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// What a browser is sent with.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Asked {
    client_id: String,
    redirect_uri: Option<String>,
    scope: String,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// Only of the page's form: `approve` or `deny`.
    decision: Option<String>,
}

/// `GET` of the authorize page.
pub(crate) async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Response {
    let consent = shared.world().consent;
    match consent {
        Consent::Given => answer(&shared, &asked, true),
        Consent::Refused => answer(&shared, &asked, false),
        Consent::Asked => page(&shared, &asked),
    }
}

fn page(shared: &Shared, asked: &Asked) -> Response {
    let query = serde_json::to_value(asked).unwrap_or_default();
    let fields = query.as_object().into_iter().flatten();
    let fields = fields.filter_map(|(name, value)| value.as_str().map(|text| (name, text)));
    let hidden = fields.map(|(name, text)| {
        format!(r#"<input type="hidden" name="{name}" value="{}">"#, escaped(text))
    });
    let (login, client) = (escaped(&shared.world().signed_in), escaped(&asked.client_id));
    let page = format!(
        r#"<!doctype html><meta charset="utf-8"><title>Practice forge</title>
<h1>Authorize {client}</h1><p>Signed in as {login}.</p>
<form method="post">{}<button name="decision" value="approve">Authorize</button>
<button name="decision" value="deny">Cancel</button></form>"#,
        hidden.collect::<String>()
    );
    Html(page).into_response()
}

/// `POST` of the authorize page's form.
pub(crate) async fn decide(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let pairs = form_urlencoded::parse(body.as_bytes());
    let form: Map<String, Value> =
        pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect();
    match serde_json::from_value::<Asked>(Value::Object(form)) {
        Ok(asked) => answer(&shared, &asked, asked.decision.as_deref() == Some("approve")),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// Sends the browser back, with a code or with the reason why not.
fn answer(shared: &Shared, asked: &Asked, agreed: bool) -> Response {
    let callback = {
        let world = shared.world();
        let client = world.grants.clients.iter().find(|it| it.id == asked.client_id);
        client.map(|client| client.callback.clone())
    };
    let Some(callback) = callback else {
        return (StatusCode::NOT_FOUND, "no such OAuth app").into_response();
    };
    let wanted = asked.redirect_uri.as_deref().map_or(Ok(callback.clone()), Url::parse);
    let back = wanted.ok().filter(|wanted| may_go(shared.kind, wanted, &callback));
    let (mut back, result) = match back {
        // Only GitHub sends the browser anywhere; the others show a page.
        None if shared.kind == Kind::GitHub => (callback, Err("redirect_uri_mismatch")),
        None => {
            let words = "The redirect URI included is not valid.";
            return (StatusCode::BAD_REQUEST, Html(words)).into_response();
        }
        Some(back) if !agreed => (back, Err("access_denied")),
        Some(back) => match challenge(shared.kind, asked) {
            Ok(challenge) => {
                let code = issue(shared, asked, back.as_str(), challenge);
                (back, Ok(code))
            }
            Err(error) => (back, Err(error)),
        },
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

/// GitHub and Bitbucket Cloud: the callback's origin, and its path or one below. GitLab and
/// Bitbucket Server: the callback itself. On loopback no port counts for GitHub and GitLab
/// (RFC 8252). One that was registered with a slash at its end is ours: the practice command
/// registers it before anybody knows the client's own.
fn may_go(kind: Kind, wanted: &Url, callback: &Url) -> bool {
    let loopback = matches!(callback.host_str(), Some("127.0.0.1" | "[::1]"));
    let unknown = callback.path().ends_with('/');
    let any_port = loopback && (unknown || matches!(kind, Kind::GitHub | Kind::GitLab));
    let below = unknown || matches!(kind, Kind::GitHub | Kind::Bitbucket);
    let same_path = wanted.path() == callback.path() && wanted.query() == callback.query();
    wanted.scheme() == callback.scheme()
        && wanted.host() == callback.host()
        && (any_port || wanted.port_or_known_default() == callback.port_or_known_default())
        && (same_path || (below && wanted.path().starts_with(callback.path())))
}

/// GitHub takes S256 only, GitLab and Bitbucket Server `plain` too; Bitbucket Cloud does not know
/// PKCE and looks at nothing.
fn challenge(kind: Kind, asked: &Asked) -> Result<Option<Challenge>, &'static str> {
    let Some(text) = asked.code_challenge.clone().filter(|_| kind != Kind::Bitbucket) else {
        return Ok(None);
    };
    match asked.code_challenge_method.as_deref() {
        Some("S256") => Ok(Some(Challenge { text, plain: false })),
        Some("plain") if kind != Kind::GitHub => Ok(Some(Challenge { text, plain: true })),
        _ => Err("invalid_request"),
    }
}

fn issue(
    shared: &Shared,
    asked: &Asked,
    redirect_uri: &str,
    challenge: Option<Challenge>,
) -> String {
    let code = shared.random_hex(10);
    // Bitbucket Cloud's scopes are the consumer's, and a request names none.
    let wanted = match asked.scope.as_str() {
        "" if shared.kind == Kind::Bitbucket => shared.kind.every_scope(),
        wanted => wanted,
    };
    let mut world = shared.world();
    let of_app = world.apps.iter().any(|app| app.client_id == asked.client_id);
    let wanted = if of_app { "" } else { wanted };
    let made = Code {
        client_id: asked.client_id.clone(),
        login: world.signed_in.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge,
        scope: world.scopes_granted.clone().unwrap_or_else(|| wanted.to_owned()),
        made_at: shared.now(),
    };
    world.grants.codes.insert(code.clone(), made);
    code
}

impl Shared {
    /// Answers a token request by this kind's rules.
    pub(crate) fn issue(&self, asked: &Request) -> Result<Issued, Refused> {
        let fresh = Fresh {
            access: format!("{}{}", self.kind.token_prefix(), self.random_hex(18)),
            refresh: self.random_hex(20),
        };
        let issued = self.world().grants.issue(asked, self.token_rules, fresh, self.now())?;
        if asked.grant_type == "refresh_token" {
            self.refreshed.send_modify(|count| *count += 1);
        }
        Ok(issued)
    }
}

/// The members of a token request: a form's, a query's, and HTTP Basic's client.
pub(crate) fn request(headers: &HeaderMap, query: &str, body: &str) -> Request {
    let mut asked = Request::default();
    let pairs =
        form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body.as_bytes()));
    for (name, value) in pairs {
        let member = match &*name {
            "grant_type" => &mut asked.grant_type,
            "client_id" => &mut asked.client_id,
            "client_secret" => &mut asked.client_secret,
            "code" => &mut asked.code,
            "redirect_uri" => &mut asked.redirect_uri,
            "code_verifier" => &mut asked.code_verifier,
            "refresh_token" => &mut asked.refresh_token,
            _ => continue,
        };
        *member = value.into_owned();
    }
    if let Some((id, secret)) = basic(headers) {
        (asked.client_id, asked.client_secret) = (id, secret);
    }
    asked
}

/// User and password of HTTP Basic.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = sent.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    decoded.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, callback: &str, wanted: &str, expect: bool) {
        let url = |text: &str| Url::parse(text).expect("a URL");
        assert_eq!(
            may_go(kind, &url(wanted), &url(callback)),
            expect,
            "{kind} {callback} {wanted}"
        );
    }

    #[test]
    fn a_code_goes_where_the_app_said() {
        let callback = "https://ci.example.com/oauth/callback/r1";
        for kind in Kind::ALL {
            check(kind, callback, callback, true);
            check(kind, callback, "https://ci.example.com/oauth/other", false);
            check(kind, callback, "https://ci.example.com:444/oauth/callback/r1", false);
            check(kind, callback, "http://ci.example.com/oauth/callback/r1", false);
            check(kind, callback, "https://evil.example.com/oauth/callback/r1", false);
        }
        for (kind, below) in [
            (Kind::GitHub, true),
            (Kind::Bitbucket, true),
            (Kind::GitLab, false),
            (Kind::BitbucketServer, false),
        ] {
            check(kind, callback, &format!("{callback}/deeper"), below);
            check(kind, callback, &format!("{callback}?x=1"), below);
        }
        check(Kind::GitLab, "http://127.0.0.1/cb", "http://127.0.0.1:7700/cb", true);
        check(Kind::BitbucketServer, "http://127.0.0.1/cb", "http://127.0.0.1:7700/cb", false);
        for kind in Kind::ALL {
            check(kind, "http://127.0.0.1/cb/", "http://127.0.0.1:7700/cb/reg-1", true);
        }
    }
}

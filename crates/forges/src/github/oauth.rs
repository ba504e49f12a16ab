//! The code flow of an OAuth app (GitHub's documentation, "Authorizing OAuth apps").

use super::api::check_status;
use crate::Error;
use crate::forge::{ClientRegistration, Exchange, Grant};
use domain::Secret;
use egress::{Method, Request};
use serde::Deserialize;
use url::{Url, form_urlencoded};

/// Reading private code has no narrower scope than `repo`, which covers statuses too.
const SCOPES: &str = "repo admin:repo_hook read:user";

pub(super) fn authorize_url(
    web: &Url,
    client: &ClientRegistration,
    state: &str,
    challenge: &str,
    redirect_uri: &Url,
) -> Url {
    let mut url = web.clone();
    url.set_path("/login/oauth/authorize");
    url.query_pairs_mut()
        .append_pair("client_id", &client.client_id)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("scope", SCOPES)
        .append_pair("state", state)
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256");
    url
}

/// GitHub answers errors with status 200 too, so `error` is looked at first.
#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    error_description: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
}

pub(super) async fn exchange_code(
    http: &egress::Client,
    web: &Url,
    client: &ClientRegistration,
    exchange: Exchange<'_>,
) -> Result<Grant, Error> {
    let mut url = web.clone();
    url.set_path("/login/oauth/access_token");
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &client.client_id)
        .append_pair("client_secret", client.client_secret.expose())
        .append_pair("code", exchange.code.expose())
        .append_pair("redirect_uri", exchange.redirect_uri.as_str())
        .append_pair("code_verifier", exchange.verifier.expose())
        .finish();
    let json = egress::HeaderValue::from_static("application/json");
    let request = Request::new(Method::POST, url)
        .header(egress::header::ACCEPT, json)
        .content("application/x-www-form-urlencoded", form);
    let what = "the exchange of the code";
    let response = check_status(http.send(request).await?, what)?;
    // The parser's message could quote the answer, and with it the token.
    let answer: Answer = serde_json::from_slice(&response.body).map_err(|_| Error::Unexpected {
        what: what.to_owned(),
        why: "not the JSON of a token".to_owned(),
    })?;
    grant(answer)
}

fn grant(answer: Answer) -> Result<Grant, Error> {
    if let Some(code) = answer.error {
        let description = answer.error_description.unwrap_or_default();
        return Err(Error::HandshakeRefused { code, description });
    }
    let Some(token) = answer.access_token.filter(|token| !token.is_empty()) else {
        let what = "the exchange of the code".to_owned();
        return Err(Error::Unexpected { what, why: "neither a token nor an error".to_owned() });
    };
    let scopes = answer.scope.unwrap_or_default();
    let scopes = scopes.split([',', ' ']).filter(|it| !it.is_empty()).map(str::to_owned);
    Ok(Grant {
        token: Secret::new(token),
        refresh_token: answer.refresh_token.map(Secret::new),
        expires_in_seconds: answer.expires_in,
        scopes: scopes.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Grant, Error> {
        grant(serde_json::from_str(json).expect("an answer"))
    }

    #[test]
    fn an_error_counts_before_a_token_does() {
        let refused = read(r#"{"error": "bad_verification_code", "access_token": "x"}"#);
        assert!(
            matches!(refused, Err(Error::HandshakeRefused { code, .. }) if code == "bad_verification_code")
        );
        assert!(matches!(read("{}"), Err(Error::Unexpected { .. })));
    }

    #[test]
    fn a_grant_says_what_was_granted() {
        let grant =
            read(r#"{"access_token": "gho_x", "scope": "repo,read:user", "token_type": "bearer"}"#);
        let grant = grant.expect("a grant");
        assert_eq!(grant.scopes, ["repo", "read:user"]);
        assert_eq!((grant.expires_in_seconds, grant.refresh_token.is_none()), (None, true));
    }
}

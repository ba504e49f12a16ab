//! The OAuth 2.0 provider of Bitbucket Data Center: codes with PKCE for incoming links; client id
//! and secret go in the form. It enforces HTTPS.

use crate::forge::ClientRegistration;
use crate::grant::{ClientProof, TokenEndpoint};
use egress::Client;
use url::Url;

/// Hooks take an administrator of the repository; each scope covers those below it.
const SCOPE: &str = "REPO_ADMIN";

/// The scopes that cover it as well.
const WIDER: [&str; 3] = ["PROJECT_ADMIN", "ADMIN_WRITE", "SYSTEM_ADMIN"];

pub(super) fn authorize_url(
    web: &Url,
    client: &ClientRegistration,
    state: &str,
    challenge: &str,
    redirect_uri: &Url,
) -> Url {
    let mut url = web.join("rest/oauth2/latest/authorize").expect("a path below a base");
    url.query_pairs_mut()
        .append_pair("client_id", &client.client_id)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("response_type", "code")
        .append_pair("scope", SCOPE)
        .append_pair("state", state)
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256");
    url
}

pub(super) fn endpoint<'a>(http: &'a Client, web: &Url) -> TokenEndpoint<'a> {
    let url = web.join("rest/oauth2/latest/token").expect("a path below a base");
    TokenEndpoint { http, url, proof: ClientProof::Form, takes_verifier: true }
}

/// An answer without scopes grants what was asked for (RFC 6749, 5.1).
pub(super) fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let covers = |scope: &String| scope == SCOPE || WIDER.contains(&scope.as_str());
    let enough = granted.is_empty() || granted.iter().any(covers);
    if enough { Vec::new() } else { vec![SCOPE] }
}

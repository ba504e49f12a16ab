//! GitLab's OAuth 2.0 provider: codes with PKCE, refresh tokens that are good once.

use crate::forge::ClientRegistration;
use crate::grant::{ClientProof, TokenEndpoint};
use egress::Client;
use url::Url;

/// Hooks and statuses are written with no narrower scope, and it reads code as well.
const SCOPE: &str = "api";

pub(super) fn authorize_url(
    web: &Url,
    client: &ClientRegistration,
    state: &str,
    challenge: &str,
    redirect_uri: &Url,
) -> Url {
    let mut url = web.join("oauth/authorize").expect("a path below a base");
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
    let url = web.join("oauth/token").expect("a path below a base");
    TokenEndpoint { http, url, proof: ClientProof::Form, takes_verifier: true }
}

pub(super) fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let has = granted.iter().any(|it| it == SCOPE);
    if has { Vec::new() } else { vec![SCOPE] }
}

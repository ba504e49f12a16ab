//! Bitbucket's OAuth 2.0: codes for consumers, whose scopes are set where they are registered. Its
//! documentation knows no PKCE; the secret goes by HTTP Basic.

use crate::forge::ClientRegistration;
use crate::grant::{ClientProof, TokenEndpoint};
use egress::Client;
use url::Url;

/// What the consumer must have been given: who one is, code and statuses, pull requests, hooks.
const NEEDED: [&str; 4] = ["account", "repository", "pullrequest", "webhook"];

pub(super) fn authorize_url(
    web: &Url,
    client: &ClientRegistration,
    state: &str,
    redirect_uri: &Url,
) -> Url {
    let mut url = web.join("site/oauth2/authorize").expect("a path below a base");
    url.query_pairs_mut()
        .append_pair("client_id", &client.client_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("state", state);
    url
}

pub(super) fn endpoint<'a>(http: &'a Client, web: &Url) -> TokenEndpoint<'a> {
    let url = web.join("site/oauth2/access_token").expect("a path below a base");
    TokenEndpoint { http, url, proof: ClientProof::Basic, takes_verifier: false }
}

/// `repository:write` covers `repository`, and pull requests cannot be read without it.
pub(super) fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let covers = |scope: &str, needed: &str| {
        let area = scope.split(':').next().unwrap_or_default();
        area == needed || (needed == "repository" && area == "pullrequest")
    };
    let has = |needed: &str| granted.iter().any(|scope| covers(scope, needed));
    NEEDED.into_iter().filter(|needed| !has(needed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_scope_covers_a_narrower_one() {
        let check = |granted: &str, expect: &[&str]| {
            let granted: Vec<_> = granted.split(' ').map(str::to_owned).collect();
            assert_eq!(missing_scopes(&granted), expect, "{granted:?}");
        };
        check("account repository pullrequest webhook", &[]);
        check("account:write pullrequest:write webhook", &[]);
        check("account repository:admin", &["pullrequest", "webhook"]);
        check("", &NEEDED);
    }
}

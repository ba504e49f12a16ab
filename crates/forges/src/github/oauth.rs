//! The code flow of an OAuth app (GitHub's documentation, "Authorizing OAuth apps"). The tokens of
//! a GitHub App's users come the same way and are refreshed at the same place.

use crate::forge::ClientRegistration;
use crate::grant::{ClientProof, TokenEndpoint};
use egress::Client;
use url::Url;

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

pub(super) fn endpoint<'a>(http: &'a Client, web: &Url) -> TokenEndpoint<'a> {
    let mut url = web.clone();
    url.set_path("/login/oauth/access_token");
    TokenEndpoint { http, url, proof: ClientProof::Form, takes_verifier: true }
}

/// GitHub lists what was granted in its shortest form. An empty list is that of an App's user,
/// whose rights are the App's. Who one is, anyone may ask.
pub(super) fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let has = |scope: &str| granted.iter().any(|it| it == scope);
    let needed = ["repo", "admin:repo_hook"].into_iter();
    needed.filter(|scope| !granted.is_empty() && !has(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_took_away_is_missed_by_name() {
        let check = |granted: &[&str], expect: &[&str]| {
            let granted: Vec<_> = granted.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(missing_scopes(&granted), expect, "{granted:?}");
        };
        check(&["repo", "admin:repo_hook", "read:user"], &[]);
        check(&["public_repo", "read:user"], &["repo", "admin:repo_hook"]);
        check(&[], &[]);
    }
}

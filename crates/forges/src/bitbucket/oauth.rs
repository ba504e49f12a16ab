//! Bitbucket's OAuth 2.0: codes for consumers, whose scopes are set where they are registered. Its
//! documentation knows no PKCE; the secret goes by HTTP Basic.

use super::Bitbucket;
use crate::Error;
use crate::forge::{Authorization, ClientRegistration, Exchange, Grant};
use crate::grant::{ClientProof, CodeRequest, TokenEndpoint};
use domain::Secret;
use url::Url;

/// What the consumer must have been given: who one is, code and statuses, pull requests, hooks.
const NEEDED: [&str; 4] = ["account", "repository", "pullrequest", "webhook"];

#[async_trait::async_trait]
impl Authorization for Bitbucket {
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        _challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        let page = self.web.join("site/oauth2/authorize").expect("a path below a base");
        let (scope, challenge) = (None, None);
        CodeRequest { client, scope, state, challenge, redirect_uri }.at(page)
    }

    async fn exchange_code(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error> {
        self.tokens().exchange(client, exchange).await
    }

    async fn refresh(
        &self,
        client: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<Grant, Error> {
        self.tokens().refresh(client, refresh_token).await
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        missing_scopes(granted)
    }
}

impl Bitbucket {
    fn tokens(&self) -> TokenEndpoint<'_> {
        let url = self.web.join("site/oauth2/access_token").expect("a path below a base");
        TokenEndpoint {
            http: &self.rest.client,
            url,
            proof: ClientProof::Basic,
            takes_verifier: false,
        }
    }
}

/// `repository:write` covers `repository`, and pull requests cannot be read without it.
fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
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

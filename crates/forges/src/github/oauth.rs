//! The code flow of an OAuth app (GitHub's documentation, "Authorizing OAuth apps"). The tokens of
//! a GitHub App's users come the same way and are refreshed at the same place.

use super::GitHub;
use crate::Error;
use crate::forge::{Authorization, ClientRegistration, Exchange, Grant};
use crate::grant::{ClientProof, CodeRequest, TokenEndpoint};
use domain::Secret;
use url::Url;

/// Reading private code has no narrower scope than `repo`, which covers statuses too.
const SCOPES: &str = "repo admin:repo_hook read:user";

#[async_trait::async_trait]
impl Authorization for GitHub {
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        let mut page = self.web.clone();
        page.set_path("/login/oauth/authorize");
        let (scope, challenge) = (Some(SCOPES), Some(challenge));
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

impl GitHub {
    fn tokens(&self) -> TokenEndpoint<'_> {
        let mut url = self.web.clone();
        url.set_path("/login/oauth/access_token");
        TokenEndpoint {
            http: &self.rest.client,
            url,
            proof: ClientProof::Form,
            takes_verifier: true,
        }
    }
}

/// GitHub lists what was granted in its shortest form. An empty list is that of an App's user,
/// whose rights are the App's. Who one is, anyone may ask.
fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
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

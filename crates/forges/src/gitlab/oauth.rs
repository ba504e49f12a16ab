//! GitLab's OAuth 2.0 provider: codes with PKCE, refresh tokens that are good once.

use super::GitLab;
use crate::Error;
use crate::forge::{Authorization, ClientRegistration, Exchange, Grant};
use crate::grant::{ClientProof, CodeRequest, TokenEndpoint};
use domain::Secret;
use url::Url;

/// Hooks and statuses are written with no narrower scope, and it reads code as well.
const SCOPE: &str = "api";

#[async_trait::async_trait]
impl Authorization for GitLab {
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        let page = self.web.join("oauth/authorize").expect("a path below a base");
        let (scope, challenge) = (Some(SCOPE), Some(challenge));
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

impl GitLab {
    fn tokens(&self) -> TokenEndpoint<'_> {
        let url = self.web.join("oauth/token").expect("a path below a base");
        TokenEndpoint {
            http: &self.rest.client,
            url,
            proof: ClientProof::Form,
            takes_verifier: true,
        }
    }
}

fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let has = granted.iter().any(|it| it == SCOPE);
    if has { Vec::new() } else { vec![SCOPE] }
}

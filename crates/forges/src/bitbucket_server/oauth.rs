//! The OAuth 2.0 provider of Bitbucket Data Center: codes with PKCE for incoming links; client id
//! and secret go in the form. It enforces HTTPS.

use super::BitbucketServer;
use crate::Error;
use crate::forge::{Authorization, ClientRegistration, Exchange, Grant};
use crate::grant::{ClientProof, CodeRequest, TokenEndpoint};
use domain::Secret;
use url::Url;

/// Hooks take an administrator of the repository; each scope covers those below it.
const SCOPE: &str = "REPO_ADMIN";

/// The scopes that cover it as well.
const WIDER: [&str; 3] = ["PROJECT_ADMIN", "ADMIN_WRITE", "SYSTEM_ADMIN"];

#[async_trait::async_trait]
impl Authorization for BitbucketServer {
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        let page = self.web.join("rest/oauth2/latest/authorize").expect("a path below a base");
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

impl BitbucketServer {
    fn tokens(&self) -> TokenEndpoint<'_> {
        let url = self.web.join("rest/oauth2/latest/token").expect("a path below a base");
        TokenEndpoint {
            http: &self.rest.client,
            url,
            proof: ClientProof::Form,
            takes_verifier: true,
        }
    }
}

/// An answer without scopes grants what was asked for (RFC 6749, 5.1).
fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let covers = |scope: &String| scope == SCOPE || WIDER.contains(&scope.as_str());
    let enough = granted.is_empty() || granted.iter().any(covers);
    if enough { Vec::new() } else { vec![SCOPE] }
}

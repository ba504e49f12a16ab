//! The OAuth 2.0 provider of Bitbucket Data Center: codes with PKCE for incoming links; client id
//! and secret go in the form. It enforces HTTPS.

use super::BitbucketServer;
use crate::forge::Authorization;
use crate::grant::{AuthorizationServer, ClientProof};

/// Hooks take an administrator of the repository; each scope covers those below it.
const SCOPE: &str = "REPO_ADMIN";

/// The scopes that cover it as well.
const WIDER: [&str; 3] = ["PROJECT_ADMIN", "ADMIN_WRITE", "SYSTEM_ADMIN"];

impl Authorization for BitbucketServer {
    fn authorization_server(&self) -> AuthorizationServer<'_> {
        let page = |path| self.web.join(path).expect("a path below a base");
        AuthorizationServer {
            http: &self.rest.client,
            authorize: page("rest/oauth2/latest/authorize"),
            token: page("rest/oauth2/latest/token"),
            revocation: Some(page("rest/oauth2/latest/revoke")),
            proof: ClientProof::Form,
            scope: Some(SCOPE),
            knows_pkce: true,
        }
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        missing_scopes(granted)
    }
}

/// An answer without scopes grants what was asked for (RFC 6749, 5.1).
fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let covers = |scope: &String| scope == SCOPE || WIDER.contains(&scope.as_str());
    let enough = granted.is_empty() || granted.iter().any(covers);
    if enough { Vec::new() } else { vec![SCOPE] }
}

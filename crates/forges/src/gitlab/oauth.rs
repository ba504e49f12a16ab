//! GitLab's OAuth 2.0 provider: codes with PKCE, refresh tokens that are good once.

use super::GitLab;
use crate::forge::Authorization;
use crate::grant::{AuthorizationServer, ClientProof};

/// Hooks and statuses are written with no narrower scope, and it reads code as well.
const SCOPE: &str = "api";

impl Authorization for GitLab {
    fn authorization_server(&self) -> AuthorizationServer<'_> {
        let page = |path| self.web.join(path).expect("a path below a base");
        AuthorizationServer {
            http: &self.rest.client,
            authorize: page("oauth/authorize"),
            token: page("oauth/token"),
            revocation: Some(page("oauth/revoke")),
            proof: ClientProof::Form,
            scope: Some(SCOPE),
            knows_pkce: true,
        }
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        missing_scopes(granted)
    }
}

fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let has = granted.iter().any(|it| it == SCOPE);
    if has { Vec::new() } else { vec![SCOPE] }
}

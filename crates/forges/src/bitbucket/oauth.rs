//! Bitbucket's OAuth 2.0: codes for consumers, whose scopes are set where they are registered. Its
//! documentation knows no PKCE; the secret goes by HTTP Basic.

use super::Bitbucket;
use crate::forge::Authorization;
use crate::grant::{AuthorizationServer, ClientProof};

/// What the consumer must have been given: who one is, code and statuses, pull requests, hooks.
const NEEDED: [&str; 4] = ["account", "repository", "pullrequest", "webhook"];

impl Authorization for Bitbucket {
    fn authorization_server(&self) -> AuthorizationServer<'_> {
        let page = |path| self.web.join(path).expect("a path below a base");
        AuthorizationServer {
            http: &self.rest.client,
            authorize: page("site/oauth2/authorize"),
            token: page("site/oauth2/access_token"),
            revocation: None,
            proof: ClientProof::Basic,
            scope: None,
            knows_pkce: false,
        }
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        missing_scopes(granted)
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

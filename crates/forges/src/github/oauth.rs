//! The code flow of an OAuth app (GitHub's documentation, "Authorizing OAuth apps"). The tokens of
//! a GitHub App's users come the same way and are refreshed at the same place.

use super::GitHub;
use crate::Error;
use crate::forge::{Asked, Authorization, ClientRegistration};
use crate::grant::{AuthorizationServer, ClientProof};
use crate::path::segment;
use domain::Secret;
use egress::Method;
use serde_json::json;

/// Reading private code has no narrower scope than `repo`, which covers statuses too.
const SCOPES: &str = "repo admin:repo_hook read:user";

const REVOCATION: &str = "the revocation of the token";

#[async_trait::async_trait]
impl Authorization for GitHub {
    fn authorization_server(&self) -> AuthorizationServer<'_> {
        let page = |path| {
            let mut page = self.web.clone();
            page.set_path(path);
            page
        };
        AuthorizationServer {
            http: &self.rest.client,
            authorize: page("/login/oauth/authorize"),
            token: page("/login/oauth/access_token"),
            revocation: None,
            proof: ClientProof::Form,
            scope: Some(SCOPES),
            knows_pkce: true,
        }
    }

    /// GitHub has a call of its own for it, by which the client asks for one token of its users.
    async fn revoke(&self, client: &ClientRegistration, token: &Secret) -> Result<Asked, Error> {
        let path = format!("applications/{}/token", segment(&client.client_id));
        let body = json!({ "access_token": token.expose() });
        match self.rest.call_as_client(client, Method::DELETE, &path, body, REVOCATION).await {
            // 422 is what it says of a token that it does not know.
            Ok(_) | Err(Error::NotFound { .. } | Error::Rejected { .. }) => Ok(Asked::Taken),
            Err(cause) => Err(cause),
        }
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        missing_scopes(granted)
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

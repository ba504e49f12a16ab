//! GitLab, at gitlab.com or self-managed: one driver at any place.
//!
//! Written against GitLab's documentation of its REST API (`doc/api`) and of its OAuth 2.0
//! provider. A project is named by its whole path, with as many groups as there are.

mod api;
mod deliveries;
mod hooks;
mod merge_requests;
mod oauth;
mod protection;
mod repositories;

use crate::forge::Forge;
use crate::rest::{OverRest, Rest};
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// GitLab, at gitlab.com or at a host of its own.
#[derive(Clone, Debug)]
pub struct GitLab {
    provider: ProviderType,
    /// Pages, OAuth and git; its path ends in a slash.
    web: Url,
    rest: Rest,
}

impl GitLab {
    /// gitlab.com.
    pub fn dot_com(client: egress::Client) -> Self {
        let web = Url::parse("https://gitlab.com/").expect("a constant URL");
        Self::at(ProviderType::GitLab, web, client)
    }

    /// A GitLab that someone runs; it may live under a path (a relative URL root).
    pub fn self_managed(endpoint: &Url, client: egress::Client) -> Self {
        Self::at(ProviderType::GitLabSelfManaged, crate::rest::base(endpoint), client)
    }

    fn at(provider: ProviderType, web: Url, client: egress::Client) -> Self {
        let api = web.join("api/v4/").expect("a path below a base");
        Self { provider, web, rest: api::rest(client, api) }
    }
}

impl OverRest for GitLab {
    fn rest(&self) -> &Rest {
        &self.rest
    }
}

impl Forge for GitLab {
    fn provider(&self) -> ProviderType {
        self.provider
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        api::web_page(&self.web, repository, ".git")
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::web_page(&self.web, repository, &format!("/-/commit/{commit}"))
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("oauth2", token)
    }
}

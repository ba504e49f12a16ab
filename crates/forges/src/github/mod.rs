//! GitHub and GitHub Enterprise Server: one driver at two places.
//!
//! Written against GitHub's published description of its REST API (`@octokit/openapi`) and its
//! documentation of OAuth apps.

mod api;
mod app;
mod deliveries;
mod hooks;
mod looking;
mod oauth;
mod protection;
mod repositories;

pub use app::{App, Installation, Manifest, NewApp, Only, Purpose, check_key};

use crate::forge::Forge;
use crate::path::below;
use crate::rest::{OverRest, Rest};
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// GitHub, at github.com or at a host of its own.
#[derive(Clone, Debug)]
pub struct GitHub {
    provider: ProviderType,
    /// Pages, OAuth and git.
    web: Url,
    rest: Rest,
}

impl GitHub {
    /// github.com.
    pub fn dot_com(client: egress::Client) -> Self {
        let parse = |text| Url::parse(text).expect("a constant URL");
        let (web, api) = (parse("https://github.com/"), parse("https://api.github.com/"));
        Self { provider: ProviderType::GitHub, web, rest: api::rest(client, api) }
    }

    /// A GitHub Enterprise Server at `https://HOST`; its API is at `/api/v3`. Of `endpoint` only
    /// the origin counts.
    pub fn enterprise(endpoint: &Url, client: egress::Client) -> Self {
        let mut web = endpoint.clone();
        web.set_path("/");
        web.set_query(None);
        web.set_fragment(None);
        let mut api = web.clone();
        api.set_path("/api/v3/");
        let provider = ProviderType::GitHubEnterpriseServer;
        Self { provider, web, rest: api::rest(client, api) }
    }
}

impl OverRest for GitHub {
    fn rest(&self) -> &Rest {
        &self.rest
    }
}

impl Forge for GitHub {
    fn provider(&self) -> ProviderType {
        self.provider
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        self.page(repository, ".git")
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        self.page(repository, &format!("/commit/{commit}"))
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-access-token", token)
    }
}

impl GitHub {
    fn page(&self, repository: &RepositoryName, rest: &str) -> Result<Url, Error> {
        let path = api::repository_path(repository)?;
        below(&self.web, &format!("{path}{rest}"), repository)
    }
}

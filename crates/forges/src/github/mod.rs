//! GitHub and GitHub Enterprise Server: one driver at two places.
//!
//! Written against GitHub's published description of its REST API (`@octokit/openapi`) and its
//! documentation of OAuth apps.

mod api;
mod hooks;
mod oauth;
mod repositories;

use crate::forge::{
    ClientRegistration, CommitStatus, Exchange, Forge, Grant, Head, Hook, HookTarget, Identity,
    RepositoryInfo,
};
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// GitHub, at github.com or at a host of its own.
#[derive(Clone, Debug)]
pub struct GitHub {
    client: egress::Client,
    provider: ProviderType,
    /// Pages, OAuth and git.
    web: Url,
    /// The REST API; its path ends in a slash.
    api: Url,
}

impl GitHub {
    /// github.com.
    pub fn dot_com(client: egress::Client) -> Self {
        let parse = |text| Url::parse(text).expect("a constant URL");
        let (web, api) = (parse("https://github.com/"), parse("https://api.github.com/"));
        Self { client, provider: ProviderType::GitHub, web, api }
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
        Self { client, provider: ProviderType::GitHubEnterpriseServer, web, api }
    }
}

#[async_trait::async_trait]
impl Forge for GitHub {
    fn provider(&self) -> ProviderType {
        self.provider
    }

    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        oauth::authorize_url(&self.web, client, state, challenge, redirect_uri)
    }

    async fn exchange_code(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error> {
        oauth::exchange_code(&self.client, &self.web, client, exchange).await
    }

    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        self.read_identity(token).await
    }

    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        self.read_repository(token, name).await
    }

    async fn head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error> {
        self.read_head(token, repository, git_ref).await
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        self.list_hooks(token, repository).await
    }

    async fn create_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.write_hook(token, repository, None, target).await
    }

    async fn update_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.write_hook(token, repository, Some(id), target).await
    }

    async fn delete_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        self.remove_hook(token, repository, id).await
    }

    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        self.ask_for_ping(token, repository, id).await
    }

    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        self.write_status(token, repository, commit, status).await
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        let path = api::repository_path(repository)?;
        let url = self.web.join(&format!("{path}.git"));
        url.map_err(|_| Error::NotFound { what: format!("repository {repository}") })
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-access-token", token)
    }
}

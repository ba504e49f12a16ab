//! GitHub and GitHub Enterprise Server: one driver at two places.
//!
//! Written against GitHub's published description of its REST API (`@octokit/openapi`) and its
//! documentation of OAuth apps.

mod api;
mod app;
mod deliveries;
mod hooks;
mod oauth;
mod repositories;

pub use app::{App, Installation, NewApp, manifest};

use crate::forge::{
    Asked, ClientRegistration, CommitStatus, Deliveries, Exchange, Forge, Grant, Head, Hook,
    HookTarget, Identity, RepositoryInfo,
};
use crate::rest::Rest;
use crate::{Error, git};
use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
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
        oauth::endpoint(&self.rest.client, &self.web).exchange(client, exchange).await
    }

    async fn refresh(
        &self,
        client: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<Grant, Error> {
        oauth::endpoint(&self.rest.client, &self.web).refresh(client, refresh_token).await
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        oauth::missing_scopes(granted)
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

    fn hook_events(&self) -> &'static [&'static str] {
        &hooks::EVENTS
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
    ) -> Result<Asked, Error> {
        self.ask_for_ping(token, repository, id).await
    }

    async fn deliveries(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        self.list_deliveries(token, repository, id, since).await
    }

    async fn redeliver(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        self.ask_for_delivery(token, repository, hook_id, delivery_id).await
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
        let url = self.web.join(&format!("{path}{rest}"));
        url.map_err(|_| Error::NotFound { what: format!("repository {repository}") })
    }
}

//! GitLab, at gitlab.com or self-managed: one driver at any place.
//!
//! Written against GitLab's documentation of its REST API (`doc/api`) and of its OAuth 2.0
//! provider. A project is named by its whole path, with as many groups as there are.

mod api;
mod deliveries;
mod hooks;
mod oauth;
mod repositories;

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

#[async_trait::async_trait]
impl Forge for GitLab {
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
        &hooks::OURS
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
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        self.list_deliveries(token, repository, id).await
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
        api::web_page(&self.web, repository, ".git")
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::web_page(&self.web, repository, &format!("/-/commit/{commit}"))
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("oauth2", token)
    }
}

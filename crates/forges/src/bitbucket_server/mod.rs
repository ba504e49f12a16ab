//! Bitbucket Server and Data Center, which someone runs.
//!
//! Written against Atlassian's published description of its REST API and its documentation of the
//! OAuth 2.0 provider (since 7.20). It answers 401 where a right is missing, too; `api.rs` tells
//! that from a token that is no good.

mod api;
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

/// A Bitbucket Server or Data Center.
#[derive(Clone, Debug)]
pub struct BitbucketServer {
    /// Pages, OAuth and git; its path ends in a slash.
    web: Url,
    rest: Rest,
}

impl BitbucketServer {
    /// The Bitbucket at this address; it may live under a path (a context path).
    pub fn new(endpoint: &Url, client: egress::Client) -> Self {
        let web = crate::rest::base(endpoint);
        Self { rest: api::rest(client, web.clone()), web }
    }
}

#[async_trait::async_trait]
impl Forge for BitbucketServer {
    fn provider(&self) -> ProviderType {
        ProviderType::BitbucketServer
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
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        self.read_last_delivery(token, repository, id).await
    }

    async fn redeliver(
        &self,
        _token: &Secret,
        _repository: &RepositoryName,
        _hook_id: &str,
        _delivery_id: &str,
    ) -> Result<Asked, Error> {
        Ok(Asked::NotOffered)
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
        api::clone_url(&self.web, repository)
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::commit_page(&self.web, repository, commit)
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-token-auth", token)
    }
}

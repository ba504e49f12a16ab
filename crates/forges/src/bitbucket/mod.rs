//! Bitbucket, as bitbucket.org runs it.
//!
//! Written against Atlassian's published description of its REST API, version 2.0. It has no ping
//! of hooks and no list of deliveries, and says so.

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

/// bitbucket.org.
#[derive(Clone, Debug)]
pub struct Bitbucket {
    /// Pages, OAuth and git.
    web: Url,
    rest: Rest,
}

impl Bitbucket {
    /// bitbucket.org, whose API has a host of its own.
    pub fn dot_org(client: egress::Client) -> Self {
        let parse = |text| Url::parse(text).expect("a constant URL");
        let (web, api) = (parse("https://bitbucket.org/"), parse("https://api.bitbucket.org/2.0/"));
        Self { web, rest: api::rest(client, api) }
    }

    /// A stand-in for bitbucket.org that serves pages and API from one origin.
    pub fn at(origin: &Url, client: egress::Client) -> Self {
        let web = crate::rest::base(origin);
        let api = web.join("2.0/").expect("a path below a base");
        Self { web, rest: api::rest(client, api) }
    }
}

#[async_trait::async_trait]
impl Forge for Bitbucket {
    fn provider(&self) -> ProviderType {
        ProviderType::Bitbucket
    }

    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        _challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        oauth::authorize_url(&self.web, client, state, redirect_uri)
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
        _token: &Secret,
        _repository: &RepositoryName,
        _id: &str,
    ) -> Result<Asked, Error> {
        Ok(Asked::NotOffered)
    }

    async fn deliveries(
        &self,
        _token: &Secret,
        _repository: &RepositoryName,
        _id: &str,
        _since: Timestamp,
    ) -> Result<Deliveries, Error> {
        Ok(Deliveries::NotOffered)
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
        api::web_page(&self.web, repository, ".git")
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        api::web_page(&self.web, repository, &format!("/commits/{commit}"))
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        git::basic_authorization("x-token-auth", token)
    }
}

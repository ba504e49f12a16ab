//! A driver that asks the breaker of its host before it asks the host. What needs no call goes through.

use std::future::Future;

use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use egress::Url;
use forges::{
    Asked, Authorization, AuthorizationServer, ClientRegistration, CommitStatus, Deliveries, Error,
    Exchange, Forge, Grant, Hook, HookTarget, Hooks, Identity, Looked, Looking, Protection,
    Redelivery, Repositories, RepositoryAccess, RepositoryInfo, RequestInfo, Requests,
};

use super::Caller;

/// A forge's driver that asks first whether its host may be asked.
pub(crate) struct Watched {
    pub(crate) forge: Box<dyn Forge>,
    pub(crate) caller: Caller,
}

impl Watched {
    pub(crate) async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.caller.api(asked).await
    }
}

impl Forge for Watched {
    fn provider(&self) -> ProviderType {
        self.forge.provider()
    }

    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error> {
        self.forge.clone_url(repository)
    }

    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error> {
        self.forge.commit_page(repository, commit)
    }

    fn git_authorization(&self, token: &Secret) -> Secret {
        self.forge.git_authorization(token)
    }
}

#[async_trait::async_trait]
impl Authorization for Watched {
    fn authorization_server(&self) -> AuthorizationServer<'_> {
        self.forge.authorization_server()
    }

    async fn exchange_code(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error> {
        self.ask(self.forge.exchange_code(client, exchange)).await
    }

    async fn refresh(
        &self,
        client: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<Grant, Error> {
        self.ask(self.forge.refresh(client, refresh_token)).await
    }

    async fn revoke(&self, client: &ClientRegistration, token: &Secret) -> Result<Asked, Error> {
        self.ask(self.forge.revoke(client, token)).await
    }

    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str> {
        self.forge.missing_scopes(granted)
    }
}

#[async_trait::async_trait]
impl Repositories for Watched {
    async fn identity(&self, token: &Secret) -> Result<Identity, Error> {
        self.ask(self.forge.identity(token)).await
    }

    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error> {
        self.ask(self.forge.repository(access)).await
    }

    async fn set_status(
        &self,
        access: RepositoryAccess<'_>,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        self.ask(self.forge.set_status(access, commit, status)).await
    }
}

#[async_trait::async_trait]
impl Protection for Watched {
    async fn is_protected(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        self.ask(self.forge.is_protected(access, git_ref)).await
    }
}

#[async_trait::async_trait]
impl Hooks for Watched {
    fn hook_events(&self) -> &'static [&'static str] {
        self.forge.hook_events()
    }

    async fn hooks(&self, access: RepositoryAccess<'_>) -> Result<Vec<Hook>, Error> {
        self.ask(self.forge.hooks(access)).await
    }

    async fn create_hook(
        &self,
        access: RepositoryAccess<'_>,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.ask(self.forge.create_hook(access, target)).await
    }

    async fn update_hook(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.ask(self.forge.update_hook(access, id, target)).await
    }

    async fn delete_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<(), Error> {
        self.ask(self.forge.delete_hook(access, id)).await
    }

    async fn ping_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        self.ask(self.forge.ping_hook(access, id)).await
    }
}

#[async_trait::async_trait]
impl Looking for Watched {
    async fn head_since(
        &self,
        access: RepositoryAccess<'_>,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        self.ask(self.forge.head_since(access, git_ref, tag)).await
    }

    async fn show_request(&self, access: RepositoryAccess<'_>, number: u64) -> Result<(), Error> {
        self.ask(self.forge.show_request(access, number)).await
    }
}

#[async_trait::async_trait]
impl Requests for Watched {
    async fn open_requests(&self, access: RepositoryAccess<'_>) -> Result<Vec<RequestInfo>, Error> {
        self.ask(self.forge.open_requests(access)).await
    }

    async fn ended_requests(
        &self,
        access: RepositoryAccess<'_>,
        since: Timestamp,
    ) -> Result<Vec<RequestInfo>, Error> {
        self.ask(self.forge.ended_requests(access, since)).await
    }

    async fn request(
        &self,
        access: RepositoryAccess<'_>,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        self.ask(self.forge.request(access, number)).await
    }
}

#[async_trait::async_trait]
impl Redelivery for Watched {
    async fn deliveries(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        self.ask(self.forge.deliveries(access, id, since)).await
    }

    async fn redeliver(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        self.ask(self.forge.redeliver(access, hook_id, delivery_id)).await
    }
}

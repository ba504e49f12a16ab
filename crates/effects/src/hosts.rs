//! Every question to a forge passes here: a host that asked to be left alone, or that fails again and
//! again, is not asked until its rest is over ([`crate::breaker`] decides).
//!
//! git is held up by what git was told alone: no forge counts it among the calls of its API. What it
//! was told is meant for whoever comes from this server, so the API is left alone then, too.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{AccountId, Clock, CommitSha, ConnectionArn, RepositoryName, Secret, Timestamp};
use egress::Url;
use forges::git::GitError;
use forges::{
    Asked, Authorization, AuthorizationServer, ClientRegistration, CommitStatus, Deliveries, Error,
    Exchange, Forge, Grant, Head, Hook, HookTarget, Hooks, Identity, Looked, Looking, Protection,
    Redelivery, Repositories, RepositoryInfo, RequestInfo, Requests,
};

use crate::breaker::{Breaker, Rest};
use crate::git::Unanswered;

/// A connection whose forge is left alone for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Whose.
    pub account: AccountId,
    /// The connection that noticed.
    pub connection: ConnectionArn,
    /// The forge's host.
    pub host: String,
    /// Until when.
    pub until: Timestamp,
    /// What the host did.
    pub why: String,
}

/// What this process knows of the forges' hosts.
pub struct Hosts {
    clock: Arc<dyn Clock>,
    breakers: Mutex<BTreeMap<String, Doors>>,
    tell: Box<dyn Fn(Throttled) + Send + Sync>,
}

/// What is known of the two ways into one host.
#[derive(Default)]
struct Doors {
    api: Breaker,
    git: Breaker,
}

impl Hosts {
    /// Knows of none yet. `tell` hears of every rest that begins.
    pub fn new(clock: Arc<dyn Clock>, tell: impl Fn(Throttled) + Send + Sync + 'static) -> Self {
        Self { clock, breakers: Mutex::default(), tell: Box::new(tell) }
    }

    /// Until when a host is left alone, if it is now.
    pub fn rest_of(&self, host: &str) -> Option<Timestamp> {
        self.at(host, |doors, at| doors.api.rest_at(at))
    }

    fn at<T>(&self, host: &str, ask: impl FnOnce(&mut Doors, Timestamp) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        ask(breakers.entry(host.to_owned()).or_default(), self.clock.now())
    }
}

/// Asks one host, for a connection.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) host: String,
    pub(crate) account: AccountId,
    pub(crate) connection: ConnectionArn,
}

/// A forge's driver that asks first whether its host may be asked.
pub(crate) struct Watched {
    pub(crate) forge: Box<dyn Forge>,
    pub(crate) caller: Caller,
}

impl Caller {
    async fn api<T>(&self, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let entered = self.hosts.at(&self.host, |doors, at| doors.api.enter(at));
        entered.map_err(|rest| self.held(rest))?;
        let answer = asked.await;
        let rest = self.hosts.at(&self.host, |Doors { api, .. }, at| match &answer {
            Err(Error::RateLimited { wait }) => api.limited(*wait, at).cloned(),
            Err(Error::Unavailable { why }) => api.failed(why, at).cloned(),
            _ => {
                api.answered(at);
                None
            }
        });
        rest.into_iter().for_each(|rest| self.tell(rest));
        answer
    }

    /// Has git ask. That it was not answered is told of a moment's try; only a limit is kept to.
    pub(crate) async fn git<T>(
        &self,
        asked: impl Future<Output = Result<T, GitError>>,
    ) -> Result<T, Unanswered> {
        let entered = self.hosts.at(&self.host, |doors, at| doors.git.enter(at));
        entered.map_err(|rest| Unanswered::Held(self.held(rest)))?;
        let answer = asked.await;
        let rest = self.hosts.at(&self.host, |Doors { api, git }, at| match &answer {
            Err(GitError::RateLimited { wait }) => {
                api.limited(*wait, at);
                git.limited(*wait, at).cloned()
            }
            _ => {
                git.answered(at);
                None
            }
        });
        rest.into_iter().for_each(|rest| self.tell(rest));
        answer.map_err(Unanswered::Git)
    }

    fn held(&self, Rest { until, why }: Rest) -> Error {
        Error::Held { host: self.host.clone(), until, why }
    }

    fn tell(&self, Rest { until, why }: Rest) {
        let (account, connection) = (self.account.clone(), self.connection.clone());
        let host = self.host.clone();
        tracing::warn!(host, until = until.rfc3339(), why, "a forge is left alone for a while");
        (self.hosts.tell)(Throttled { account, connection, host, until, why });
    }
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

    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error> {
        self.ask(self.forge.repository(token, name)).await
    }

    async fn head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error> {
        self.ask(self.forge.head(token, repository, git_ref)).await
    }

    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error> {
        self.ask(self.forge.set_status(token, repository, commit, status)).await
    }
}

#[async_trait::async_trait]
impl Protection for Watched {
    async fn is_protected(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<bool>, Error> {
        self.ask(self.forge.is_protected(token, repository, git_ref)).await
    }
}

#[async_trait::async_trait]
impl Hooks for Watched {
    fn hook_events(&self) -> &'static [&'static str] {
        self.forge.hook_events()
    }

    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error> {
        self.ask(self.forge.hooks(token, repository)).await
    }

    async fn create_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.ask(self.forge.create_hook(token, repository, target)).await
    }

    async fn update_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error> {
        self.ask(self.forge.update_hook(token, repository, id, target)).await
    }

    async fn delete_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error> {
        self.ask(self.forge.delete_hook(token, repository, id)).await
    }

    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<Asked, Error> {
        self.ask(self.forge.ping_hook(token, repository, id)).await
    }
}

#[async_trait::async_trait]
impl Looking for Watched {
    async fn head_since(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
        tag: Option<&str>,
    ) -> Result<Looked, Error> {
        self.ask(self.forge.head_since(token, repository, git_ref, tag)).await
    }
}

#[async_trait::async_trait]
impl Requests for Watched {
    async fn open_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
    ) -> Result<Vec<RequestInfo>, Error> {
        self.ask(self.forge.open_requests(token, repository)).await
    }

    async fn ended_requests(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        since: Timestamp,
    ) -> Result<Vec<RequestInfo>, Error> {
        self.ask(self.forge.ended_requests(token, repository, since)).await
    }

    async fn request(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        number: u64,
    ) -> Result<RequestInfo, Error> {
        self.ask(self.forge.request(token, repository, number)).await
    }
}

#[async_trait::async_trait]
impl Redelivery for Watched {
    async fn deliveries(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        self.ask(self.forge.deliveries(token, repository, id, since)).await
    }

    async fn redeliver(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        self.ask(self.forge.redeliver(token, repository, hook_id, delivery_id)).await
    }
}

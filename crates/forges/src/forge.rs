//! The contract that every forge's driver keeps, one trait for each thing that a forge is asked.

mod handshake;
mod hook;
mod looking;
mod protection;

pub use handshake::{ClientRegistration, Exchange, Grant};
pub use hook::{Asked, Deliveries, Delivery, Hook, HookTarget};
pub use looking::{Looked, Looking, RequestInfo, Requests};
pub use protection::Protection;

use crate::Error;
use crate::grant::AuthorizationServer;
use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use url::Url;

/// One forge at one place, spoken to with a token that the caller opens for each call.
///
/// A driver keeps no state but its addresses, tries nothing again, and reads every page of a
/// list. Names are looked up with their case; a moved repository is found by its old name where
/// the forge redirects, and answers with its new one.
pub trait Forge:
    Authorization + Repositories + Protection + Hooks + Redelivery + Looking + Requests
{
    /// Which kind of forge this is.
    fn provider(&self) -> ProviderType;

    /// Where git fetches the repository from: built from our own configuration, never from a
    /// payload.
    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error>;

    /// The page that shows a commit to people.
    fn commit_page(&self, repository: &RepositoryName, commit: &CommitSha) -> Result<Url, Error>;

    /// The value of the `Authorization` header by which git shows the token.
    fn git_authorization(&self, token: &Secret) -> Secret;
}

/// A repository, and the token with which a forge is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct RepositoryAccess<'a> {
    /// Opened for this call.
    pub token: &'a Secret,
    /// By its present name or, where the forge redirects, by an old one.
    pub repository: &'a RepositoryName,
}

/// How people authorise us (RFC 6749, 4.1 and 6, with RFC 7636 where the forge knows it).
#[async_trait::async_trait]
pub trait Authorization: Send + Sync {
    /// The forge's authorization server, which each of the others asks.
    fn authorization_server(&self) -> AuthorizationServer<'_>;

    /// Where a person's browser is sent to authorise us. `state` comes back with the code; the
    /// caller bound it to the connection and the session. `challenge` is [`crate::challenge`]'s.
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url {
        self.authorization_server().authorize_url(client, state, challenge, redirect_uri)
    }

    /// Redeems an authorization code, once.
    async fn exchange_code(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error> {
        self.authorization_server().exchange(client, exchange).await
    }

    /// Redeems a refresh token, once: most forges end the old token and the old refresh token
    /// with it. A grant without a refresh token means that the old one stays good.
    ///
    /// # Errors
    /// [`Error::GrantLost`]: authorise again. [`Error::ClientRefused`]: mend the registration.
    /// [`Error::RateLimited`], [`Error::Unavailable`]: nothing is known to have changed; but an
    /// answer that got lost may have ended the old refresh token.
    async fn refresh(
        &self,
        client: &ClientRegistration,
        refresh_token: &Secret,
    ) -> Result<Grant, Error> {
        self.authorization_server().refresh(client, refresh_token).await
    }

    /// Ends a token, and with it what was given beside it. One that is worth nothing any more counts
    /// as ended.
    async fn revoke(&self, client: &ClientRegistration, token: &Secret) -> Result<Asked, Error> {
        self.authorization_server().revoke(client, token).await
    }

    /// The scopes that pipelines need and a grant lacks, in the forge's names.
    fn missing_scopes(&self, granted: &[String]) -> Vec<&'static str>;
}

/// Who a token is, repositories, and what is said of their commits.
#[async_trait::async_trait]
pub trait Repositories: Send + Sync {
    /// Whose token this is.
    async fn identity(&self, token: &Secret) -> Result<Identity, Error>;

    /// Looks a repository up.
    async fn repository(&self, access: RepositoryAccess<'_>) -> Result<RepositoryInfo, Error>;

    /// Says on a commit how a pipeline fares. The newest of one context counts. What the forge has
    /// no room for is cut.
    async fn set_status(
        &self,
        access: RepositoryAccess<'_>,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error>;
}

/// The hooks of a repository.
#[async_trait::async_trait]
pub trait Hooks: Send + Sync {
    /// The events that a hook of ours is registered for, in the forge's names.
    fn hook_events(&self) -> &'static [&'static str];

    /// Every hook of a repository, ours and others'.
    async fn hooks(&self, access: RepositoryAccess<'_>) -> Result<Vec<Hook>, Error>;

    /// Registers a hook for the events that concern pipelines. Not idempotent: look with
    /// [`Hooks::hooks`] for one of the same URL first.
    async fn create_hook(
        &self,
        access: RepositoryAccess<'_>,
        target: &HookTarget,
    ) -> Result<Hook, Error>;

    /// Gives a hook this URL, secret and our events, and makes it active.
    async fn update_hook(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error>;

    /// Removes a hook; one that is not there counts as removed.
    async fn delete_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<(), Error>;

    /// Asks the forge to try a hook out: with a ping, or with an example of a push where it has
    /// no ping. At GitLab, one that is taken revives a hook that had been switched off; one that
    /// our server does not take is [`Error::Rejected`].
    async fn ping_hook(&self, access: RepositoryAccess<'_>, id: &str) -> Result<Asked, Error> {
        let _ = (access, id);
        Ok(Asked::NotOffered)
    }
}

/// What was delivered to a hook; a forge that remembers none of it says so by default.
#[async_trait::async_trait]
pub trait Redelivery: Send + Sync {
    /// What the forge tried to deliver to a hook, for as long as it remembers.
    async fn deliveries(
        &self,
        access: RepositoryAccess<'_>,
        id: &str,
        since: Timestamp,
    ) -> Result<Deliveries, Error> {
        let _ = (access, id, since);
        Ok(Deliveries::NotOffered)
    }

    /// Asks the forge to deliver once more what it delivered before. It keeps its
    /// [`Delivery::guid`].
    async fn redeliver(
        &self,
        access: RepositoryAccess<'_>,
        hook_id: &str,
        delivery_id: &str,
    ) -> Result<Asked, Error> {
        let _ = (access, hook_id, delivery_id);
        Ok(Asked::NotOffered)
    }
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The forge's own id, which a new login name does not change.
    pub id: String,
    /// The login name.
    pub login: String,
}

/// A repository as the forge describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryInfo {
    /// The forge's own id, which a rename does not change.
    pub id: String,
    /// Its present name.
    pub name: RepositoryName,
    /// Short name of its default branch.
    pub default_branch: String,
    /// Whether only some people see it.
    pub private: bool,
    /// Whether the token's user may register hooks there; `None` where the forge does not say.
    pub may_administer: Option<bool>,
    /// Whether they may set commit statuses; `None` where the forge does not say.
    pub may_report: Option<bool>,
}

/// What a ref points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the ref itself holds; an annotated tag's own object. This is what head rules compare.
    pub after: CommitSha,
    /// The commit it leads to.
    pub commit: CommitSha,
}

/// How a commit fares, in the words that all forges have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitState {
    /// Under way.
    Pending,
    /// Waiting for a person.
    Waiting,
    /// Good.
    Succeeded,
    /// Not good.
    Failed,
    /// Ended without a judgement: stopped, or could not be run.
    Stopped,
}

/// A status to be shown on a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStatus {
    /// How it fares.
    pub state: CommitState,
    /// Which of several statuses this is, `towpath/PIPELINE`.
    pub context: String,
    /// A few words; each forge cuts them to what it has room for.
    pub description: String,
    /// Where more is to be seen.
    pub target_url: Option<Url>,
    /// The branch or tag that led to the commit, where known; GitHub's statuses know none.
    pub git_ref: Option<GitRef>,
}

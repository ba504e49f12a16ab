//! The contract that every forge's driver keeps.

use crate::Error;
use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret};
use url::Url;

/// One forge at one place, spoken to with a token that the caller opens for each call.
///
/// A driver keeps no state but its addresses, tries nothing again, and reads every page of a
/// list. Names are looked up with their case; a moved repository is found by its old name where
/// the forge redirects, and answers with its new one.
#[async_trait::async_trait]
pub trait Forge: Send + Sync {
    /// Which kind of forge this is.
    fn provider(&self) -> ProviderType;

    /// Where a person's browser is sent to authorise us. `state` comes back with the code; the
    /// caller bound it to the connection and the session. `challenge` is [`crate::challenge`]'s.
    fn authorize_url(
        &self,
        client: &ClientRegistration,
        state: &str,
        challenge: &str,
        redirect_uri: &Url,
    ) -> Url;

    /// Redeems an authorization code, once.
    async fn exchange_code(
        &self,
        client: &ClientRegistration,
        exchange: Exchange<'_>,
    ) -> Result<Grant, Error>;

    /// Whose token this is.
    async fn identity(&self, token: &Secret) -> Result<Identity, Error>;

    /// Looks a repository up.
    async fn repository(
        &self,
        token: &Secret,
        name: &RepositoryName,
    ) -> Result<RepositoryInfo, Error>;

    /// What a ref points at; `None` where it is not there.
    async fn head(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        git_ref: &GitRef,
    ) -> Result<Option<Head>, Error>;

    /// Every hook of a repository, ours and others'.
    async fn hooks(&self, token: &Secret, repository: &RepositoryName) -> Result<Vec<Hook>, Error>;

    /// Registers a hook for the events that concern pipelines. Not idempotent: look with
    /// [`Forge::hooks`] for one of the same URL first.
    async fn create_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        target: &HookTarget,
    ) -> Result<Hook, Error>;

    /// Gives a hook this URL, secret and our events, and makes it active.
    async fn update_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
        target: &HookTarget,
    ) -> Result<Hook, Error>;

    /// Removes a hook; one that is not there counts as removed.
    async fn delete_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error>;

    /// Asks the forge to send a ping to a hook.
    async fn ping_hook(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        id: &str,
    ) -> Result<(), Error>;

    /// Says on a commit how a pipeline fares. The newest of one context counts.
    async fn set_status(
        &self,
        token: &Secret,
        repository: &RepositoryName,
        commit: &CommitSha,
        status: &CommitStatus,
    ) -> Result<(), Error>;

    /// Where git fetches the repository from: built from our own configuration, never from a
    /// payload.
    fn clone_url(&self, repository: &RepositoryName) -> Result<Url, Error>;

    /// The value of the `Authorization` header by which git shows the token.
    fn git_authorization(&self, token: &Secret) -> Secret;
}

/// An OAuth client that was registered with the forge.
#[derive(Clone, Debug)]
pub struct ClientRegistration {
    /// Public.
    pub client_id: String,
    /// Ours and the forge's.
    pub client_secret: Secret,
}

/// What is handed in for a token.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The code from the callback.
    pub code: &'a Secret,
    /// The verifier whose challenge was sent.
    pub verifier: &'a Secret,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a Url,
}

/// What an exchange gives.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The access token.
    pub token: Secret,
    /// For the next one, where the forge has them.
    pub refresh_token: Option<Secret>,
    /// Seconds until the token expires; `None` where it does not.
    pub expires_in_seconds: Option<u64>,
    /// What was granted; people may take scopes away.
    pub scopes: Vec<String>,
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
}

/// What a ref points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the ref itself holds; an annotated tag's own object. This is what head rules compare.
    pub after: CommitSha,
    /// The commit it leads to.
    pub commit: CommitSha,
}

/// A hook of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The forge's id of it.
    pub id: String,
    /// Where it delivers to.
    pub url: String,
    /// Whether it delivers at all.
    pub active: bool,
    /// The events it delivers.
    pub events: Vec<String>,
}

/// Where a hook of ours delivers to, and the secret it signs with.
#[derive(Clone, Debug)]
pub struct HookTarget {
    /// Our URL.
    pub url: Url,
    /// Never empty.
    pub secret: Secret,
}

/// How a commit fares, in the words that all forges have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitState {
    /// Under way, or waiting.
    Pending,
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
    /// A few words; cut to [`crate::limits::STATUS_DESCRIPTION_CHARS_MAX`].
    pub description: String,
    /// Where more is to be seen.
    pub target_url: Option<Url>,
}

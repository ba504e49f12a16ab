//! A connection as something that can be used: the forge's driver and the opened token.

use domain::connection::{ConnectionStatus, Lost, Missing, ProviderType};
use domain::endpoints::own_endpoint;
use domain::{AccountId, Arn, AttemptRef, ConnectionArn, RepositoryName, Secret};
use egress::{Client, Url};
use forges::git::{GitError, Remote};
use forges::{Bitbucket, BitbucketServer, Error, Forge, GitHub, GitLab};
use store::{ConnectionRow, Place, RegistrationRow, Store, TokenRow, Vault};

use crate::hosts::Watched;
use crate::perform::{Performed, Performer};

/// Why a connection cannot be used. The text begins as the article has it.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// The connection does not let itself be used, and why.
    #[error("Could not determine connection credentials: {0}")]
    Credentials(String),
    /// The store did not answer: trying again may help.
    #[error("{0}")]
    Store(#[from] store::Error),
}

/// An opened connection.
pub struct Access {
    /// The connection's own row.
    pub connection: ConnectionRow,
    /// The forge's driver.
    pub forge: Box<dyn Forge>,
    /// The access token.
    pub token: Secret,
    /// Which of the connection's tokens it is.
    pub generation: i64,
}

/// The driver for a provider at an endpoint, its own place or another; `None` where that is no
/// URL, and for a provider that no connection may have.
pub fn forge(provider: ProviderType, endpoint: &str, client: &Client) -> Option<Box<dyn Forge>> {
    use ProviderType as P;
    let (at, client) = (Url::parse(endpoint).ok()?, client.clone());
    let is_own = own_endpoint(provider) == Some(endpoint);
    Some(match provider {
        P::GitHub if is_own => Box::new(GitHub::dot_com(client)),
        P::GitHub | P::GitHubEnterpriseServer => Box::new(GitHub::enterprise(&at, client)),
        P::GitLab if is_own => Box::new(GitLab::dot_com(client)),
        P::GitLab | P::GitLabSelfManaged => Box::new(GitLab::self_managed(&at, client)),
        P::Bitbucket if is_own => Box::new(Bitbucket::dot_org(client)),
        P::Bitbucket => Box::new(Bitbucket::at(&at, client)),
        P::BitbucketServer => Box::new(BitbucketServer::new(&at, client)),
        P::AzureDevOps => return None,
    })
}

/// A token goes to the forge that gave it and to no other.
async fn endpoint(
    account: &AccountId,
    token: &TokenRow,
    store: &Store,
) -> Result<Option<String>, store::Error> {
    if let Some(endpoint) = &token.endpoint {
        return Ok(Some(endpoint.clone()));
    }
    let registration = RegistrationRow::at(account, &token.registration);
    let registration = store.get::<RegistrationRow>(registration).await?;
    Ok(registration.map(|row| row.endpoint))
}

impl Access {
    /// Opens a connection of the account, by its ARN under either prefix. Only [`Performer::open`] may:
    /// this driver asks its host whatever that said.
    async fn open(
        account: &AccountId,
        arn: &ConnectionArn,
        store: &Store,
        vault: &Vault,
        client: &Client,
    ) -> Result<Self, NoAccess> {
        let refuse = |cause: String| NoAccess::Credentials(cause);
        // A connection may be shared by another account: it and its token lie there.
        let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
        let account = owner.as_ref().filter(|it| !it.as_str().is_empty()).unwrap_or(account);
        let found =
            store.get::<ConnectionRow>(ConnectionRow::at(account, &arn.id().to_owned())).await?;
        let connection = found.ok_or_else(|| refuse(format!("there is no connection {arn}")))?;
        if let Some(missing) = connection.status.missing() {
            let status = connection.status.as_str();
            return Err(refuse(format!("{arn} is {status}: {}", missing.sentence())));
        }
        let row = store.get::<TokenRow>(TokenRow::at(account, &connection.arn)).await?;
        let row = row.ok_or_else(|| refuse(format!("{arn} has no token")))?;
        let endpoint = endpoint(account, &row, store).await?.ok_or_else(|| {
            refuse(format!("the OAuth client that {arn} was authorised with is gone"))
        })?;
        let forge = forge(connection.provider, &endpoint, client)
            .ok_or_else(|| refuse(format!("the forge of {arn} is not spoken here")))?;
        let place = Place::of_access_token(account, arn.id(), row.generation);
        let token = vault.unseal(&place, &row.sealed_access);
        let token = token
            .map_err(|cause| refuse(format!("the token of {arn} cannot be opened: {cause}")))?;
        debug_assert_eq!(connection.status, ConnectionStatus::Available);
        Ok(Self { connection, forge, token, generation: row.generation })
    }

    /// Whether the forge takes the token for nothing any more. To be asked after it refused git,
    /// where it refuses a good token too if its user lacks a right.
    pub async fn is_lost(&self) -> bool {
        matches!(self.forge.identity(&self.token).await, Err(Error::Unauthorised))
    }

    /// Why git was refused a repository, as the forge's API tells it: an organisation's rule, or a
    /// scope. git itself is told no more than that there is nothing.
    pub async fn refusal(&self, repository: &RepositoryName) -> Option<Error> {
        use Error::{AppNotApproved, MissingScope, SignOnRequired};
        let mut said = self.forge.repository(&self.token, repository).await.err()?;
        if let Error::NotFound { .. } = said {
            // An organisation that keeps an app out shows it nothing, and says so elsewhere only.
            said = self.forge.hooks(&self.token, repository).await.err()?;
        }
        matches!(said, AppNotApproved { .. } | MissingScope { .. } | SignOnRequired { .. })
            .then_some(said)
    }

    /// What came of an effect for which the forge did not take the token any more.
    pub fn lost(&self, then: Performed) -> Performed {
        let (account, connection) = (self.connection.account.clone(), self.connection.arn.clone());
        let generation = self.generation;
        Performed::TokenLost { account, connection, generation, then: Box::new(then) }
    }

    /// The sentence for that, as the article has it, with the step that is missing.
    pub fn lost_sentence(&self) -> String {
        let missing = Missing::of_lost(&self.connection.arn, Lost::Revoked);
        NoAccess::Credentials(format!("{}: {missing}", self.connection.arn)).to_string()
    }

    /// The name that a repository has now, where it is not the one that we know: forges lead from
    /// an old name to the new one as long as nobody takes it.
    pub async fn new_name(&self, repository: &RepositoryName) -> Option<RepositoryName> {
        let found = self.forge.repository(&self.token, repository).await.ok()?;
        (found.name != *repository).then_some(found.name)
    }

    /// Where git fetches a repository from, with the token, once the guard has let it through.
    ///
    /// # Errors
    /// The name makes no URL, or the guard refuses it.
    pub async fn remote(
        &self,
        repository: &RepositoryName,
        client: &Client,
    ) -> anyhow::Result<Remote> {
        let url = self.forge.clone_url(repository)?;
        let authorization = self.forge.git_authorization(&self.token);
        let remote: Result<Remote, GitError> =
            Remote::http(client.guard(), &url, Some(authorization)).await;
        Ok(remote?)
    }

    /// The same of a repository that git was sent elsewhere from; under the old name where it has
    /// no other.
    ///
    /// # Errors
    /// As [`Access::remote`].
    pub async fn moved(
        &self,
        repository: &RepositoryName,
        client: &Client,
    ) -> anyhow::Result<Remote> {
        let name = self.new_name(repository).await;
        self.remote(name.as_ref().unwrap_or(repository), client).await
    }
}

impl Performer {
    /// Opens the token that a source action brought.
    ///
    /// # Errors
    /// As [`Access::open`].
    pub async fn open_source_action(&self, attempt: &AttemptRef) -> Result<Access, NoAccess> {
        let AttemptRef { account, pipeline, stage, action, .. } = attempt;
        let id = domain::source_action_id(pipeline, stage, action);
        let row = self.store.get::<ConnectionRow>(ConnectionRow::at(account, &id)).await?;
        let gone = || NoAccess::Credentials(format!("{id} has no OAuthToken any more"));
        self.open(account, &row.ok_or_else(gone)?.arn).await
    }

    /// Opens a connection of the account, by its ARN under either prefix. Its forge is asked through
    /// [`crate::hosts`].
    ///
    /// # Errors
    /// [`NoAccess`], with the cause and the step that is missing.
    pub async fn open(&self, account: &AccountId, arn: &ConnectionArn) -> Result<Access, NoAccess> {
        let access = Access::open(account, arn, &self.store, &self.vault, &self.client).await?;
        let watched = Watched {
            hosts: self.hosts.clone(),
            host: host(access.forge.as_ref()),
            account: account.clone(),
            connection: access.connection.arn.clone(),
            forge: access.forge,
        };
        Ok(Access { forge: Box::new(watched), ..access })
    }
}

/// Host and port of a forge, where its repositories are: one name for it, however many its API has.
fn host(forge: &dyn Forge) -> String {
    let url = forge.clone_url(&RepositoryName::new("towpath/towpath")).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => forge.provider().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_has_a_driver_at_its_own_place_or_at_another() {
        let client = Client::new(egress::Guard::new(Vec::new()));
        let clone = |provider, endpoint: &str| {
            let forge = forge(provider, endpoint, &client)?;
            forge.clone_url(&RepositoryName::new("ada/engine")).ok().map(String::from)
        };
        for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
            let places = [own_endpoint(provider), Some("http://127.0.0.1:7800")];
            for endpoint in places.into_iter().flatten() {
                let clone = clone(provider, endpoint).expect("it is spoken");
                assert!(clone.starts_with(endpoint), "{provider}: {clone}");
            }
        }
        assert_eq!(clone(ProviderType::AzureDevOps, "https://dev.azure.com"), None);
        assert_eq!(clone(ProviderType::GitLab, "nowhere"), None);
    }
}

//! A connection as something that can be used: the forge's driver and the opened token.

use domain::connection::{ConnectionStatus, Lost, Missing, ProviderType};
use domain::{AccountId, ConnectionArn, RepositoryName, Secret};
use egress::{Client, Url};
use forges::git::{GitError, Remote};
use forges::{Bitbucket, BitbucketServer, Forge, GitHub, GitLab};
use store::{ConnectionRow, HostRow, Place, Store, TokenRow, Vault};

use crate::perform::Performed;

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

/// The driver for a provider at an endpoint; `None` for a provider that has a host and is given
/// none, and for one that no connection may have. Of the others, each is at one place only.
pub fn forge(
    provider: ProviderType,
    endpoint: Option<&str>,
    client: &Client,
) -> Option<Box<dyn Forge>> {
    let client = client.clone();
    let endpoint = || Url::parse(endpoint?).ok();
    Some(match provider {
        ProviderType::GitHub => Box::new(GitHub::dot_com(client)),
        ProviderType::GitHubEnterpriseServer => Box::new(GitHub::enterprise(&endpoint()?, client)),
        ProviderType::GitLab => Box::new(GitLab::dot_com(client)),
        ProviderType::GitLabSelfManaged => Box::new(GitLab::self_managed(&endpoint()?, client)),
        ProviderType::Bitbucket => Box::new(Bitbucket::dot_org(client)),
        ProviderType::BitbucketServer => Box::new(BitbucketServer::new(&endpoint()?, client)),
        ProviderType::AzureDevOps => return None,
    })
}

impl Access {
    /// Opens a connection of the account, by its ARN under either prefix.
    ///
    /// # Errors
    /// [`NoAccess`], with the cause and the step that is missing.
    pub async fn open(
        account: &AccountId,
        arn: &ConnectionArn,
        store: &Store,
        vault: &Vault,
        client: &Client,
    ) -> Result<Self, NoAccess> {
        let refuse = |cause: String| NoAccess::Credentials(cause);
        let found =
            store.get::<ConnectionRow>(ConnectionRow::at(account, &arn.id().to_owned())).await?;
        let connection = found.ok_or_else(|| refuse(format!("there is no connection {arn}")))?;
        if let Some(missing) = connection.status.missing() {
            let status = connection.status.as_str();
            return Err(refuse(format!("{arn} is {status}: {}", missing.sentence())));
        }
        let endpoint = endpoint(account, &connection, store).await?;
        let forge = forge(connection.provider, endpoint.as_deref(), client).ok_or_else(|| {
            refuse(format!("the host of {arn} is gone, or its forge is not spoken here"))
        })?;
        let row = store.get::<TokenRow>(TokenRow::at(account, &connection.arn)).await?;
        let row = row.ok_or_else(|| refuse(format!("{arn} has no token")))?;
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
        matches!(self.forge.identity(&self.token).await, Err(forges::Error::Unauthorised))
    }

    /// What came of an effect for which the forge did not take the token any more.
    pub fn lost(&self, then: Performed) -> Performed {
        let (account, connection) = (self.connection.account.clone(), self.connection.arn.clone());
        let generation = self.generation;
        Performed::TokenLost { account, connection, generation, then: Box::new(then) }
    }

    /// The sentence for that, as the article has it, with the step that is missing.
    pub fn lost_sentence(&self) -> String {
        let missing = Missing::AuthorisationAgain(Lost::Revoked);
        NoAccess::Credentials(format!("{}: {missing}", self.connection.arn)).to_string()
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
}

async fn endpoint(
    account: &AccountId,
    connection: &ConnectionRow,
    store: &Store,
) -> Result<Option<String>, store::Error> {
    let Some(arn) = &connection.host_arn else { return Ok(None) };
    let host = store.get::<HostRow>(HostRow::at(account, &arn.id().to_owned())).await?;
    Ok(host.map(|host| host.endpoint))
}

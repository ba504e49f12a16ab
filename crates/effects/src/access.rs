//! A connection as something that can be used: the forge's driver and the opened token.

use domain::connection::{ConnectionStatus, Lost, Missing, ProviderType};
use domain::endpoints::own_endpoint;
use domain::{AccountId, Arn, AttemptRef, ConnectionArn, RepositoryName, Secret};
use egress::{Client, Url};
use forges::github::Purpose;
use forges::{Bitbucket, BitbucketServer, Error, Forge, GitHub, GitLab, RepositoryAccess};
use store::{ConnectionRow, Place, RegistrationRow, Store, TokenRow};

use crate::apps::Scope;
use crate::hosts::{Caller, Watched};
use crate::installed::Installed;
use crate::perform::{Performed, Performer};
use crate::reached;
use crate::shared::is_shared;

/// Why a connection cannot be used. The text begins as the article has it.
#[derive(Debug, thiserror::Error)]
pub enum NoAccess {
    /// The connection does not let itself be used, and why.
    #[error("Could not determine connection credentials: {0}")]
    Credentials(String),
    /// The store did not answer: trying again may help.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// The forge gave an App no token now: trying again may help.
    #[error("{0}")]
    Forge(#[from] Error),
}

/// An opened connection.
pub struct Access {
    /// The connection's own row.
    pub connection: ConnectionRow,
    /// The forge's driver.
    pub forge: Box<dyn Forge>,
    /// By whom git asks the forge's host.
    pub(crate) caller: Caller,
    /// The access token.
    pub token: Secret,
    /// Which of the connection's tokens it is; none of them where an App's installation gave it.
    pub(crate) generation: i64,
    /// How its host is reached.
    pub(crate) client: Client,
    /// The App through which it goes.
    pub(crate) installed: Option<Installed>,
}

/// The driver for a provider at an endpoint, its own place or another; `None` where that is no
/// URL, and for a provider that no connection may have.
pub fn forge(provider: ProviderType, endpoint: &str, client: &Client) -> Option<Box<dyn Forge>> {
    use ProviderType as P;
    let at = Url::parse(endpoint).ok()?;
    let is_own = own_endpoint(provider) == Some(endpoint);
    let client = || client.clone();
    Some(match provider {
        P::GitHub | P::GitHubEnterpriseServer => Box::new(github(provider, endpoint, &client())?),
        P::GitLab if is_own => Box::new(GitLab::dot_com(client())),
        P::GitLab | P::GitLabSelfManaged => Box::new(GitLab::self_managed(&at, client())),
        P::Bitbucket if is_own => Box::new(Bitbucket::dot_org(client())),
        P::Bitbucket => Box::new(Bitbucket::at(&at, client())),
        P::BitbucketServer => Box::new(BitbucketServer::new(&at, client())),
        P::AzureDevOps => return None,
    })
}

/// Where a connection and its token lie: another account may share it.
pub(crate) fn owner(account: &AccountId, arn: &ConnectionArn) -> AccountId {
    let named = Arn::parse(arn.as_str()).map(|arn| arn.account);
    named.filter(|it| !it.as_str().is_empty()).unwrap_or_else(|| account.clone())
}

/// A token goes to the forge that gave it and to no other.
pub(crate) async fn endpoint(
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

/// GitHub at an endpoint, for what only GitHub has: Apps. `None` for another provider.
pub fn github(provider: ProviderType, endpoint: &str, client: &Client) -> Option<GitHub> {
    use ProviderType as P;
    let (at, client) = (Url::parse(endpoint).ok()?, client.clone());
    match provider {
        P::GitHub if own_endpoint(provider) == Some(endpoint) => Some(GitHub::dot_com(client)),
        P::GitHub | P::GitHubEnterpriseServer => Some(GitHub::enterprise(&at, client)),
        _ => None,
    }
}

fn not_shared(account: &AccountId, arn: &ConnectionArn, repository: &RepositoryName) -> String {
    let owner = owner(account, arn);
    format!(
        "{arn} is not shared with account {account} for {repository}: somebody of account {owner} must \
         share it (towpath connections share)"
    )
}

/// The connection does not let itself be used.
pub(crate) fn refuse(cause: String) -> NoAccess {
    NoAccess::Credentials(cause)
}

impl Performer {
    /// Opens a connection of the account, by its ARN under either prefix, to do something with a
    /// repository. Its forge is asked through [`crate::hosts`].
    ///
    /// # Errors
    /// [`NoAccess`], with the cause and the step that is missing.
    pub async fn open(
        &self,
        account: &AccountId,
        arn: &ConnectionArn,
        repository: &RepositoryName,
        purpose: Purpose,
    ) -> Result<Access, NoAccess> {
        if !is_shared(&self.store, account, arn, repository).await? {
            return Err(refuse(not_shared(account, arn, repository)));
        }
        let account = &owner(account, arn);
        let key = ConnectionRow::at(account, &arn.id().to_owned());
        let connection = self.store.get::<ConnectionRow>(key).await?;
        let connection = connection.ok_or_else(|| {
            refuse(format!(
                "there is no connection {arn}: make one, and write its ARN into the source action \
                 (UpdatePipeline)"
            ))
        })?;
        if let Some(missing) = connection.status.missing() {
            let status = connection.status.as_str();
            return Err(refuse(format!("{arn} is {status}: {}", missing.sentence())));
        }
        debug_assert_eq!(connection.status, ConnectionStatus::Available);
        let host = connection.host_arn.as_ref();
        let client =
            reached::by_host((&self.store, &self.vault), &self.client, account, host).await;
        let client = client.map_err(|cause| refuse(format!("{cause:#}")))?;
        match connection.through().cloned() {
            None => self.open_authorised(connection, client).await,
            Some(installation) => {
                let repository = repository.clone();
                let scope = Scope { installation, repository, purpose };
                self.open_installed(connection, client, scope).await
            }
        }
    }

    /// By the token that somebody authorised.
    pub(crate) async fn open_authorised(
        &self,
        connection: ConnectionRow,
        client: Client,
    ) -> Result<Access, NoAccess> {
        let (account, arn) = (&connection.account, &connection.arn);
        let row = self.store.get::<TokenRow>(TokenRow::at(account, arn)).await?;
        let row = row.ok_or_else(|| refuse(format!("{arn} has no token")))?;
        self.open_with(connection, row, client).await
    }

    /// By this token of the connection.
    pub(crate) async fn open_with(
        &self,
        connection: ConnectionRow,
        row: TokenRow,
        client: Client,
    ) -> Result<Access, NoAccess> {
        let (account, arn) = (&connection.account, &connection.arn);
        let endpoint = endpoint(account, &row, &self.store).await?.ok_or_else(|| {
            refuse(format!("the OAuth client that {arn} was authorised with is gone"))
        })?;
        let forge = forge(connection.provider, &endpoint, &client)
            .ok_or_else(|| refuse(format!("the forge of {arn} is not spoken here")))?;
        let place = Place::of_access_token(account, arn.id(), row.generation);
        let token = self.vault.unseal(&place, &row.sealed_access);
        let token = token
            .map_err(|cause| refuse(format!("the token of {arn} cannot be opened: {cause}")))?;
        let watched = self.watched((account, arn), forge);
        let (generation, caller) = (row.generation, watched.caller.clone());
        let forge: Box<dyn Forge> = Box::new(watched);
        Ok(Access { connection, forge, caller, token, generation, client, installed: None })
    }

    /// A driver that asks first whether its host may be asked, for a connection.
    pub(crate) fn watched(
        &self,
        (account, connection): (&AccountId, &ConnectionArn),
        forge: Box<dyn Forge>,
    ) -> Watched {
        let (account, connection) = (account.clone(), connection.clone());
        let (hosts, host) = (self.hosts.clone(), host(forge.as_ref()));
        Watched { forge, caller: Caller { hosts, host, account, connection } }
    }
}

impl Access {
    /// Whether the forge takes the token for nothing any more. To be asked after it refused git,
    /// where it refuses a good token too if its user lacks a right.
    pub async fn is_lost(&self) -> bool {
        match &self.installed {
            Some(installed) => installed.is_lost(&self.token).await,
            None => matches!(self.forge.identity(&self.token).await, Err(Error::Unauthorised)),
        }
    }

    /// By which its forge is asked.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A repository, with the token that opens it.
    pub fn to<'a>(&'a self, repository: &'a RepositoryName) -> RepositoryAccess<'a> {
        RepositoryAccess { token: &self.token, repository }
    }

    /// Whether it goes through an App, whose one hook tells of every repository.
    pub fn is_installed(&self) -> bool {
        self.installed.is_some()
    }

    /// Whether an App's installation still sees the repository, asked where its token found nothing:
    /// one that was given before the repository was taken out is taken until it ends, and shows
    /// nothing. What a person authorised is not asked; see [`Access::refusal`].
    ///
    /// # Errors
    /// As of [`Performer::open`]: it does not, and who mends that.
    pub async fn sees(&self) -> Result<(), NoAccess> {
        match &self.installed {
            Some(installed) => installed.sees(&self.connection).await,
            None => Ok(()),
        }
    }

    /// Why git was refused a repository, as the forge's API tells it: an organisation's rule, or a
    /// scope. git itself is told no more than that there is nothing.
    pub async fn refusal(&self, repository: &RepositoryName) -> Option<Error> {
        use Error::{AppNotApproved, MissingScope, SignOnRequired};
        let mut said = self.forge.repository(self.to(repository)).await.err()?;
        if let Error::NotFound { .. } = said {
            // An organisation that keeps an app out shows it nothing, and says so elsewhere only.
            said = self.forge.hooks(self.to(repository)).await.err()?;
        }
        matches!(said, AppNotApproved { .. } | MissingScope { .. } | SignOnRequired { .. })
            .then_some(said)
    }

    /// What is to be done about a repository that it is not shown, and by whom: its name may be
    /// wrong, or whoever authorised it is not let in.
    pub fn who_must_see(&self, repository: &RepositoryName) -> String {
        if self.connection.arn.is_source_action() {
            return format!(
                "See whether {repository} is spelt as at the forge (case counts); else the source \
                 action needs a token whose user may read it: its OAuthToken, by UpdatePipeline"
            );
        }
        format!(
            "See whether {repository} is spelt as at the forge; {}, who must be given read access to \
             it, or somebody who has it must authorise the connection",
            self.spoken_for()
        )
    }

    /// The connection, and whom it speaks for at the forge.
    pub fn spoken_for(&self) -> String {
        let ConnectionRow { arn, login, .. } = &self.connection;
        format!("{arn} speaks for {}", login.as_deref().unwrap_or("whoever authorised it"))
    }

    /// What went wrong by it, with the connection named where it is not yet. What stands in a
    /// connection's place for a source action is named by that action.
    pub fn named_in(&self, said: String) -> String {
        let arn = &self.connection.arn;
        match arn.is_source_action() || said.contains(arn.as_str()) {
            true => said,
            false => format!("{said}; {}", self.spoken_for()),
        }
    }

    /// What came of an effect for which the forge did not take the token any more. An App is given
    /// another one at the next try.
    pub fn lost(&self, then: Performed) -> Performed {
        if let Some(installed) = &self.installed {
            installed.let_go(&self.connection);
        }
        let (account, connection) = (self.connection.account.clone(), self.connection.arn.clone());
        let generation = self.generation;
        Performed::TokenLost { account, connection, generation, then: Box::new(then) }
    }

    /// The sentence for that, as the article has it, with the step that is missing.
    pub fn lost_sentence(&self) -> String {
        let missing = match self.installed.as_ref().and_then(Installed::halted) {
            Some(why) => Missing::InstallationAgain(why),
            None => Missing::of_lost(&self.connection.arn, Lost::Revoked),
        };
        NoAccess::Credentials(format!("{}: {missing}", self.connection.arn)).to_string()
    }

    /// The name that a repository has now, where it is not the one that we know: forges lead from
    /// an old name to the new one as long as nobody takes it.
    pub async fn new_name(&self, repository: &RepositoryName) -> Option<RepositoryName> {
        let found = self.forge.repository(self.to(repository)).await.ok()?;
        (found.name != *repository).then_some(found.name)
    }
}

impl Performer {
    /// Opens the token that a source action brought, to fetch a repository.
    ///
    /// # Errors
    /// As [`Performer::open`].
    pub async fn open_source_action(
        &self,
        attempt: &AttemptRef,
        repository: &RepositoryName,
    ) -> Result<Access, NoAccess> {
        let AttemptRef { account, pipeline, stage, action, .. } = attempt;
        let id = domain::source_action_id(pipeline, stage, action);
        let row = self.store.get::<ConnectionRow>(ConnectionRow::at(account, &id)).await?;
        let gone = || NoAccess::Credentials(format!("{id} has no OAuthToken any more"));
        self.open(account, &row.ok_or_else(gone)?.arn, repository, Purpose::Read).await
    }
}

/// Host and port of a forge, where its repositories are: one name for it, however many its API has.
fn host(forge: &dyn Forge) -> String {
    let url = forge.clone_url(&RepositoryName::new("towpath/towpath")).ok();
    url.as_ref().and_then(authority).unwrap_or_else(|| forge.provider().to_string())
}

/// Host and port of a URL, the port where it is not the scheme's own.
pub(crate) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
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

//! Where a repository is cloned from, told from what is remembered: nobody is asked.

use domain::{AccountId, Arn, ConnectionArn, RepositoryName};
use egress::Url;
use store::{ConnectionRow, RegistrationRow, TokenRow};

use crate::access::{endpoint, forge};
use crate::perform::Performer;

impl Performer {
    /// The address at which git finds a repository of a connection, without any credential; `None`
    /// where the connection has none to tell it by.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn clone_url(
        &self,
        account: &AccountId,
        arn: &ConnectionArn,
        repository: &RepositoryName,
    ) -> Result<Option<Url>, store::Error> {
        let owner = owner(account, arn);
        let key = ConnectionRow::at(&owner, &arn.id().to_owned());
        let Some(connection) = self.store.get::<ConnectionRow>(key).await? else { return Ok(None) };
        let endpoint = self.endpoint_of(&connection).await?;
        let forge = endpoint.and_then(|at| forge(connection.provider, &at, &self.client));
        Ok(forge.and_then(|forge| forge.clone_url(repository).ok()))
    }

    async fn endpoint_of(
        &self,
        connection: &ConnectionRow,
    ) -> Result<Option<String>, store::Error> {
        let (account, store) = (&connection.account, &self.store);
        if let Some(installation) = &connection.installation {
            let key = RegistrationRow::at(account, &installation.registration);
            return Ok(store.get::<RegistrationRow>(key).await?.map(|row| row.endpoint));
        }
        match store.get::<TokenRow>(TokenRow::at(account, &connection.arn)).await? {
            Some(token) => endpoint(account, &token, store).await,
            None => Ok(None),
        }
    }
}

/// A connection may be shared by another account: it and its token lie there.
pub(crate) fn owner(account: &AccountId, arn: &ConnectionArn) -> AccountId {
    let owner = Arn::parse(arn.as_str()).map(|arn| arn.account);
    owner.filter(|it| !it.as_str().is_empty()).unwrap_or_else(|| account.clone())
}

//! Where a repository is cloned from, told from what is remembered: nobody is asked.

use domain::{AccountId, ConnectionArn, RepositoryName};
use egress::Url;
use store::ConnectionRow;

use crate::access::{forge, owner};
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
        let endpoint = self.endpoint_of_row(&connection).await?;
        let forge = endpoint.and_then(|at| forge(connection.provider, &at, &self.client));
        Ok(forge.and_then(|forge| forge.clone_url(repository).ok()))
    }
}

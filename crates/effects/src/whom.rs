//! Whom an effect asks: the one host that may keep it waiting. Whoever performs many effects at once
//! keeps places for each host, so that one that hangs holds up nobody else's.

use domain::endpoints::own_endpoint;
use domain::{AccountId, ConnectionArn, HookId, HostArn, RegistrationId, source_action_id};
use egress::Url;
use engine::{Effect, StartAction};
use store::{
    ConnectionRow, DepartureRow, HookRow, HostRow, RegistrationRow, RevocationRow, TokenRow,
};

use crate::access::{authority, endpoint, owner};
use crate::clone;
use crate::perform::Performer;

impl Performer {
    /// Host and port that an effect waits for; `None` where it asks nobody, or nobody knows.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn host_of(&self, effect: &Effect) -> Result<Option<String>, store::Error> {
        match effect {
            Effect::StartAction(start) => self.host_of_action(start).await,
            Effect::ReportStatus(it) => self.host_of_connection(&it.account, &it.connection).await,
            Effect::ReadSyncFile(it) => self.host_of_connection(&it.account, &it.connection).await,
            Effect::ChangedFiles(it) => self.host_of_connection(&it.account, &it.connection).await,
            Effect::TestConnection { account, connection, .. }
            | Effect::RenewToken { account, connection, .. }
            | Effect::AskHead { account, connection, .. } => {
                self.host_of_connection(account, connection).await
            }
            Effect::RegisterHook { hook, .. }
            | Effect::RemoveHook { hook, .. }
            | Effect::PingHook { hook, .. }
            | Effect::Redeliver { hook, .. } => self.host_of_hook(hook).await,
            Effect::LookAtHost { account, host } => self.authority_of_host(account, host).await,
            Effect::Depart { account, connection } => {
                let row = DepartureRow::at(account, connection);
                match self.store.get::<DepartureRow>(row).await? {
                    Some(row) => self.host_of_row(&row.connection()).await,
                    None => Ok(None),
                }
            }
            Effect::RevokeToken { account, connection, generation } => {
                let row = RevocationRow::at(account, connection, generation);
                match self.store.get::<RevocationRow>(row).await? {
                    Some(row) => {
                        let endpoint = self.endpoint_of(account, &row.registration).await?;
                        Ok(endpoint
                            .and_then(|it| Url::parse(&it).ok())
                            .as_ref()
                            .and_then(authority))
                    }
                    None => Ok(None),
                }
            }
            Effect::FetchKeys { issuer, .. } => {
                Ok(Url::parse(issuer).ok().as_ref().and_then(authority))
            }
            Effect::AbandonAction { .. } => Ok(None),
        }
    }

    /// A source is fetched; a step may need a working copy that is not here yet.
    async fn host_of_action(&self, start: &StartAction) -> Result<Option<String>, store::Error> {
        let (of, work) = (&start.attempt, &start.work);
        if work.action_type.is_older_github() {
            let id = source_action_id(&of.pipeline, &of.stage, &of.action);
            let row = self.store.get::<ConnectionRow>(ConnectionRow::at(&of.account, &id)).await?;
            return Ok(match row {
                Some(row) => self.host_of_row(&row).await?,
                None => None,
            });
        }
        let named = work.configuration.get("ConnectionArn").map(|arn| ConnectionArn::new(&**arn));
        let connection = match (named, work.inputs.iter().find(|it| it.is_clone_reference)) {
            (Some(named), _) => Some(named),
            (None, Some(input)) => {
                clone::read(self, &input.artifact).await.ok().map(|it| it.connection_arn)
            }
            (None, None) => None,
        };
        match connection {
            Some(connection) => self.host_of_connection(&of.account, &connection).await,
            None => Ok(None),
        }
    }

    async fn host_of_hook(&self, hook: &HookId) -> Result<Option<String>, store::Error> {
        match self.store.get::<HookRow>(HookRow::at(hook)).await? {
            Some(hook) => self.host_of_connection(&hook.account, &hook.connection).await,
            None => Ok(None),
        }
    }

    /// Host and port of a connection's forge.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn host_of_connection(
        &self,
        account: &AccountId,
        arn: &ConnectionArn,
    ) -> Result<Option<String>, store::Error> {
        let account = owner(account, arn);
        let key = ConnectionRow::at(&account, &arn.id().to_owned());
        match self.store.get::<ConnectionRow>(key).await? {
            Some(row) => self.host_of_row(&row).await,
            None => Ok(None),
        }
    }

    async fn host_of_row(&self, row: &ConnectionRow) -> Result<Option<String>, store::Error> {
        let endpoint = self.endpoint_of_row(row).await?;
        Ok(endpoint.and_then(|it| Url::parse(&it).ok()).as_ref().and_then(authority))
    }

    /// The endpoint of a connection's forge, told from what is remembered.
    pub(crate) async fn endpoint_of_row(
        &self,
        row: &ConnectionRow,
    ) -> Result<Option<String>, store::Error> {
        let known = match (&row.host_arn, row.through()) {
            (Some(host), _) => self.endpoint_of_host(&row.account, host).await?,
            (None, Some(installation)) => {
                self.endpoint_of(&row.account, &installation.registration).await?
            }
            (None, None) => {
                let key = TokenRow::at(&row.account, &row.arn);
                match self.store.get::<TokenRow>(key).await? {
                    Some(token) => endpoint(&row.account, &token, &self.store).await?,
                    None => None,
                }
            }
        };
        Ok(known.or_else(|| own_endpoint(row.provider).map(str::to_owned)))
    }

    async fn endpoint_of_host(
        &self,
        account: &AccountId,
        host: &HostArn,
    ) -> Result<Option<String>, store::Error> {
        let key = HostRow::at(account, &host.id().to_owned());
        Ok(self.store.get::<HostRow>(key).await?.map(|host| host.endpoint))
    }

    async fn authority_of_host(
        &self,
        account: &AccountId,
        host: &HostArn,
    ) -> Result<Option<String>, store::Error> {
        let endpoint = self.endpoint_of_host(account, host).await?;
        Ok(endpoint.and_then(|it| Url::parse(&it).ok()).as_ref().and_then(authority))
    }

    async fn endpoint_of(
        &self,
        account: &AccountId,
        registration: &RegistrationId,
    ) -> Result<Option<String>, store::Error> {
        let key = RegistrationRow::at(account, registration);
        Ok(self.store.get::<RegistrationRow>(key).await?.map(|row| row.endpoint))
    }
}

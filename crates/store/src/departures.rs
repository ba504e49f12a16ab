//! What is to end at a forge, until that is done or given up: the hooks and tokens of connections that
//! were deleted, and tokens that nobody uses any more.

use crate::record::record;
use crate::statement::Value;
use crate::{ConnectionRow, TokenRow};
use domain::connection::{ConnectionStatus, ProviderType};
use domain::{AccountId, ConnectionArn, HostArn, RegistrationId, Timestamp};
use std::collections::BTreeMap;

record! {
    /// A connection that was deleted. Its tokens stay sealed as they were in its [`TokenRow`].
    DepartureRow in "departures";
    key { account: AccountId, connection: ConnectionArn }
    columns { sealed_access: Vec<u8>, sealed_refresh: Option<Vec<u8>> }
    doc {
        name: String,
        provider: ProviderType,
        host_arn: Option<HostArn>,
        created: Timestamp,
        login: Option<String>,
        scopes: Vec<String>,
        generation: i64,
        granted: Timestamp,
        registration: RegistrationId,
        endpoint: Option<String>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_access, 2, 4) <> ? OR substr(sealed_refresh, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), limit];
    }
}

record! {
    /// A token that a forge gave and nobody uses: another took its place, or it was not kept. It stays
    /// sealed as it was in its [`TokenRow`].
    RevocationRow in "revocations";
    key { account: AccountId, connection: ConnectionArn, generation: i64 }
    columns { sealed_access: Vec<u8>, sealed_refresh: Option<Vec<u8>> }
    doc { registration: RegistrationId }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_access, 2, 4) <> ? OR substr(sealed_refresh, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), limit];
    }
}

impl RevocationRow {
    /// Of a token that is not to be used any more.
    pub fn of(token: &TokenRow) -> Self {
        let token = token.clone();
        Self {
            account: token.account,
            connection: token.connection,
            generation: token.generation,
            sealed_access: token.sealed_access,
            sealed_refresh: token.sealed_refresh,
            registration: token.registration,
        }
    }
}

impl DepartureRow {
    /// Of a connection that could be used until now.
    pub fn of(connection: &ConnectionRow, token: &TokenRow) -> Self {
        let (connection, token) = (connection.clone(), token.clone());
        Self {
            account: connection.account,
            connection: connection.arn,
            sealed_access: token.sealed_access,
            sealed_refresh: token.sealed_refresh,
            name: connection.name,
            provider: connection.provider,
            host_arn: connection.host_arn,
            created: connection.created,
            login: connection.login,
            scopes: token.scopes,
            generation: token.generation,
            granted: token.granted,
            registration: token.registration,
            endpoint: token.endpoint,
        }
    }

    /// The connection as it was, as far as its forge is concerned.
    pub fn connection(&self) -> ConnectionRow {
        ConnectionRow {
            account: self.account.clone(),
            id: self.connection.id().to_owned(),
            arn: self.connection.clone(),
            name: self.name.clone(),
            provider: self.provider,
            host_arn: self.host_arn.clone(),
            created: self.created,
            installation: None,
            status: ConnectionStatus::Available,
            login: self.login.clone(),
            tags: BTreeMap::new(),
            throttled: None,
            installed_in: None,
            installation_seen: None,
            left: None,
        }
    }

    /// Its tokens.
    pub fn token(&self) -> TokenRow {
        TokenRow {
            account: self.account.clone(),
            connection: self.connection.clone(),
            sealed_access: self.sealed_access.clone(),
            sealed_refresh: self.sealed_refresh.clone(),
            expires: None,
            scopes: self.scopes.clone(),
            generation: self.generation,
            granted: self.granted,
            registration: self.registration.clone(),
            endpoint: self.endpoint.clone(),
        }
    }
}

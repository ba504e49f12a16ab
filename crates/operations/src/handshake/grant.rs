//! What a forge granted at the end of a handshake: enough, and the connection is AVAILABLE with
//! its tokens; or nothing, or less than pipelines need.

use domain::connection::{ConnectionStatus, HookState, Missing};
use domain::{AccountId, ConnectionArn, RegistrationId, Timestamp};
use store::{Changes, ConnectionRow, HookRow, Query, TokenRow, View, Want};

use crate::crossing::is_told_by_app;
use crate::limits::CONNECTIONS_MAX;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use crate::watches::{connection_key, register};

/// The forge granted nothing, or less than pipelines need: a connection that was not usable says so,
/// and one that was keeps what it had.
pub struct NotGranted {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// What came of it.
    pub missing: Missing,
}

impl Turn for NotGranted {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection));
        let status = match row.map(|row| row.status) {
            Some(ConnectionStatus::Pending(_)) => ConnectionStatus::Pending(self.missing),
            Some(ConnectionStatus::Error(_)) => ConnectionStatus::Error(self.missing),
            Some(ConnectionStatus::Available) | None => return Ok((changes, ())),
        };
        row.into_iter().for_each(|row| changes.put(seen, ConnectionRow { status, ..row.clone() }));
        Ok((changes, ()))
    }
}

/// What the forge granted: the connection is AVAILABLE, and its hooks can be registered.
pub struct Granted {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The forge's user who authorised it.
    pub login: String,
    /// The access token, sealed.
    pub sealed_access: Vec<u8>,
    /// The refresh token, sealed, where the forge gives one.
    pub sealed_refresh: Option<Vec<u8>>,
    /// When the access token ends.
    pub expires: Option<Timestamp>,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// What the tokens were sealed with.
    pub generation: i64,
    /// The client that asked for them.
    pub registration: RegistrationId,
}

impl Granted {
    fn hooks(&self) -> Query {
        HookRow::of_connection(&self.account, &self.connection, CONNECTIONS_MAX)
    }

    /// The connection, usable by whoever authorised it. An installation of before tells of what is
    /// pushed on, until the repositories have hooks of their own.
    fn available(&self, row: &ConnectionRow, seen: &View, now: &Now) -> ConnectionRow {
        let hooks = seen.list::<HookRow>(&self.hooks());
        let row = match row.installation.is_some() && hooks.into_iter().any(is_told_by_app) {
            true => ConnectionRow { left: Some(now.at), ..row.clone() },
            false => row.without_installation(),
        };
        let (status, login) = (ConnectionStatus::Available, Some(self.login.clone()));
        ConnectionRow { status, login, ..row }
    }

    fn tokens(&self, now: &Now) -> TokenRow {
        TokenRow {
            account: self.account.clone(),
            connection: self.connection.clone(),
            sealed_access: self.sealed_access.clone(),
            sealed_refresh: self.sealed_refresh.clone(),
            expires: self.expires,
            scopes: self.scopes.clone(),
            generation: self.generation,
            granted: now.at,
            registration: self.registration.clone(),
            endpoint: None,
        }
    }
}

impl Turn for Granted {
    /// Whether the connection was still there.
    type Answer = bool;

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![
            connection_key(&self.account, &self.connection).into(),
            TokenRow::at(&self.account, &self.connection).into(),
            self.hooks().into(),
        ]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let Some(row) = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection))
        else {
            return Ok((changes, false));
        };
        changes.put(seen, self.available(row, seen, now));
        changes.put(seen, self.tokens(now));
        // No two sealings are alike, not even of the same token.
        let grant = hex::encode(&self.sealed_access);
        for hook in seen.list::<HookRow>(&self.hooks()) {
            // One that the forge had may be gone since the connection worked last.
            let is_ours =
                matches!(hook.state, HookState::Wanted | HookState::Failed | HookState::Registered);
            if is_told_by_app(hook) || is_ours {
                register(hook, &grant, now, &mut changes);
            }
        }
        Ok((changes, true))
    }
}

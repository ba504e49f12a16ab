//! What a forge granted at the end of a handshake: enough, and the connection is AVAILABLE with
//! its tokens; or nothing, or less than pipelines need.

use domain::connection::{ConnectionStatus, HookState, Missing};
use domain::{AccountId, ConnectionArn};
use store::{Changes, ConnectionRow, HookRow, Key, Query, TokenRow, View, Want};

use crate::crossing::is_told_by_app;
use crate::limits::CONNECTIONS_MAX;
use crate::refusal::Refused;
use crate::revocations;
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
    /// What it gave all the same, which is revoked.
    pub given: Option<TokenRow>,
}

impl Turn for NotGranted {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        if let Some(given) = &self.given {
            revocations::begin(given, now, &mut changes);
        }
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

/// What the forge granted: the connection is AVAILABLE, and its hooks can be registered. The tokens that
/// it had are revoked, or these where it is not there any more.
pub struct Granted {
    /// The forge's user who authorised it.
    pub login: String,
    /// The tokens.
    pub tokens: TokenRow,
}

impl Granted {
    fn hooks(&self) -> Query {
        HookRow::of_connection(&self.tokens.account, &self.tokens.connection, CONNECTIONS_MAX)
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

    /// The connection's key, and that of its tokens.
    fn keys(&self) -> [Key; 2] {
        let TokenRow { account, connection, .. } = &self.tokens;
        [connection_key(account, connection), TokenRow::at(account, connection)]
    }
}

impl Turn for Granted {
    /// Whether the connection was still there.
    type Answer = bool;

    fn wants(&self, _: &View) -> Vec<Want> {
        let [connection, tokens] = self.keys();
        vec![connection.into(), tokens.into(), self.hooks().into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let [connection, tokens] = self.keys();
        let Some(row) = seen.row::<ConnectionRow>(connection) else {
            revocations::begin(&self.tokens, now, &mut changes);
            return Ok((changes, false));
        };
        if let Some(before) = seen.row::<TokenRow>(tokens) {
            revocations::begin(before, now, &mut changes);
        }
        changes.put(seen, self.available(row, seen, now));
        changes.put(seen, self.tokens.clone());
        // No two sealings are alike, not even of the same token.
        let grant = hex::encode(&self.tokens.sealed_access);
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

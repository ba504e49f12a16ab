//! Connections to forges, and the tokens by which they speak.

use crate::record::record;
use crate::statement::Value;
use domain::connection::{ConnectionStatus, ProviderType};
use domain::{AccountId, ConnectionArn, HostArn, Installation, RegistrationId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A time in which a forge is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// The forge's host.
    pub host: String,
    /// Its end.
    pub until: Timestamp,
    /// What the forge did.
    pub why: String,
}

impl ConnectionRow {
    /// The time in which its forge is not asked, while it lasts.
    pub fn throttled_at(&self, at: Timestamp) -> Option<&Throttle> {
        self.throttled.as_ref().filter(|it| at < it.until)
    }

    /// The same without any App's installation.
    pub fn without_installation(&self) -> Self {
        let (installation, installed_in, installation_seen, left) = (None, None, None, None);
        Self { installation, installed_in, installation_seen, left, ..self.clone() }
    }

    /// The App's installation that speaks for it.
    pub fn through(&self) -> Option<&Installation> {
        self.installation.as_ref().filter(|_| self.left.is_none())
    }
}

record! {
    /// A connection; or what stands in its place for a source action that brings a token of its own
    /// (decision 0015), which no list of connections shows.
    ConnectionRow in "connections";
    key {
        account: AccountId,
        /// [`ConnectionArn::id`]: the UUID at the end of its ARN, the same under both prefixes.
        id: String,
    }
    columns {
        arn: ConnectionArn,
        name: String,
        provider: ProviderType,
        host_arn: Option<HostArn>,
        created: Timestamp,
        /// The App's installation that it goes through; none where it has a token of its own.
        installation: Option<Installation>,
    }
    doc {
        /// How far it has come, and what keeps it from being AVAILABLE.
        status: ConnectionStatus,
        /// The forge's user who authorised it.
        login: Option<String>,
        tags: BTreeMap<String, String>,
        /// Until when its forge is left alone, and why: the last such time, over or not.
        throttled: Option<Throttle>,
        /// Whose account at the forge the App's installation is in.
        installed_in: Option<String>,
        /// As of when it is known whether that installation serves; older news of it are late.
        installation_seen: Option<Timestamp>,
        /// Since when it has a token of its own again. The App's hook tells of its repositories on,
        /// until they have hooks of their own.
        left: Option<Timestamp>,
    }
    lists {
        /// An account's connections by id, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND id > ? AND id NOT LIKE '%/%' ORDER BY id LIMIT ?"
            [account, after, limit];
        /// What stands in a connection's place for the source actions that bring a token of their
        /// own, by id.
        of_source_actions(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND id > ? AND id LIKE '%/%' ORDER BY id LIMIT ?"
            [account, after, limit];
        /// The connection of this name.
        by_name(account: &AccountId, name: &str)
            "WHERE account = ? AND name = ? ORDER BY id" [account, name];
        /// The connections to a host.
        of_host(account: &AccountId, host_arn: &HostArn, limit: i64)
            "WHERE account = ? AND host_arn = ? ORDER BY id LIMIT ?" [account, host_arn, limit];
        /// The connections through an App's installation.
        of_installation(account: &AccountId, installation: &Installation, limit: i64)
            "WHERE account = ? AND installation = ? ORDER BY id LIMIT ?"
            [account, installation, limit];
    }
}

record! {
    /// A connection's tokens, sealed.
    TokenRow in "tokens";
    key { account: AccountId, connection: ConnectionArn }
    columns {
        sealed_access: Vec<u8>,
        sealed_refresh: Option<Vec<u8>>,
        /// When the access token ends; none where the forge gives no end.
        expires: Option<Timestamp>,
    }
    doc {
        scopes: Vec<String>,
        /// Which of the connection's tokens these are; they were sealed with it. No two have the
        /// same, and whoever replaces them names the ones that he saw.
        generation: i64,
        /// When the forge gave them.
        granted: Timestamp,
        /// The client that they were given to, and that alone can renew them.
        registration: RegistrationId,
        /// Where a token that no client was given is taken: the base URL of its forge.
        endpoint: Option<String>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_access, 2, 4) <> ? OR substr(sealed_refresh, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), limit];
        /// Tokens that end before `at` and can be renewed, the first to end first: those after the
        /// one that `after`, `account` and `connection` name (the first page: the least of each).
        expiring(
            at: Timestamp, after: Timestamp, account: &AccountId, connection: &ConnectionArn, limit: i64
        )
            "WHERE sealed_refresh IS NOT NULL AND expires < ? AND (expires, account, connection) > (?, ?, ?) ORDER BY expires, account, connection LIMIT ?"
            [at, after, account, connection, limit];
    }
}

/// What a forge gave for a refresh token, sealed for its generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTokens {
    /// Theirs.
    pub generation: i64,
    /// The access token.
    pub sealed_access: Vec<u8>,
    /// The refresh token: a new one, or the old one where the forge leaves that good.
    pub sealed_refresh: Vec<u8>,
    /// How long the access token lasts, in seconds; `None` where the forge gives no end.
    pub expires_in_seconds: Option<u64>,
    /// What it may be used for.
    pub scopes: Vec<String>,
}

impl NewTokens {
    /// The row in which they take the place of older ones.
    pub fn instead_of(&self, old: &TokenRow, at: Timestamp) -> TokenRow {
        let expires = self.expires_in_seconds.map(|seconds| at.plus_seconds(seconds as i64));
        TokenRow {
            sealed_access: self.sealed_access.clone(),
            sealed_refresh: Some(self.sealed_refresh.clone()),
            expires,
            scopes: self.scopes.clone(),
            generation: self.generation,
            granted: at,
            ..old.clone()
        }
    }
}

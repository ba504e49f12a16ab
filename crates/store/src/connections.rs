//! Connections to forges: hosts, registered clients, handshakes, connections, their tokens, and
//! the hooks and heads of their repositories.

use crate::record::record;
use crate::statement::Value;
use domain::{
    AccountId, CommitSha, ConnectionArn, HandshakeId, HookId, HostArn, Installation,
    RegistrationId, RepositoryName, Timestamp,
    connection::{ConnectionStatus, HookState, Looks, ProviderType},
    host::HostTrouble,
};
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

/// How a self-managed forge is reached, as this server's operator said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNetwork {
    /// The proxy that every request to it goes through: `http://HOST:PORT`.
    pub proxy: Option<String>,
    /// Whom the proxy knows this server as; the password is a column of the row.
    #[serde(default)]
    pub proxy_user: Option<String>,
    /// Addresses with ports that it alone may be at, though they are not public.
    pub allowed_addresses: Vec<String>,
    /// Certificates of the authorities that its own must come from, in PEM.
    pub tls_certificate: Option<String>,
}

record! {
    /// A self-managed forge.
    HostRow in "hosts";
    key { account: AccountId, id: String }
    columns {
        arn: HostArn,
        name: String,
        provider: ProviderType,
        endpoint: String,
        /// The password with which its proxy knows this server.
        sealed_proxy_password: Option<Vec<u8>>,
    }
    doc {
        tags: BTreeMap<String, String>,
        /// What the caller said of networks and certificates, in the API's words.
        vpc_configuration: Option<serde_json::Value>,
        /// How the operator lets it be reached; none for what holds for every forge.
        network: Option<HostNetwork>,
        /// What kept this server from it when it was last looked at.
        trouble: Option<HostTrouble>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_proxy_password, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
        /// An account's hosts by id, those after `after`.
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND id > ? ORDER BY id LIMIT ?" [account, after, limit];
        /// The host of this name.
        by_name(account: &AccountId, name: &str)
            "WHERE account = ? AND name = ? ORDER BY id" [account, name];
    }
}

record! {
    /// An OAuth client of a forge, or an App; one of each an account and endpoint.
    RegistrationRow in "registrations";
    key { account: AccountId, id: RegistrationId }
    columns {
        provider: ProviderType,
        /// The forge's base URL.
        endpoint: String,
        client_id: String,
        sealed_secret: Vec<u8>,
        created: Timestamp,
        /// Of an App: the last segment of the URL of its one hook, which cannot be guessed.
        hook: Option<HookId>,
        /// Of an App: its private key, sealed.
        sealed_key: Option<Vec<u8>>,
        /// Of an App: the secret that its deliveries are signed with, sealed.
        sealed_hook_secret: Option<Vec<u8>>,
    }
    doc {
        /// What the forge calls the App; none for an OAuth client.
        app: Option<AppName>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_secret, 2, 4) <> ? OR substr(sealed_key, 2, 4) <> ? OR substr(sealed_hook_secret, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), key.clone(), limit];
        /// An account's registrations, oldest first.
        of_account(account: &AccountId)
            "WHERE account = ? ORDER BY created, id" [account];
        /// The registration for a forge, the newest first.
        by_endpoint(account: &AccountId, provider: ProviderType, endpoint: &str)
            "WHERE account = ? AND provider = ? AND endpoint = ? ORDER BY created DESC, id"
            [account, provider, endpoint];
        /// The registration of this id, whatever its account: the callback's path names only it.
        by_id(id: &RegistrationId) "WHERE id = ? ORDER BY account" [id];
        /// The App whose hook has this id.
        by_hook(hook: &HookId) "WHERE hook = ? ORDER BY account, id" [hook];
    }
}

/// What a forge calls an App.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppName {
    /// Its number.
    pub number: u64,
    /// Its name in URLs.
    pub slug: String,
}

/// An App that is being registered: the forge makes it from a manifest of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppDraft {
    /// The dialect.
    pub provider: ProviderType,
    /// The forge's base URL.
    pub endpoint: String,
    /// The organisation that is to own it; none for the person in the browser.
    pub organisation: Option<String>,
    /// What it is to be called.
    pub name: String,
    /// The last segment of the URL of its one hook.
    pub hook: HookId,
}

/// An installation that a person may choose for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedInstallation {
    /// The forge's number of it.
    pub number: u64,
    /// Whose account it is in.
    pub owner: String,
}

/// The installations that whoever authorised an App may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who authorised it.
    pub login: String,
    /// What may be chosen.
    pub installations: Vec<OfferedInstallation>,
}

record! {
    /// A handshake in progress: of a connection with its forge, or of this server with a forge that
    /// is to make an App of ours. Its id, the `state` sent out, cannot be guessed and serves once.
    HandshakeRow in "handshakes";
    key { state: HandshakeId }
    columns {
        account: AccountId,
        /// Empty where an App is being registered.
        connection: ConnectionArn,
        registration: RegistrationId,
        /// The hash of the cookie of the browser it is bound to; empty while it is to none.
        session: String,
        /// The PKCE verifier, sealed.
        sealed_verifier: Vec<u8>,
        expires: Timestamp,
        used: bool,
    }
    doc {
        redirect_uri: String,
        /// The forge's user whom somebody has agreed to, though another authorised before.
        agreed: Option<String>,
        /// The App that is being registered.
        draft: Option<AppDraft>,
        /// What a person may choose from, once they have authorised the App.
        offer: Option<Offer>,
        /// The ARN of whoever asked for it.
        requester: Option<String>,
    }
    lists {}
}

record! {
    /// A webhook that we registered. Its id, the last segment of its URL, cannot be guessed.
    HookRow in "hooks";
    key { id: HookId }
    columns {
        account: AccountId,
        connection: ConnectionArn,
        repository: RepositoryName,
        /// The forge's own id of the hook, once it has one.
        forge_hook_id: Option<String>,
        sealed_secret: Vec<u8>,
        /// The secret before it, while deliveries signed with it may be under way.
        sealed_previous: Option<Vec<u8>>,
        /// How far it has come.
        state: HookState,
    }
    doc {
        provider: ProviderType,
        /// The forge's own id of the repository, once it was looked up; deliveries about another
        /// one are not believed.
        repository_id: Option<String>,
        /// Whether the forge signs its deliveries, as GitLab may not do; `None` until it has it.
        signs: Option<bool>,
        /// Why it is not registered, or not as it should be, in words.
        trouble: Option<String>,
        /// What the forge calls the repository now, where that is not the name by which pipelines
        /// know it.
        known_as: Option<RepositoryName>,
        /// When a delivery that was signed with the present secret first came.
        verified: Option<Timestamp>,
        /// When we first knew where the repository's refs were: what moves after it is a push.
        heads_known: Option<Timestamp>,
        /// Until when the secret before the present one verifies too; `None` while the forge has
        /// not taken the present one.
        previous_until: Option<Timestamp>,
        /// When the forge last said that it has the hook.
        asked: Option<Timestamp>,
        /// As of when it is known which pull requests there are.
        requests_known: Option<Timestamp>,
        /// Of one that no forge has: how the looks fare that are taken in its place.
        looks: Option<Looks>,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_secret, 2, 4) <> ? OR substr(sealed_previous, 2, 4) <> ? LIMIT ?" [key.clone(), key.clone(), limit];
        /// The hooks of a repository.
        of_repository(account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName)
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY id"
            [account, connection, repository];
        /// The hooks that have come this far, of all accounts.
        of_state(state: HookState, limit: i64)
            "WHERE state = ? ORDER BY id LIMIT ?" [state, limit];
        /// The hooks of a connection.
        of_connection(account: &AccountId, connection: &ConnectionArn, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY repository, id LIMIT ?"
            [account, connection, limit];
        /// The same by id, those after `after` (the first page: an empty text).
        of_connection_after(
            account: &AccountId, connection: &ConnectionArn, after: &str, limit: i64,
        )
            "WHERE account = ? AND connection = ? AND id > ? ORDER BY id LIMIT ?"
            [account, connection, after, limit];
    }
}

impl HookRow {
    /// The name by which the forge is asked for the repository.
    pub fn present_name(&self) -> &RepositoryName {
        self.known_as.as_ref().unwrap_or(&self.repository)
    }

    /// Whether the secret before the present one still verifies what comes at `at`.
    pub fn believes_previous(&self, at: Timestamp) -> bool {
        self.sealed_previous.is_some() && self.previous_until.is_none_or(|until| at < until)
    }
}

record! {
    /// The commit that we know a ref to be at; none where it was deleted.
    HeadRow in "heads";
    key {
        account: AccountId,
        connection: ConnectionArn,
        repository: RepositoryName,
        /// `refs/heads/main`, `refs/tags/v1`, or a pull request's own.
        ref_name: String,
    }
    columns { sha: Option<CommitSha>, updated: Timestamp }
    doc {}
    lists {
        /// A repository's refs by name.
        of_repository(
            account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName,
            limit: i64,
        )
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY ref_name LIMIT ?"
            [account, connection, repository, limit];
        /// The pull requests of a repository that are known to be open.
        open_requests(
            account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName,
            limit: i64,
        )
            "WHERE account = ? AND connection = ? AND repository = ?
             AND ref_name LIKE 'refs/pull/%' AND sha IS NOT NULL ORDER BY ref_name LIMIT ?"
            [account, connection, repository, limit];
    }
}

//! How a connection comes to its tokens: the hosts of forges, the clients that are registered with
//! them, and handshakes under way.

use crate::record::record;
use crate::statement::Value;
use domain::connection::ProviderType;
use domain::host::HostTrouble;
use domain::{AccountId, ConnectionArn, HandshakeId, HookId, HostArn, RegistrationId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

//! Where each kind of secret lies: a name for every place that the vault seals for.

use domain::{AccessKeyId, AccountId, HandshakeId, HookId, RegistrationId};
use serde::{Deserialize, Serialize};

/// Where a secret lies. It opens there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// What tells the row from the others of its table and account.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
    /// Which of the secrets that were here one after the other; 0 where one is never replaced.
    /// It is not the row's version, which every write raises.
    pub version: i64,
    /// The account that owns the row.
    pub account: &'a AccountId,
}

impl<'a> Place<'a> {
    fn of(table: &'a str, row: &'a str, column: &'a str, account: &'a AccountId) -> Self {
        Self { table, row, column, version: 0, account }
    }

    /// Every part with its length before it, so that no two places give the same bytes.
    pub(crate) fn bytes(&self, header: &[u8]) -> Vec<u8> {
        let Self { table, row, column, version, account } = self;
        let version = version.to_be_bytes();
        let parts: [&[u8]; 6] = [
            header,
            table.as_bytes(),
            row.as_bytes(),
            column.as_bytes(),
            &version,
            account.as_str().as_bytes(),
        ];
        parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), *part].concat()).collect()
    }

    /// The secret of an access key.
    pub fn of_access_key(account: &'a AccountId, key: &'a AccessKeyId) -> Self {
        Self::of("access_keys", key.as_str(), "sealed_secret", account)
    }

    /// A session, sealed for the key that it is good with: no row, its bearer brings it along.
    pub fn of_session(key: &'a AccessKeyId, nobody: &'a AccountId) -> Self {
        Self::of("sessions", key.as_str(), "session_token", nobody)
    }

    /// An access token as Google's STS would give it out: no row, its bearer brings it along.
    pub fn of_google_token(nobody: &'a AccountId) -> Self {
        Self::of("relying_parties", "", "access_token", nobody)
    }

    /// The private half of an issuer's key.
    pub fn of_signing_key(account: &'a AccountId, kid: &'a str) -> Self {
        Self::of("signing_keys", kid, "sealed_private", account)
    }

    /// The secret that a hook's deliveries are signed with. The one before it opens here too: it
    /// was sealed here.
    pub fn of_hook(account: &'a AccountId, hook: &'a HookId) -> Self {
        Self::of("hooks", hook.as_str(), "sealed_secret", account)
    }

    /// The secret of an OAuth client.
    pub fn of_registration(account: &'a AccountId, registration: &'a RegistrationId) -> Self {
        Self::of("registrations", registration.as_str(), "sealed_secret", account)
    }

    /// The password of a host's proxy. `host` is what stands behind `host/` in its ARN.
    pub fn of_proxy_password(account: &'a AccountId, host: &'a str) -> Self {
        Self::of("hosts", host, "sealed_proxy_password", account)
    }

    /// The private key of an App.
    pub fn of_app_key(account: &'a AccountId, registration: &'a RegistrationId) -> Self {
        Self::of("registrations", registration.as_str(), "sealed_key", account)
    }

    /// The secret that an App's deliveries are signed with.
    pub fn of_app_hook(account: &'a AccountId, registration: &'a RegistrationId) -> Self {
        Self::of("registrations", registration.as_str(), "sealed_hook_secret", account)
    }

    /// The PKCE verifier of a handshake.
    pub fn of_verifier(account: &'a AccountId, state: &'a HandshakeId) -> Self {
        Self::of("handshakes", state.as_str(), "sealed_verifier", account)
    }

    /// A connection's access token of one generation. `connection` is the id at the end of its ARN.
    pub fn of_access_token(account: &'a AccountId, connection: &'a str, generation: i64) -> Self {
        Self { version: generation, ..Self::of("tokens", connection, "sealed_access", account) }
    }

    /// A connection's refresh token of one generation.
    pub fn of_refresh_token(account: &'a AccountId, connection: &'a str, generation: i64) -> Self {
        Self { version: generation, ..Self::of("tokens", connection, "sealed_refresh", account) }
    }
}

/// Where a value lies that people keep here; owned, so that it can travel beside what is sealed there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    /// One version of a secret.
    Secret {
        /// Whose it is.
        account: AccountId,
        /// The secret, as its ARN ends.
        secret: String,
        /// The version's id.
        id: String,
    },
    /// One version of a parameter.
    Parameter {
        /// Whose it is.
        account: AccountId,
        /// Its name.
        parameter: String,
        /// The version's number.
        number: i64,
    },
    /// A variable of bitbucket-pipelines.yml.
    Variable {
        /// Whose it is.
        account: AccountId,
        /// Of what it is one.
        scope: String,
        /// Its name.
        name: String,
    },
}

impl Kept {
    /// Does something with its place.
    pub fn placed<R>(&self, act: impl FnOnce(&Place) -> R) -> R {
        match self {
            Self::Secret { account, secret, id } => {
                let row = format!("{secret} {id}");
                act(&Place::of("secret_values", &row, "sealed_value", account))
            }
            Self::Parameter { account, parameter, number } => {
                let place = Place::of("parameter_values", parameter, "sealed_value", account);
                act(&Place { version: *number, ..place })
            }
            Self::Variable { account, scope, name } => {
                let row = format!("{scope} {name}");
                act(&Place::of("variables", &row, "sealed_value", account))
            }
        }
    }
}

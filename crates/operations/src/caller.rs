//! Who calls an operation, and what the process made for the call.

use std::sync::Arc;

use domain::{AccountId, Arn, Endpoints, Region, Secret};
use identity::Principal;
use store::{Place, Signature, Vault, VaultError};
use wire::token::TokenKey;

use crate::arrival::Arrival;

/// One call: its principal, where it came in, and everything unguessable that it may need.
#[derive(Clone)]
pub struct Caller {
    /// Whose signature was verified.
    pub principal: Principal,
    /// The server's region.
    pub region: Region,
    /// The service prefix that the caller spoke: `codeconnections` or `codestar-connections`, …
    pub prefix: &'static str,
    /// Scheme, host and port that forges and browsers are told.
    pub public_url: String,
    /// Where the forges are that are one place for everybody.
    pub endpoints: Arc<Endpoints>,
    /// 32 random bytes, new for each call: ids that must not be guessed are derived from it.
    pub nonce: [u8; 32],
    /// Seals page tokens.
    pub pages: Arc<TokenKey>,
    /// Seals what must not be stored in clear.
    pub sealer: Sealer,
    /// Whether it is kept why the call is refused: not of whoever was refused very often lately.
    pub keeps_denials: bool,
    /// How the call came in; `None` where the server itself acts.
    pub arrival: Option<Arrival>,
}

impl Caller {
    /// The account that is acted in.
    pub fn account(&self) -> &AccountId {
        &self.principal.account
    }

    /// An ARN in the caller's account and the server's region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        Arn::aws(service, &self.region, self.account(), resource).to_string()
    }

    /// The id of the call, as its answer carries it.
    pub fn request_id(&self) -> String {
        request_id(&self.nonce)
    }

    /// A UUID for this call and `purpose`, which nobody can guess.
    pub fn uuid(&self, purpose: &str) -> String {
        domain::derived_uuid(&[&hex::encode(self.nonce), purpose])
    }

    /// Thirty-two unguessable hex digits for this call and `purpose`.
    pub fn word(&self, purpose: &str) -> String {
        self.uuid(purpose).replace('-', "")
    }
}

/// The id of the call that has this nonce; it tells nothing of what else is derived from it.
pub fn request_id(nonce: &[u8; 32]) -> String {
    domain::derived_uuid(&[&hex::encode(nonce), "request"])
}

/// The half of the vault that operations may use: they seal, and never open.
#[derive(Clone)]
pub struct Sealer(Arc<Vault>);

impl Sealer {
    /// The sealing half of a vault.
    pub fn of(vault: Arc<Vault>) -> Self {
        Self(vault)
    }

    /// A signature that tells whether another secret is the same, without opening this one.
    pub fn fingerprint(&self, text: &Secret) -> Signature {
        self.0.sign(text.expose())
    }

    /// Whether a text is what was signed. Compared in constant time.
    pub fn is_same(&self, text: &Secret, fingerprint: &Signature) -> bool {
        self.0.signed(text.expose(), fingerprint)
    }

    /// Seals a secret for its place in the store.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn seal(&self, place: &Place, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        self.0.seal(place, secret)
    }
}

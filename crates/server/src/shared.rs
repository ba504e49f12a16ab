//! What every listener and loop of one server shares.

use std::sync::Arc;

use domain::{AccessKeyId, AccountId, Clock, Endpoints, Entropy, Region, Timestamp};
use effects::Permissions;
use operations::caller::{Caller, Sealer};
use operations::intake::Said;
use operations::standing::Whose;
use operations::turn::Desk;
use store::{DeliveryRow, Vault};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use wire::Service;

use crate::answers::Answers;
use crate::askers::Askers;
use crate::authority::Authorities;
use crate::config::Config;
use crate::denials::Denials;
use crate::http::health::Counters;
use crate::http::token_calls::RefusedTokens;
use crate::issuer_keys::IssuerKeys;
use crate::issuers::Issuers;
use crate::needed::Needed;
use crate::places::Places;
use crate::refusals::Refusals;

/// One running server. Cheap to clone: everything is behind an `Arc`.
pub struct Shared {
    /// What the operator set.
    pub config: Config,
    /// Scheme, host and port that forges and browsers are told.
    pub public_url: String,
    /// Where it listens for everything: scheme, host and port, for the steps beside it.
    pub address: String,
    /// Where the forges are that are one place for everybody.
    pub endpoints: Arc<Endpoints>,
    /// The Hosts by which this server is known.
    pub hosts: Vec<String>,
    /// The one region.
    pub region: Region,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, states and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// Takes turns.
    pub desk: Desk,
    /// Opens what this process verifies and signs with.
    pub vault: Arc<Vault>,
    /// What was signed last of the audit log, outside the database.
    pub witness: store::Witness,
    /// Rung when there is a new sealing key.
    pub resealing: tokio::sync::Notify,
    /// Artifacts, logs and buckets.
    pub blobs: Arc<blobs::Blobs>,
    /// Who an access key speaks for.
    pub authorities: Authorities,
    /// The keys that this server's issuers sign with.
    pub issuers: Issuers,
    /// Steps that may ask for further tokens.
    pub askers: Askers,
    /// The keys of others' issuers.
    pub issuer_keys: IssuerKeys,
    /// Tokens that were refused lately.
    pub refused_tokens: RefusedTokens,
    /// How many refusals were kept lately, and of whom.
    pub denials: Denials,
    /// Deliveries that were refused a moment ago.
    pub refusals: Refusals,
    /// Seals page tokens; the same on every server of one store.
    pub pages: Arc<wire::TokenKey>,
    /// What jobs need that no row names.
    pub needed: Needed,
    /// The one HTTP client.
    pub client: egress::Client,
    /// What the forges answered to calls that wait for it.
    pub answers: Answers<Permissions>,
    /// What forges said to dry runs of deliveries that wait for it.
    pub said: Answers<Said>,
    /// Places of those who look at a forge's repositories, for what nobody told of.
    pub looks: Places,
    /// Deliveries that were written and wait to be decided.
    pub intake: mpsc::UnboundedSender<DeliveryRow>,
    /// Counts commits: pages wait for it to change.
    pub changed: watch::Sender<u64>,
    /// What was counted since the start.
    pub counters: Counters,
    /// Asked to stop.
    pub stop: CancellationToken,
}

impl Shared {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What a turn needs that acts for an account as a call would. Whom it speaks for is the turn's
    /// to say: until then it is the account itself, without a key.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn caller_of(&self, account: &AccountId) -> Result<Caller, store::Error> {
        let service = Service::CodePipeline.signing_name();
        let root = Whose::Root(account.clone());
        let principal = self.desk.principal(&root, AccessKeyId::new("")).await?;
        Ok(Caller {
            principal: principal.expect("an account has a root"),
            region: self.region.clone(),
            prefix: service,
            public_url: self.public_url.clone(),
            endpoints: self.endpoints.clone(),
            nonce: self.nonce(),
            pages: self.pages.clone(),
            sealer: Sealer::of(self.vault.clone()),
            keeps_denials: true,
            arrival: None,
        })
    }

    /// 16 random bytes for an event on a line.
    pub fn event_nonce(&self) -> [u8; 16] {
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce);
        nonce
    }

    /// 32 random bytes: what a turn derives its unguessable ids from.
    pub fn nonce(&self) -> [u8; 32] {
        let mut nonce = [0; 32];
        self.entropy.fill(&mut nonce);
        nonce
    }
}

//! What the console is given by the process that serves it.

use blobs::Blobs;
use domain::{AccountId, Clock, Endpoints, Entropy, Region, Timestamp};
use operations::caller::Sealer;
use operations::turn::Desk;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;
use wire::dispatch::Call;
use wire::error::AwsError;
use wire::token::TokenKey;

/// Completes what an operation answered where that lies outside the store: what is asked of a forge
/// is waited for, as for a caller of the API.
pub type Finish = Arc<dyn Fn(Call, AccountId, Value) -> Finished + Send + Sync>;

/// What comes of it.
pub type Finished = Pin<Box<dyn Future<Output = Result<Value, AwsError>> + Send>>;

/// Everything that pages are made from and forms act through.
#[derive(Clone)]
pub struct ConsoleState {
    /// Takes turns; its store is what pages read.
    pub desk: Desk,
    /// Logs and artifacts.
    pub blobs: Arc<Blobs>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for sessions and for what operations derive.
    pub entropy: Arc<dyn Entropy>,
    /// The one region.
    pub region: Region,
    /// Scheme, host and port that forges and browsers are told.
    pub public_url: String,
    /// Where the forges are that are one place for everybody.
    pub endpoints: Arc<Endpoints>,
    /// The origins under which the console is served (`http://127.0.0.1:7700`), without a slash.
    pub origins: Vec<String>,
    /// Seals page tokens; operations want it with every call.
    pub pages: Arc<TokenKey>,
    /// Seals secrets that operations store.
    pub sealer: Sealer,
    /// Completes the answers of operations.
    pub finish: Finish,
    /// Changes with every commit; when its sender is dropped, event streams end.
    pub changed: watch::Receiver<u64>,
}

impl ConsoleState {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// 32 random bytes.
    pub(crate) fn nonce(&self) -> [u8; 32] {
        let mut nonce = [0; 32];
        self.entropy.fill(&mut nonce);
        nonce
    }
}

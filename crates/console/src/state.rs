//! What the console is given by the process that serves it.

use blobs::Blobs;
use domain::{Clock, Endpoints, Entropy, Region, Timestamp};
use operations::caller::Sealer;
use operations::turn::Desk;
use std::sync::Arc;
use tokio::sync::watch;
use wire::token::TokenKey;

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

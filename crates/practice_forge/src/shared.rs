//! What every request sees.

use crate::Kind;
use crate::world::World;
use crate::world::grant::TokenRules;
use crate::world::repository::Repository;
use anyhow::Context;
use domain::clock::SystemEntropy;
use domain::{Clock, Entropy, Timestamp};
use egress::Client;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use url::Url;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) kind: Kind,
    /// Ends in a slash.
    pub(crate) base: Url,
    pub(crate) folder: PathBuf,
    pub(crate) token_rules: TokenRules,
    pub(crate) world: Mutex<World>,
    pub(crate) client: Client,
    pub(crate) clock: Time,
    pub(crate) entropy: SystemEntropy,
    /// How many deliveries have been recorded.
    pub(crate) delivered: watch::Sender<usize>,
    /// How many answers said that nothing is new.
    pub(crate) unmodified: watch::Sender<usize>,
    pub(crate) pushing: tokio::sync::Mutex<()>,
    /// How many refreshes were granted.
    pub(crate) refreshed: watch::Sender<usize>,
    /// How many answers have hung.
    pub(crate) hung: watch::Sender<usize>,
    /// Rung when the forge answers rightly again.
    pub(crate) calmed: tokio::sync::Notify,
}

/// A clock that can be shown in `Debug`.
#[derive(Clone)]
pub struct Time(Arc<dyn Clock>);

impl Time {
    /// The forge's time is this clock's.
    pub fn of(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Time({})", self.0.now().rfc3339())
    }
}

impl Shared {
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.0.now()
    }

    pub(crate) fn folder_of(&self, repository: &Repository) -> PathBuf {
        self.folder.join(repository.folder())
    }

    /// A repository by its present name.
    pub(crate) fn present(&self, full_name: &str) -> anyhow::Result<Repository> {
        let found = self.world().repository(full_name).cloned();
        found.with_context(|| format!("there is no repository {full_name}"))
    }

    pub(crate) fn repository_by_id(&self, id: u64) -> anyhow::Result<Repository> {
        self.world().repository_by_id(id).cloned().context("the repository is gone")
    }

    /// Random bytes in hex.
    pub(crate) fn random_hex(&self, bytes: usize) -> String {
        let mut random = vec![0; bytes];
        self.entropy.fill(&mut random);
        hex::encode(random)
    }
}

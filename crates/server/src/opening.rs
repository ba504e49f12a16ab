//! Opens everything that a server's configuration names, and puts together what its parts share.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use blobs::Blobs;
use domain::{Endpoints, Entropy, HolderId, Region, Timestamp};
use egress::{Client, Guard};
use forges::Mirrors;
use operations::turn::Desk;
use store::{EffectRow, Store, StoreConfig, Vault, Witness};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::folder::DataFolder;
use crate::http::health::Counters;
use crate::limits::{LOOKS_OF_A_HOST_MAX, LOOKS_OF_HOSTS_MAX};
use crate::loops::Fed;
use crate::places::Places;
use crate::running::Surroundings;
use crate::shared::Shared;
use crate::{authority, first_start, http};

/// By what a server is known.
pub struct Names {
    /// Where it listens: scheme, host and port.
    pub address: String,
    /// What forges and browsers are told.
    pub public_url: String,
    /// The Hosts of requests to it.
    pub hosts: Vec<String>,
}

/// What was opened of what is remembered.
struct Remembered {
    store: Store,
    vault: Arc<Vault>,
    witness: Witness,
    /// Signs the tokens of pages.
    pages: Arc<wire::TokenKey>,
}

impl Remembered {
    async fn open(
        config: &Config,
        folder: &DataFolder,
        blobs: &Blobs,
        entropy: &dyn Entropy,
        at: Timestamp,
    ) -> Result<Self> {
        let place = match &config.database {
            Some(url) => StoreConfig::Postgres(url.expose().to_owned()),
            None => StoreConfig::Folder(folder.path.clone()),
        };
        let store = Store::open(&place).await.context("cannot open the database")?;
        crate::older_objects::take_over(&store, blobs).await?;
        let vault = Arc::new(first_start::vault(&store, &config.sealing_key).await?);
        // What is there already is opened before anything more is sealed.
        let pages = first_start::page_key(&store, &vault, entropy).await.with_context(|| {
            let key = config.sealing_key.display();
            format!("{key} is not the sealing key of this database: name the one that it had with --sealing-key")
        })?;
        first_start::prepare(&store, &vault, entropy, folder, at).await?;
        let witness = Witness::beside(&config.sealing_key, &place);
        Ok(Self { store, vault, witness, pages: Arc::new(pages) })
    }
}

/// What follows from a commit: whoever waits for news is told, and its effects are handed over.
struct Handed {
    changed: watch::Sender<u64>,
    committed: Arc<Notify>,
    effects: mpsc::UnboundedSender<Vec<EffectRow>>,
}

impl Handed {
    fn over(self) -> Arc<dyn Fn(Vec<EffectRow>) + Send + Sync> {
        Arc::new(move |effects| {
            self.changed.send_modify(|count| *count += 1);
            self.committed.notify_one();
            if !effects.is_empty() {
                let _ = self.effects.send(effects);
            }
        })
    }
}

/// Opens what the parts of a server share, and what feeds its loops.
///
/// # Errors
/// The first thing that does not work, by name.
pub async fn open(
    config: Config,
    folder: &DataFolder,
    Names { address, public_url, hosts }: Names,
    surroundings: Surroundings,
) -> Result<(Shared, Fed)> {
    let Surroundings { clock, entropy, blobs, worker } = surroundings;
    let remembered = Remembered::open(&config, folder, &blobs, &*entropy, clock.now()).await?;
    let Remembered { store, vault, witness, pages } = remembered;
    let (changed, _) = watch::channel(0_u64);
    let (effects, handed) = mpsc::unbounded_channel();
    let (intake, deliveries) = mpsc::unbounded_channel();
    let committed = Arc::new(Notify::new());
    let hand = Handed { changed: changed.clone(), committed: committed.clone(), effects };
    let holder = HolderId::new(format!("srv-{}", entropy.uuid()));
    let limits = engine::Limits { step_seconds_max: config.step_seconds_max };
    let desk = Desk { store, holder, epoch: clock.now().0, limits, hand_over: hand.over() };
    let fetch_time = Duration::from_secs(config.fetch_seconds_max.into());
    let mirrors = Mirrors::new(folder.inside("mirrors")?).fetch_time(fetch_time);
    let shared = Shared {
        public_url,
        address,
        endpoints: Arc::new(Endpoints::with(config.stand_ins.clone())),
        hosts,
        region: Region::new("us-east-1"),
        clock,
        entropy,
        desk,
        vault,
        witness,
        resealing: Notify::new(),
        blobs,
        authorities: authority::Authorities::default(),
        issuers: crate::issuers::Issuers::default(),
        issuer_keys: crate::issuer_keys::IssuerKeys::default(),
        refused_tokens: http::token_calls::RefusedTokens::default(),
        denials: crate::denials::Denials::default(),
        refusals: crate::refusals::Refusals::default(),
        askers: crate::askers::Askers::default(),
        pages,
        needed: crate::needed::Needed::default(),
        client: Client::new(Guard::new(config.allowed_addresses.clone())),
        answers: crate::answers::Answers::default(),
        said: crate::answers::Answers::default(),
        looks: Places::new(LOOKS_OF_A_HOST_MAX, LOOKS_OF_HOSTS_MAX),
        intake,
        changed,
        counters: Counters::default(),
        stop: CancellationToken::new(),
        config,
    };
    Ok((shared, Fed { deliveries, handed, worker, mirrors, committed }))
}

//! A server from its configuration to its end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::{Clock, Endpoints, Entropy, HolderId, Region};
use egress::{Client, Guard};
use forges::Mirrors;
use operations::caller::Sealer;
use operations::turn::Desk;
use store::{Store, StoreConfig, Witness};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, StepNetwork};
use crate::folder::DataFolder;
use crate::http::health::Counters;
use crate::jobs::ServerEnd;
use crate::limits::{LOOKS_OF_A_HOST_MAX, LOOKS_OF_HOSTS_MAX};
use crate::listener::Listener;
use crate::loops::{
    audit, bell, effects, holders, installations, intake, issuers, polling, reconcile, recovery,
    resealing, sweep, throttles, timers, tokens,
};
use crate::places::Places;
use crate::shared::Shared;
use crate::{authority, first_start, http, tls};

/// What a process gives a server beside its configuration.
pub struct Surroundings {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Artifacts and logs, shared with the worker.
    pub blobs: Arc<blobs::Blobs>,
    /// The channel to the worker.
    pub worker: ServerEnd,
}

/// A server that listens.
pub struct Running {
    /// What its parts share.
    pub shared: Arc<Shared>,
    /// The folder, held until the end.
    folder: DataFolder,
    /// Where it listens: scheme, host and port.
    pub address: String,
    serving: Vec<tokio::task::JoinHandle<()>>,
}

/// Opens everything that the configuration names, takes over what a server before this one held,
/// and listens.
///
/// # Errors
/// The first thing that does not work, by name.
pub async fn start(
    config: Config,
    folder: DataFolder,
    surroundings: Surroundings,
) -> Result<Running> {
    let tls = config
        .tls
        .as_ref()
        .map(|(certificate, key)| tls::acceptor(certificate, key))
        .transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let main = Listener::bind("--listen", config.listen, tls.clone(), axum::Router::new()).await?;
    let outside = match config.public_listen {
        Some(address) => {
            Some(Listener::bind("--public-listen", address, tls, axum::Router::new()).await?)
        }
        None => None,
    };
    let address = format!("{scheme}://{}", main.address()?);
    let mut addresses = vec![main.address()?];
    addresses.extend(outside.as_ref().map(Listener::address).transpose()?);
    let public_url = config.public_url.clone().unwrap_or_else(|| address.clone());
    let hosts = http::gate::hosts(&addresses, &public_url);
    let names = Names { address: address.clone(), public_url, hosts };
    let (parts, loops) = open(config, &folder, names, surroundings).await?;
    let shared = Arc::new(parts);
    start_loops(&shared, loops).await?;
    let console = console::router(console_state(&shared, &address));
    let main = main.serving(http::all(&shared, console));
    let mut serving = vec![tokio::spawn(main.run(shared.stop.clone()))];
    let outside = outside.map(|listener| listener.serving(http::public(&shared)));
    serving.extend(outside.map(|listener| tokio::spawn(listener.run(shared.stop.clone()))));
    folder.write_address(&address, &shared.region)?;
    Ok(Running { shared, folder, address, serving })
}

/// What the loops take and nobody else needs.
struct Loops {
    deliveries: mpsc::UnboundedReceiver<store::DeliveryRow>,
    handed: mpsc::UnboundedReceiver<Vec<store::EffectRow>>,
    worker: ServerEnd,
    mirrors: Mirrors,
    committed: Arc<Notify>,
}

/// By what a server is known.
struct Names {
    address: String,
    public_url: String,
    hosts: Vec<String>,
}

async fn open(
    config: Config,
    folder: &DataFolder,
    Names { address, public_url, hosts }: Names,
    surroundings: Surroundings,
) -> Result<(Shared, Loops)> {
    let Surroundings { clock, entropy, blobs, worker } = surroundings;
    let store_config = match &config.database {
        Some(url) => StoreConfig::Postgres(url.expose().to_owned()),
        None => StoreConfig::Folder(folder.path.clone()),
    };
    let store = Store::open(&store_config).await.context("cannot open the database")?;
    crate::older_objects::take_over(&store, &blobs).await?;
    let vault = Arc::new(first_start::vault(&store, &config.sealing_key).await?);
    // What is there already is opened before anything more is sealed.
    let pages = first_start::page_key(&store, &vault, &*entropy).await.with_context(|| {
        let key = config.sealing_key.display();
        format!("{key} is not the sealing key of this database: name the one that it had with --sealing-key")
    })?;
    first_start::prepare(&store, &vault, &*entropy, folder, clock.now()).await?;
    let (changed, _) = watch::channel(0_u64);
    let (hand, handed) = mpsc::unbounded_channel();
    let (intake, deliveries) = mpsc::unbounded_channel();
    let client = Client::new(Guard::new(config.allowed_addresses.clone()));
    let (rung, committed) = (changed.clone(), Arc::new(Notify::new()));
    let told = committed.clone();
    let hand_over = move |effects: Vec<store::EffectRow>| {
        rung.send_modify(|count| *count += 1);
        told.notify_one();
        if !effects.is_empty() {
            let _ = hand.send(effects);
        }
    };
    let holder = HolderId::new(format!("srv-{}", entropy.uuid()));
    let limits = engine::Limits { step_seconds_max: config.step_seconds_max };
    let desk = Desk { store, holder, epoch: clock.now().0, limits, hand_over: Arc::new(hand_over) };
    let fetch_time = Duration::from_secs(config.fetch_seconds_max.into());
    let witness = Witness::beside(&config.sealing_key, &store_config);
    let mirrors = Mirrors::new(folder.inside("mirrors")?).fetch_time(fetch_time);
    let endpoints = Arc::new(Endpoints::with(config.stand_ins.clone()));
    let shared = Shared {
        config,
        public_url,
        address,
        endpoints,
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
        askers: crate::minting::Askers::default(),
        pages: Arc::new(pages),
        needed: crate::needed::Needed::default(),
        client,
        answers: crate::answers::Answers::default(),
        looks: Places::new(LOOKS_OF_A_HOST_MAX, LOOKS_OF_HOSTS_MAX),
        intake,
        changed,
        counters: Counters::default(),
        stop: CancellationToken::new(),
    };
    Ok((shared, Loops { deliveries, handed, worker, mirrors, committed }))
}

async fn start_loops(shared: &Arc<Shared>, loops: Loops) -> Result<()> {
    let Loops { deliveries, handed, worker, mirrors, committed } = loops;
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let hosts = ::effects::Hosts::new(shared.clock.clone(), move |throttled| {
        let _ = tell.send(throttled);
    });
    let (stop, stopped) = tokio::sync::mpsc::unbounded_channel();
    let apps = ::effects::Apps::new(shared.clock.clone(), move |halted| {
        let _ = stop.send(halted);
    });
    let performer = ::effects::Performer {
        store: shared.desk.store.clone(),
        vault: shared.vault.clone(),
        client: shared.client.clone(),
        mirrors: mirrors.clone(),
        blobs: shared.blobs.clone(),
        entropy: shared.entropy.clone(),
        public_url: shared.public_url.clone(),
        limits: step_limits(&shared.config),
        network: match shared.config.step_network {
            StepNetwork::Host => runners::Network::Host,
            StepNetwork::None => runners::Network::None,
        },
        hosts: Arc::new(hosts),
        told: Arc::default(),
        apps: Arc::new(apps),
        leave: crate::leave::of_actions(shared),
    };
    throttles::start(shared, told);
    installations::start(shared, stopped);
    reconcile::start(shared, performer.clone());
    polling::start(shared, performer.clone());
    effects::start(shared, performer, worker, handed);
    match shared.config.database {
        None => recovery::take_over_all(shared).await?,
        Some(_) => holders::start(shared).await?,
    }
    bell::start(shared, committed).await?;
    intake::start(shared, deliveries);
    timers::start(shared);
    tokens::start(shared);
    issuers::start(shared);
    resealing::start(shared);
    sweep::start(shared, mirrors);
    audit::start(shared).await?;
    Ok(())
}

fn step_limits(config: &Config) -> runners::Limits {
    runners::Limits {
        step_seconds_max: config.step_seconds_max,
        step_memory_bytes_max: config.step_memory_bytes_max,
        step_processes_max: config.step_processes_max,
        step_log_bytes_max: config.step_log_bytes_max,
        step_workspace_bytes_max: config.step_workspace_bytes_max,
        ..runners::Limits::default()
    }
}

fn console_state(shared: &Arc<Shared>, address: &str) -> console::ConsoleState {
    let mut origins = vec![address.to_owned(), shared.public_url.clone()];
    let scheme = address.split("://").next().unwrap_or("http");
    origins.extend(shared.hosts.iter().map(|host| format!("{scheme}://{host}")));
    console::ConsoleState {
        desk: shared.desk.clone(),
        blobs: shared.blobs.clone(),
        clock: shared.clock.clone(),
        entropy: shared.entropy.clone(),
        region: shared.region.clone(),
        public_url: shared.public_url.clone(),
        endpoints: shared.endpoints.clone(),
        origins,
        pages: shared.pages.clone(),
        sealer: Sealer::of(shared.vault.clone()),
        finish: finisher(shared),
        changed: shared.changed.subscribe(),
    }
}

/// What the console's answers are completed by. Not for as long as a page is open: it ends with the
/// server.
fn finisher(shared: &Arc<Shared>) -> console::Finish {
    let shared = Arc::downgrade(shared);
    Arc::new(move |call, account, output| {
        let shared = shared.upgrade();
        Box::pin(async move {
            match shared {
                Some(shared) => http::reads::finish(&shared, &call, &account, output).await,
                None => Ok(output),
            }
        })
    })
}

impl Running {
    /// Asks everything to stop, and waits until open requests have ended.
    pub async fn stop(self) {
        self.folder.remove_address();
        self.shared.stop.cancel();
        for serving in self.serving {
            let _ = serving.await;
        }
        if self.shared.config.database.is_some() {
            holders::leave(&self.shared).await;
        }
    }
}

impl Running {
    /// Whether every hook of the first account that is wanted is registered at its forge.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn hooks_are_registered(&self) -> Result<bool> {
        let account = domain::AccountId::new(first_start::FIRST_ACCOUNT);
        let connections = store::ConnectionRow::of_account(&account, "", 100);
        for connection in self.shared.desk.store.list::<store::ConnectionRow>(connections).await? {
            let hooks = store::HookRow::of_connection(&account, &connection.arn, 100);
            let hooks = self.shared.desk.store.list::<store::HookRow>(hooks).await?;
            if hooks.iter().any(|hook| hook.state != domain::connection::HookState::Registered) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

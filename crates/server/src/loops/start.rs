//! Starts every loop of a server, with what each takes.

use std::sync::Arc;

use ::effects::{Apps, Hosts, Performer};
use anyhow::Result;
use forges::Mirrors;
use store::{DeliveryRow, EffectRow};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    audit, bell, effects, holders, intake, issuers, polling, reconcile, recovery, resealing, sweep,
    timers, tokens, told,
};
use crate::config::{Config, StepNetwork};
use crate::jobs::ServerEnd;
use crate::shared::Shared;

/// What the loops take and nobody else needs.
pub struct Fed {
    /// What was received.
    pub deliveries: UnboundedReceiver<DeliveryRow>,
    /// Effects that were committed here.
    pub handed: UnboundedReceiver<Vec<EffectRow>>,
    /// The channel to the worker.
    pub worker: ServerEnd,
    /// What git fetched.
    pub mirrors: Mirrors,
    /// Rung at each commit.
    pub committed: Arc<Notify>,
}

/// Starts them, once what a server before this one held is taken over.
///
/// # Errors
/// The store does not answer.
pub async fn start(shared: &Arc<Shared>, fed: Fed) -> Result<()> {
    let Fed { deliveries, handed, worker, mirrors, committed } = fed;
    let performer = performer(shared, mirrors.clone());
    let (tell, registered) = unbounded_channel();
    reconcile::start(shared, performer.clone(), registered);
    polling::start(shared, performer.clone());
    effects::start(shared, performer, worker, handed, tell);
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
    audit::start(shared).await
}

/// Who performs effects; what it notices on its way is written down.
fn performer(shared: &Arc<Shared>, mirrors: Mirrors) -> Performer {
    let (tell, throttled) = unbounded_channel();
    let hosts = Hosts::new(shared.clock.clone(), move |it| drop(tell.send(it)));
    told::start(shared, throttled, told::throttled);
    let (tell, stopped) = unbounded_channel();
    let apps = Apps::new(shared.clock.clone(), move |it| drop(tell.send(it)));
    told::start(shared, stopped, told::stopped);
    Performer {
        store: shared.desk.store.clone(),
        vault: shared.vault.clone(),
        client: shared.client.clone(),
        mirrors,
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
    }
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

//! A server from its configuration to its end.

use std::sync::Arc;

use anyhow::Result;
use domain::{Clock, Entropy};
use operations::caller::Sealer;

use crate::config::Config;
use crate::folder::DataFolder;
use crate::jobs::ServerEnd;
use crate::listener::Listener;
use crate::loops::holders;
use crate::opening::{Names, open};
use crate::shared::Shared;
use crate::{first_start, http, loops, tls};

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
    let (parts, fed) = open(config, &folder, names, surroundings).await?;
    let shared = Arc::new(parts);
    loops::start(&shared, fed).await?;
    let console = console::router(console_state(&shared, &address));
    let main = main.serving(http::all(&shared, console));
    let mut serving = vec![tokio::spawn(main.run(shared.stop.clone()))];
    let outside = outside.map(|listener| listener.serving(http::public(&shared)));
    serving.extend(outside.map(|listener| tokio::spawn(listener.run(shared.stop.clone()))));
    folder.write_address(&address, &shared.region)?;
    Ok(Running { shared, folder, address, serving })
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

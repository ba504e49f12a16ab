//! `towpath up`: the server for real use.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use cli::remote::environment::{default_folder, default_sealing_key};
use cli::remote::{Client, Folder};
use serde_json::Value;
use server::config::stray_variables;
use server::{Config, Layers};
use tokio::signal::unix::{SignalKind, signal};
use wire::Service;

use crate::arguments::Up;
use crate::process;

/// Runs a server until it is asked to stop.
///
/// # Errors
/// The configuration or the start, by name.
pub async fn run(arguments: Up) -> Result<ExitCode> {
    let strays =
        stray_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    let layers = layers(&arguments)?;
    if arguments.print_config {
        std::io::stdout().write_all(layers.print().as_bytes())?;
    }
    // A configuration that cannot be used is shown, and refused like any other.
    let config = Config::from_layers(&layers, &default_folder(), &default_sealing_key())?;
    if arguments.print_config {
        return Ok(ExitCode::SUCCESS);
    }
    process::keep_memory_private()?;
    log_to_stderr();
    for name in strays {
        tracing::warn!("the variable {name} sets nothing here");
    }
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let data = config.data.clone();
    let running = process::start(config).await?;
    let address = running.address.clone();
    tracing::info!(%address, public_url = %running.shared.public_url, "listening");
    greet(&address, &data).await;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: open requests end first");
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// On a terminal: where the server is, and a link into the console, good once and for ten minutes.
async fn greet(address: &str, data: &Path) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    eprintln!("towpath listens on {address}");
    let folder = Folder { data: Some(data.to_owned()) };
    let asked = async {
        let client = Client::open(&folder)?;
        let nothing = serde_json::json!({});
        Ok::<Value, anyhow::Error>(
            client.call(Service::Towpath, "CreateConsoleLink", &nothing).await?,
        )
    };
    match asked.await {
        Ok(link) => eprintln!("console: {}", link["url"].as_str().unwrap_or_default()),
        Err(_) => eprintln!("`towpath console link` opens the console"),
    }
}

/// Flags over variables over the file over the defaults.
fn layers(arguments: &Up) -> Result<Layers> {
    let flags: BTreeMap<&'static str, String> = arguments.flags();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let data = flags.get("data").cloned().or_else(|| variable("TOWPATH_DATA"));
    let data = data.map_or_else(default_folder, Into::into);
    let named = arguments.config.clone();
    let path = named.clone().unwrap_or_else(|| data.join("towpath.toml"));
    let file = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) if named.is_none() => None,
        Err(cause) => return Err(cause).with_context(|| format!("cannot read {}", path.display())),
    };
    let file: Option<(&Path, &str)> = file.as_deref().map(|text| (path.as_path(), text));
    let layers = Layers::read(&flags, variable, file)?;
    let layers = layers.with_default("data", &data);
    Ok(layers.with_default("sealing-key", &default_sealing_key()))
}

/// Text on a terminal, JSON elsewhere; `RUST_LOG` chooses more or less.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| "info".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match std::io::stderr().is_terminal() {
        true => builder.try_init(),
        false => builder.json().try_init(),
    };
}

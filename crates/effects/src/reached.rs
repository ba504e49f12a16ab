//! The client by which a forge is reached: a host may have its own certificate authority, a proxy,
//! and addresses that it alone may be at. One client's connections are shared by all of them.

use anyhow::{Context, Result};
use domain::connection::ProviderType;
use domain::{AccountId, HostArn};
use egress::{Authorities, Client, Route, Url};
use store::{HostRow, Store};

use crate::limits::HOSTS_MAX;

/// The client for a connection's host; `client` itself for a forge without one.
///
/// # Errors
/// The store does not answer, or what is known of the host cannot be used.
pub async fn by_host(
    store: &Store,
    client: &Client,
    account: &AccountId,
    host: Option<&HostArn>,
) -> Result<Client> {
    let Some(arn) = host else { return Ok(client.clone()) };
    match store.get::<HostRow>(HostRow::at(account, &arn.id().to_owned())).await? {
        Some(host) => routed(client, &host),
        None => Ok(client.clone()),
    }
}

/// The client for a registration's endpoint: as of the account's host that is there.
///
/// # Errors
/// As of [`by_host`].
pub async fn by_endpoint(
    store: &Store,
    client: &Client,
    account: &AccountId,
    (provider, endpoint): (ProviderType, &str),
) -> Result<Client> {
    if !provider.needs_host() {
        return Ok(client.clone());
    }
    let hosts = store.list::<HostRow>(HostRow::of_account(account, "", HOSTS_MAX)).await?;
    let there = |host: &&HostRow| host.provider == provider && host.endpoint == endpoint;
    match hosts.iter().find(there) {
        Some(host) => routed(client, host),
        None => Ok(client.clone()),
    }
}

fn routed(client: &Client, host: &HostRow) -> Result<Client> {
    let of_host = || format!("the host {} cannot be reached as it was set up", host.arn);
    let network = host.network.as_ref();
    let told = || host.vpc_configuration.as_ref().and_then(|it| it["TlsCertificate"].as_str());
    let certificate = network.and_then(|it| it.tls_certificate.as_deref()).or_else(told);
    let proxy = network.and_then(|it| it.proxy.as_deref());
    let allowed = network.map(|it| it.allowed_addresses.as_slice()).unwrap_or_default();
    if certificate.is_none() && proxy.is_none() && allowed.is_empty() {
        return Ok(client.clone());
    }
    let mut route = Route::to(&Url::parse(&host.endpoint).with_context(of_host)?);
    if let Some(pem) = certificate {
        route = route.trusting(Authorities::parse(pem).with_context(of_host)?);
    }
    if let Some(proxy) = proxy {
        route = route.through(proxy).with_context(of_host)?;
    }
    let allowed: Result<Vec<_>, _> = allowed.iter().map(|it| it.parse()).collect();
    Ok(client.with(route.allowing(allowed.with_context(of_host)?)))
}

//! The client by which a forge is reached: a host may have its own certificate authority, a proxy,
//! and addresses that it alone may be at. One client's connections are shared by all of them.

use anyhow::{Context, Result};
use domain::connection::ProviderType;
use domain::{AccountId, HostArn};
use egress::{Authorities, Client, ProxyUser, Route, Url};
use store::{HostRow, Place, Store, Vault};

use crate::limits::HOSTS_MAX;

/// The client for a connection's host; `client` itself for a forge without one.
///
/// # Errors
/// The store does not answer, or what is known of the host cannot be used.
pub async fn by_host(
    (store, vault): (&Store, &Vault),
    client: &Client,
    account: &AccountId,
    host: Option<&HostArn>,
) -> Result<Client> {
    let Some(arn) = host else { return Ok(client.clone()) };
    match store.get::<HostRow>(HostRow::at(account, &arn.id().to_owned())).await? {
        Some(host) => routed(client, vault, &host),
        None => Ok(client.clone()),
    }
}

/// The client for a registration's endpoint: as of the account's host that is there.
///
/// # Errors
/// As of `by_host`.
pub async fn by_endpoint(
    (store, vault): (&Store, &Vault),
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
        Some(host) => routed(client, vault, host),
        None => Ok(client.clone()),
    }
}

/// The client for this host.
///
/// # Errors
/// As of [`by_host`], but for the store.
pub(crate) fn routed(client: &Client, vault: &Vault, host: &HostRow) -> Result<Client> {
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
        if let Some(user) = proxy_user(vault, host).with_context(of_host)? {
            route = route.known_as(user);
        }
    }
    let allowed: Result<Vec<_>, _> = allowed.iter().map(|it| it.parse()).collect();
    Ok(client.with(route.allowing(allowed.with_context(of_host)?)))
}

/// Whom the host's proxy knows this server as.
fn proxy_user(vault: &Vault, host: &HostRow) -> Result<Option<ProxyUser>> {
    let name = host.network.as_ref().and_then(|network| network.proxy_user.clone());
    let (Some(name), Some(sealed)) = (name, &host.sealed_proxy_password) else { return Ok(None) };
    let place = Place::of_proxy_password(&host.account, &host.id);
    let password = vault.unseal(&place, sealed).context("the proxy's password cannot be opened")?;
    Ok(Some(ProxyUser { name, password }))
}

//! Whose a delivery is that comes to one of CodePipeline's webhooks, which people put: by signature,
//! by address, or nobody's.

use std::net::IpAddr;

use domain::webhook::{Proof, WebhookAuthentication};
use ipnet::IpNet;
use store::{HookRow, WebhookRow};

use super::webhooks::Refusal;
use crate::limits::{UNPROVEN_WEBHOOK_BYTES_MAX, WEBHOOK_BYTES_MAX};
use crate::shared::Shared;

/// The webhook whose URL a hook's is; `None` for the hook of a connection.
pub(super) async fn find(shared: &Shared, hook: &HookRow) -> Result<Option<WebhookRow>, Refusal> {
    if !hook.connection.is_source_action() {
        return Ok(None);
    }
    match shared.desk.store.list::<WebhookRow>(WebhookRow::by_hook(&hook.id)).await {
        Ok(rows) => rows.into_iter().next().map(Some).ok_or(Refusal::UnknownHook),
        Err(cause) => {
            tracing::error!(%cause, "a webhook could not be looked up");
            Err(Refusal::NotWritten)
        }
    }
}

/// What anybody may send is small: nothing in it is used.
pub(super) fn bytes_max(webhook: &WebhookRow) -> usize {
    match webhook.authentication {
        WebhookAuthentication::GithubHmac => WEBHOOK_BYTES_MAX,
        _ => UNPROVEN_WEBHOOK_BYTES_MAX,
    }
}

/// Has a delivery show what its webhook asks for; gives what is written of it.
pub(super) fn prove(
    shared: &Shared,
    webhook: &WebhookRow,
    peer: IpAddr,
    sent: &webhooks::Headers,
    signed: impl FnOnce() -> Result<&'static str, webhooks::SignatureRefusal>,
) -> Result<&'static str, Refusal> {
    let proof = match &webhook.authentication {
        WebhookAuthentication::GithubHmac => signed().map(|_| Proof::Signature)?,
        WebhookAuthentication::Ip { range } => {
            let forwarded = sent.one("x-forwarded-for");
            let from = client(peer, forwarded.ok().flatten(), &shared.config.trusted_proxies);
            let range: Option<IpNet> = range.parse().ok();
            let allowed = from.zip(range).is_some_and(|(from, range)| range.contains(&from));
            let shown = from.map_or_else(|| "an unknown address".to_owned(), |it| it.to_string());
            allowed.then_some(Proof::Address).ok_or(Refusal::Address(shown))?
        }
        WebhookAuthentication::Unauthenticated => Proof::Nothing,
    };
    Ok(proof.verdict())
}

/// Where a request comes from: its peer, or what a trusted proxy says; the last address in its list
/// that is no trusted proxy's. `None` where a trusted proxy does not say it.
fn client(peer: IpAddr, forwarded: Option<&str>, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|range| range.contains(ip));
    let peer = peer.to_canonical();
    if !is_trusted(&peer) {
        return Some(peer);
    }
    for text in forwarded?.rsplit(',') {
        let ip: IpAddr = text.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !is_trusted(&ip) {
            return Some(ip);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_who_asked() {
        fn check(peer: &str, forwarded: Option<&str>, expect: Option<&str>) {
            let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a range")];
            let peer = peer.parse().expect("an address");
            let found = client(peer, forwarded, &trusted).map(|ip| ip.to_string());
            assert_eq!(found.as_deref(), expect, "{peer} {forwarded:?}");
        }
        check("192.0.2.7", None, Some("192.0.2.7"));
        check("192.0.2.7", Some("198.51.100.1"), Some("192.0.2.7"));
        check("::ffff:192.0.2.7", None, Some("192.0.2.7"));
        check("10.0.0.1", Some("198.51.100.1"), Some("198.51.100.1"));
        check("10.0.0.1", Some("203.0.113.9, 198.51.100.1"), Some("198.51.100.1"));
        check("10.0.0.1", Some("198.51.100.1, 10.0.0.2"), Some("198.51.100.1"));
        check("10.0.0.1", Some("somewhere"), None);
        check("10.0.0.1", None, None);
    }
}

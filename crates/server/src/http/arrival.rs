//! How a request came in: from its connection, and from what a trusted proxy says of the one before.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use operations::arrival::Arrival;

use super::api::texts;
use crate::listener::Transport;
use crate::shared::Shared;

/// How it came in.
pub(super) fn of(shared: &Shared, connection: &Extensions, head: &wire::Request) -> Arrival {
    let peer = connection.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let trusted = &shared.config.trusted_proxies;
    let by_proxy = peer.is_some_and(|peer| is_trusted(peer.to_canonical(), trusted));
    let transport = connection.get::<Transport>().copied().unwrap_or(Transport::Plain);
    let own_tls = transport != Transport::Plain;
    let outside = named(head.headers("x-forwarded-proto")).next();
    let outside = outside.unwrap_or(&shared.public_url);
    Arrival {
        address: peer.and_then(|peer| client(peer, head.headers("x-forwarded-for"), trusted)),
        secure: own_tls || by_proxy && is_https(outside),
        agent: head.header("user-agent").map(str::to_owned),
        region: shared.region.clone(),
        // A proxy does not say which of TLS's versions its client spoke.
        tls: transport.tls_version().filter(|_| !by_proxy),
        signed: None,
    }
}

/// Tells the console's pages how a request came in: what is done there is judged by it.
pub(super) async fn tell(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = texts(request.headers());
    let (method, path) = (request.method().as_str(), request.uri().path());
    let head = wire::Request { method, path, query: "", headers: &headers, body: b"" };
    let arrival = of(&shared, request.extensions(), &head);
    request.extensions_mut().insert(arrival);
    next.run(request).await
}

/// Whether a scheme, or the URL that begins with it, is HTTPS.
fn is_https(url: &str) -> bool {
    url.split(':').next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

fn is_trusted(ip: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|range| range.contains(&ip))
}

/// What proxies have written down, the last first: each adds to the header's line or adds a line, and
/// lines are one list (RFC 9110, 5.3). Whoever asks may begin it as he likes.
fn named<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    lines.flat_map(|line| line.split(',')).rev().map(str::trim)
}

/// Where a request comes from: its peer, or what a trusted proxy says; the last address in its list
/// that is no trusted proxy's. `None` where a trusted proxy does not say it.
pub(super) fn client<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    for text in named(forwarded) {
        let ip = text.parse::<IpAddr>().ok()?.to_canonical();
        if !is_trusted(ip, trusted) {
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
        fn check(peer: &str, forwarded: &[&str], expect: Option<&str>) {
            let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().expect("a range")];
            let peer = peer.parse().expect("an address");
            let found = client(peer, forwarded.iter().copied(), &trusted).map(|ip| ip.to_string());
            assert_eq!(found.as_deref(), expect, "{peer} {forwarded:?}");
        }
        check("192.0.2.7", &[], Some("192.0.2.7"));
        check("192.0.2.7", &["198.51.100.1"], Some("192.0.2.7"));
        check("::ffff:192.0.2.7", &[], Some("192.0.2.7"));
        check("10.0.0.1", &["198.51.100.1"], Some("198.51.100.1"));
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1"], Some("198.51.100.1"));
        check("10.0.0.1", &["203.0.113.9", "198.51.100.1"], Some("198.51.100.1"));
        check("10.0.0.1", &["203.0.113.9, 198.51.100.1", "10.0.0.2"], Some("198.51.100.1"));
        check("10.0.0.1", &["198.51.100.1, 10.0.0.2"], Some("198.51.100.1"));
        check("10.0.0.1", &["198.51.100.1", "somewhere"], None);
        check("10.0.0.1", &[], None);
    }

    #[test]
    fn the_last_that_a_proxy_wrote_comes_first() {
        let found: Vec<_> = named(["https", "http, https", "http"].into_iter()).collect();
        assert_eq!(found, ["http", "https", "http", "https"]);
    }

    #[test]
    fn a_proxy_says_that_it_was_spoken_to_over_tls_by_scheme_or_public_url() {
        fn check(url: &str, expect: bool) {
            assert_eq!(is_https(url), expect, "{url}");
        }
        check("https", true);
        check("HTTPS", true);
        check("https://ci.example.com", true);
        check("http://https.example.com", false);
        check("", false);
    }
}

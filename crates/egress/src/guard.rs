//! A URL becomes a URL pinned to the addresses that were checked, or a refusal that says why.

use crate::address::{AllowedAddress, plain, special};
use crate::limits::RESOLVE_TIME_MAX;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Knows which addresses may be connected to. Cloned freely; it only knows.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<AllowedAddress>,
}

/// A URL with the addresses that its host was found at; all of them were checked, and only they
/// may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The URL.
    pub url: Url,
    /// Where to connect, ports included; at least one.
    pub addresses: Vec<SocketAddr>,
}

/// Why a request may not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressRefusal {
    /// Not `https`, and not an address where the operator allowed `http`.
    #[error("{url}: only https is allowed; the operator may allow plain http to an address")]
    NotHttps {
        /// The URL without query.
        url: String,
    },
    /// A name or password in the URL.
    #[error("{url}: a URL must not carry a user name or a password")]
    UserInfo {
        /// The URL without query and user.
        url: String,
    },
    /// No host, or port 0.
    #[error("{url}: the URL names no host that could be connected to")]
    NoHost {
        /// The URL without query.
        url: String,
    },
    /// An address that is not public and that the operator did not allow.
    #[error("{host} is at {address} ({class}); the operator may allow it as {address}:{port}")]
    Special {
        /// The host as the URL writes it.
        host: String,
        /// Where it is.
        address: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// Which kind of address that is.
        class: &'static str,
    },
    /// The name leads nowhere.
    #[error("the host name {host} could not be resolved: {why}")]
    Unresolved {
        /// The name.
        host: String,
        /// What the resolver said.
        why: String,
    },
    /// A redirect out of the origin that was asked.
    #[error("redirected from {from} to {to}; redirects are followed within one origin only")]
    RedirectElsewhere {
        /// The origin that was asked.
        from: String,
        /// Where it pointed.
        to: String,
    },
    /// Redirected again and again.
    #[error("{url}: redirected more than {} times", crate::limits::REDIRECTS_MAX)]
    RedirectLoop {
        /// The URL that was asked first, without query.
        url: String,
    },
}

impl Guard {
    /// A guard that allows public addresses over `https`, and these as well, with `http` too.
    pub fn new(allowed: Vec<AllowedAddress>) -> Self {
        Self { allowed }
    }

    /// Resolves the URL's host, once, and checks every address.
    pub async fn check(&self, url: &Url) -> Result<Pinned, EgressRefusal> {
        let port = check_form(url)?;
        let found = match url.host() {
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            Some(Host::Domain(name)) => resolve(name, port).await?,
            None => Vec::new(),
        };
        self.pin(url, &found)
    }

    /// The decision itself, once the host's addresses are known: all must be good.
    pub fn pin(&self, url: &Url, found: &[IpAddr]) -> Result<Pinned, EgressRefusal> {
        let port = check_form(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if found.is_empty() {
            return Err(EgressRefusal::Unresolved { host, why: "no address".to_owned() });
        }
        let allowed = |address: IpAddr| self.allowed.iter().any(|it| it.holds(address, port));
        for address in found.iter().copied().filter(|address| !allowed(*address)) {
            if let Some(class) = special(address) {
                return Err(EgressRefusal::Special { host, address: plain(address), port, class });
            }
            if url.scheme() != "https" {
                return Err(EgressRefusal::NotHttps { url: shown(url) });
            }
        }
        let addresses = found.iter().map(|address| SocketAddr::new(*address, port)).collect();
        Ok(Pinned { url: url.clone(), addresses })
    }
}

/// What can be said before anything is resolved; gives the port.
fn check_form(url: &Url) -> Result<u16, EgressRefusal> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(EgressRefusal::NotHttps { url: shown(url) });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EgressRefusal::UserInfo { url: shown(url) });
    }
    let port = url.port_or_known_default().filter(|port| *port != 0);
    let host = url.host_str().filter(|host| !host.is_empty());
    port.filter(|_| host.is_some()).ok_or_else(|| EgressRefusal::NoHost { url: shown(url) })
}

/// A URL as messages may show it: a query may hold a code, a user part a password.
pub(crate) fn shown(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    let (user, password) = (plain.set_username(""), plain.set_password(None));
    match (user, password) {
        (Ok(()), Ok(())) => plain.to_string(),
        _ => format!("{}:…", url.scheme()),
    }
}

async fn resolve(name: &str, port: u16) -> Result<Vec<IpAddr>, EgressRefusal> {
    let unresolved = |why: String| EgressRefusal::Unresolved { host: name.to_owned(), why };
    let looking = tokio::time::timeout(RESOLVE_TIME_MAX, tokio::net::lookup_host((name, port)));
    let found =
        looking.await.map_err(|_| unresolved(format!("no answer in {RESOLVE_TIME_MAX:?}")))?;
    let found = found.map_err(|error| unresolved(error.to_string()))?;
    Ok(found.map(|address| address.ip()).collect())
}

impl Pinned {
    /// The value of git's `http.curloptResolve` that pins the same addresses; `None` where the
    /// URL's host is an address itself and nothing is left to resolve.
    pub fn curlopt_resolve(&self) -> Option<String> {
        let Some(Host::Domain(name)) = self.url.host() else { return None };
        let port = self.url.port_or_known_default()?;
        let written = |address: &SocketAddr| match address.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let addresses: Vec<_> = self.addresses.iter().map(written).collect();
        Some(format!("{name}:{port}:{}", addresses.join(",")))
    }
}

//! A URL becomes a URL pinned to the addresses that were checked, or a refusal that says why.

use crate::address::{AllowedAddress, plain, special};
use crate::limits::RESOLVE_TIME_MAX;
use crate::proxy::Proxy;
use crate::route::{Authorities, Route};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Knows which addresses may be connected to. Cloned freely; it only knows.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<AllowedAddress>,
    route: Option<Arc<Route>>,
}

/// A URL with the addresses that its host was found at; all of them were checked, and only they
/// may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The URL.
    pub url: Url,
    /// Where to connect, ports included; at least one. Through a proxy, these are the proxy's.
    pub addresses: Vec<SocketAddr>,
    /// The proxy, by one of those addresses.
    pub proxy: Option<Proxy>,
    /// Where the certificate must come from; `None` for the authorities that the system knows.
    pub authorities: Option<Authorities>,
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
        Self { allowed, route: None }
    }

    /// The same guard that knows a way to one origin.
    pub fn with(&self, route: Route) -> Self {
        Self { allowed: self.allowed.clone(), route: Some(Arc::new(route)) }
    }

    fn route_to(&self, url: &Url) -> Option<&Route> {
        self.route.as_deref().filter(|route| route.leads_to(url))
    }

    /// Resolves the host that is to be connected to, once, and checks every address of it: the
    /// URL's, or that of its proxy.
    pub async fn check(&self, url: &Url) -> Result<Pinned, EgressRefusal> {
        match self.route_to(url).and_then(|route| route.proxy.as_ref()) {
            Some(proxy) => self.pin_proxied(url, proxy, &addresses(&proxy.url).await?),
            None => self.pin(url, &addresses(url).await?),
        }
    }

    /// The decision itself, once the host's addresses are known: all must be good.
    pub fn pin(&self, url: &Url, found: &[IpAddr]) -> Result<Pinned, EgressRefusal> {
        let port = check_form(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if found.is_empty() {
            return Err(EgressRefusal::Unresolved { host, why: "no address".to_owned() });
        }
        let allowed = |address: IpAddr| self.allows(url, address, port);
        for address in found.iter().copied().filter(|address| !allowed(*address)) {
            self.refuse_special(&host, address, port)?;
            if url.scheme() != "https" {
                return Err(EgressRefusal::NotHttps { url: shown(url) });
            }
        }
        let addresses = found.iter().map(|address| SocketAddr::new(*address, port)).collect();
        let authorities = self.route_to(url).and_then(|route| route.authorities.clone());
        Ok(Pinned { url: url.clone(), addresses, proxy: None, authorities })
    }

    /// Through a proxy, whose addresses were found: they must be good. A name is the proxy's to
    /// resolve; where the URL has an address instead, that must be good too. What goes through is
    /// always `https`.
    fn pin_proxied(
        &self,
        url: &Url,
        proxy: &Proxy,
        found: &[IpAddr],
    ) -> Result<Pinned, EgressRefusal> {
        let port = check_form(url)?;
        if url.scheme() != "https" {
            return Err(EgressRefusal::NotHttps { url: shown(url) });
        }
        if let Some(address) = literal(url).filter(|it| !self.allows(url, *it, port)) {
            self.refuse_special(url.host_str().unwrap_or_default(), address, port)?;
        }
        let (host, port) = (proxy.url.host_str().unwrap_or_default(), check_form(&proxy.url)?);
        for address in found.iter().copied().filter(|it| !self.allows(url, *it, port)) {
            self.refuse_special(host, address, port)?;
        }
        let addresses: Vec<_> = found.iter().map(|it| SocketAddr::new(*it, port)).collect();
        let first = addresses.first().and_then(|it| Url::parse(&format!("http://{it}")).ok());
        let unresolved =
            || EgressRefusal::Unresolved { host: host.to_owned(), why: "no address".to_owned() };
        let proxy = Some(Proxy { url: first.ok_or_else(unresolved)?, user: proxy.user.clone() });
        let authorities = self.route_to(url).and_then(|route| route.authorities.clone());
        Ok(Pinned { url: url.clone(), addresses, proxy, authorities })
    }

    fn allows(&self, url: &Url, address: IpAddr, port: u16) -> bool {
        let of_route = self.route_to(url).into_iter().flat_map(|route| &route.allowed);
        self.allowed.iter().chain(of_route).any(|it| it.holds(address, port))
    }

    fn refuse_special(&self, host: &str, address: IpAddr, port: u16) -> Result<(), EgressRefusal> {
        let (host, plain) = (host.to_owned(), plain(address));
        match special(address) {
            Some(class) => Err(EgressRefusal::Special { host, address: plain, port, class }),
            None => Ok(()),
        }
    }
}

/// The address that a URL has instead of a name.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Where a URL's host is.
async fn addresses(url: &Url) -> Result<Vec<IpAddr>, EgressRefusal> {
    let port = check_form(url)?;
    match (literal(url), url.host()) {
        (Some(address), _) => Ok(vec![address]),
        (None, Some(Host::Domain(name))) => resolve(name, port).await,
        _ => Ok(Vec::new()),
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
    /// URL's host is an address itself, or a proxy's to resolve, and nothing is left to resolve.
    pub fn curlopt_resolve(&self) -> Option<String> {
        if self.proxy.is_some() {
            return None;
        }
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

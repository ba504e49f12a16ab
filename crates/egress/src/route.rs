//! How one origin is reached, where the operator or the host's owner said more than what holds for
//! all: its own certificate authority, a proxy, addresses that only it may be at.

use crate::address::AllowedAddress;
use crate::limits::AUTHORITIES_BYTES_MAX;
use crate::proxy::{Proxy, ProxyUser};
use std::fmt;
use url::Url;

/// The way to one origin; every other origin is reached as without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    origin: url::Origin,
    pub(crate) authorities: Option<Authorities>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) allowed: Vec<AllowedAddress>,
}

/// Why a route cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Not PEM, or nothing that is a certificate.
    #[error(
        "the TLS certificate must be in PEM: one or more certificates of authorities, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
    )]
    NoCertificate,
    /// More than a host has use for.
    #[error("the TLS certificate has more than {AUTHORITIES_BYTES_MAX} bytes")]
    TooLarge,
    /// Not `http://HOST:PORT`.
    #[error("that is no proxy: write http://HOST:PORT, without a path, a user or a password")]
    NoProxy,
}

/// Certificates of the authorities that an origin's own certificate must come from, and no others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authorities {
    pem: String,
}

impl Authorities {
    /// Reads PEM.
    ///
    /// # Errors
    /// [`RouteError`].
    pub fn parse(pem: &str) -> Result<Self, RouteError> {
        if pem.len() > AUTHORITIES_BYTES_MAX {
            return Err(RouteError::TooLarge);
        }
        let authorities = Self { pem: pem.to_owned() };
        match authorities.certificates() {
            Ok(found) if !found.is_empty() => Ok(authorities),
            _ => Err(RouteError::NoCertificate),
        }
    }

    /// PEM, as git's TLS takes it from a file.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn certificates(&self) -> reqwest::Result<Vec<reqwest::Certificate>> {
        reqwest::Certificate::from_pem_bundle(self.pem.as_bytes())
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({} bytes)", self.pem.len())
    }
}

impl Route {
    /// The way to the origin of a URL: as to any other, so far.
    pub fn to(url: &Url) -> Self {
        Self { origin: url.origin(), authorities: None, proxy: None, allowed: Vec::new() }
    }

    /// Its certificate must come from these authorities.
    pub fn trusting(self, authorities: Authorities) -> Self {
        Self { authorities: Some(authorities), ..self }
    }

    /// Every request goes through a proxy.
    ///
    /// # Errors
    /// [`RouteError::NoProxy`].
    pub fn through(self, proxy: &str) -> Result<Self, RouteError> {
        let wrong = || RouteError::NoProxy;
        let url = Url::parse(proxy).map_err(|_| wrong())?;
        let bare = url.scheme() == "http"
            && url.path() == "/"
            && (url.query(), url.fragment()) == (None, None)
            && url.username().is_empty()
            && url.password().is_none()
            && url.host_str().is_some_and(|host| !host.is_empty());
        bare.then_some(Self { proxy: Some(Proxy { url, user: None }), ..self }).ok_or_else(wrong)
    }

    /// The proxy, where there is one, knows this server as this user.
    pub fn known_as(mut self, user: ProxyUser) -> Self {
        if let Some(proxy) = &mut self.proxy {
            proxy.user = Some(user);
        }
        self
    }

    /// It may be at these addresses, and so may its proxy.
    pub fn allowing(self, allowed: Vec<AllowedAddress>) -> Self {
        Self { allowed, ..self }
    }

    pub(crate) fn leads_to(&self, url: &Url) -> bool {
        self.origin == url.origin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_port() {
        let origin = Url::parse("https://git.example").expect("a URL");
        let through = |proxy: &str| Route::to(&origin).through(proxy).is_ok();
        assert!(through("http://proxy.example:3128") && through("http://10.0.0.1:3128/"));
        for wrong in [
            "",
            "proxy:3128",
            "https://proxy.example",
            "socks5://proxy.example",
            "http://",
            "http://user@proxy.example",
            "http://:pw@proxy.example",
            "http://proxy.example/path",
            "http://proxy.example?x",
        ] {
            assert!(!through(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_authority_is_a_certificate() {
        for wrong in ["", "x", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert_eq!(Authorities::parse(wrong), Err(RouteError::NoCertificate), "{wrong}");
        }
        let long = "x".repeat(AUTHORITIES_BYTES_MAX + 1);
        assert_eq!(Authorities::parse(&long), Err(RouteError::TooLarge));
    }
}

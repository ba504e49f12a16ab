//! Sends requests to pinned URLs. Connections are kept per origin and its checked addresses, so a
//! name that leads elsewhere the next time never shares one.

use crate::guard::{EgressRefusal, Guard, Pinned, shown};
use crate::incoming::Incoming;
use crate::limits::{
    CONNECT_TIME_MAX, IDLE_TIME_MAX, ORIGINS_MAX, READ_TIME_MAX, REDIRECTS_MAX, REQUEST_TIME_MAX,
    RESPONSE_BYTES_MAX,
};
use crate::proxy::{PROXY_REFUSES, Proxy};
use crate::route::{Authorities, Route};
use domain::Secret;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// The HTTP client. Cloning shares its connections.
#[derive(Clone, Debug, Default)]
pub struct Client {
    guard: Guard,
    origins: Arc<Mutex<HashMap<Origin, reqwest::Client>>>,
}

/// What connections may be shared by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Origin {
    scheme: String,
    host: String,
    addresses: Vec<SocketAddr>,
    proxy: Option<Proxy>,
    authorities: Option<Authorities>,
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Its headers; those that hold a credential are marked sensitive.
    pub headers: HeaderMap,
    /// Its body; empty for none.
    pub body: Vec<u8>,
    /// Bytes of the answer's body that are taken.
    pub response_bytes_max: usize,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole.
    pub body: Vec<u8>,
    /// The URL that answered, after redirects.
    pub url: Url,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was not sent, or not followed.
    #[error(transparent)]
    Refused(#[from] EgressRefusal),
    /// No answer in time.
    #[error("{url} did not answer within its time")]
    TimedOut {
        /// The URL without query.
        url: String,
    },
    /// More than the request takes.
    #[error("{url} answered with more than {limit} bytes")]
    TooLarge {
        /// The URL without query.
        url: String,
        /// Bytes.
        limit: usize,
    },
    /// The connection failed, or was not HTTP or TLS as it should be.
    #[error("{url} could not be asked: {why}")]
    Unreachable {
        /// The URL without query.
        url: String,
        /// The innermost cause.
        why: String,
    },
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: Method, url: Url) -> Self {
        let (headers, body) = (HeaderMap::new(), Vec::new());
        Self { method, url, headers, body, response_bytes_max: RESPONSE_BYTES_MAX }
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds `Authorization: <scheme> <credential>`. A credential with a control character, which
    /// no header can carry, is left out.
    pub fn authorization(mut self, scheme: &str, credential: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("{scheme} {}", credential.expose())) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    /// Sets the body and its type.
    pub fn content(mut self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        self.body = body.into();
        self
    }
}

impl Client {
    /// A client that asks this guard.
    pub fn new(guard: Guard) -> Self {
        Self { guard, origins: Arc::default() }
    }

    /// The same client that knows a way to one origin; connections are shared.
    pub fn with(&self, route: Route) -> Self {
        Self { guard: self.guard.with(route), origins: self.origins.clone() }
    }

    /// The guard, for git and whoever else connects by other means.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends a request and reads the whole answer, whatever its status. Redirects of a GET or
    /// HEAD are followed within the origin, each checked anew; any other comes back as it is.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        let url = shown(&request.url);
        let sending = tokio::time::timeout(REQUEST_TIME_MAX, self.follow(request));
        sending.await.unwrap_or(Err(Failure::TimedOut { url }))
    }

    async fn follow(&self, mut request: Request) -> Result<Response, Failure> {
        let first = request.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let pinned = self.guard.check(&request.url).await?;
            let response = self.send_once(&request, &pinned).await?;
            match redirect(&request, &response)? {
                Some(next) => request.url = next,
                None => return Ok(response),
            }
        }
        Err(EgressRefusal::RedirectLoop { url: shown(&first) }.into())
    }

    async fn send_once(&self, request: &Request, pinned: &Pinned) -> Result<Response, Failure> {
        let mut incoming = self.begin(request, pinned).await?;
        let mut body = Vec::new();
        while let Some(piece) = incoming.piece().await? {
            body.extend_from_slice(piece.as_ref());
        }
        let Incoming { status, headers, url, .. } = incoming;
        Ok(Response { status, headers, body, url })
    }

    /// Sends a request, once, to just this place.
    pub(crate) async fn begin(
        &self,
        request: &Request,
        pinned: &Pinned,
    ) -> Result<Incoming, Failure> {
        let failed = |error: reqwest::Error| failure(&request.url, &error);
        let client = self.client_for(pinned).map_err(failed)?;
        let sending = client.request(request.method.clone(), pinned.url.clone());
        let sending = sending.headers(request.headers.clone()).body(request.body.clone());
        let answer = sending.send().await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let (url, bytes_max) = (pinned.url.clone(), request.response_bytes_max);
        Ok(Incoming { status, headers, url, answer, bytes_max, taken: 0 })
    }

    /// The kept client of this origin at just these addresses.
    fn client_for(&self, pinned: &Pinned) -> reqwest::Result<reqwest::Client> {
        let mut addresses = pinned.addresses.clone();
        addresses.sort_unstable();
        let host = pinned.url.host_str().unwrap_or_default().to_owned();
        let origin = Origin {
            scheme: pinned.url.scheme().to_owned(),
            host,
            addresses,
            proxy: pinned.proxy.clone(),
            authorities: pinned.authorities.clone(),
        };
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = origins.get(&origin) {
            return Ok(client.clone());
        }
        if origins.len() >= ORIGINS_MAX {
            origins.clear();
        }
        let client = connect(&origin)?;
        origins.insert(origin, client.clone());
        Ok(client)
    }
}

#[allow(clippy::disallowed_methods, reason = "the one HTTP client of the code base")]
fn connect(origin: &Origin) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("towpath/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIME_MAX)
        .read_timeout(READ_TIME_MAX)
        .pool_idle_timeout(IDLE_TIME_MAX);
    builder = match &origin.proxy {
        Some(proxy) => builder.proxy(through(proxy)?),
        None => builder.resolve_to_addrs(&origin.host, &origin.addresses),
    };
    builder = match &origin.authorities {
        Some(authorities) => builder.tls_certs_only(authorities.certificates()?),
        // Reading the system's certificates takes milliseconds, for nothing.
        None if origin.scheme == "http" => builder.tls_certs_only([]),
        None => builder,
    };
    builder.build()
}

fn through(proxy: &Proxy) -> reqwest::Result<reqwest::Proxy> {
    let through = reqwest::Proxy::all(proxy.url.clone())?;
    Ok(match &proxy.user {
        Some(user) => through.basic_auth(&user.name, user.password.expose()),
        None => through,
    })
}

/// Where an answer leads to, where it does: nowhere, if that is no URL.
pub(crate) fn location(
    request: &Request,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<Option<Url>> {
    let asks = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = headers.get(LOCATION).filter(|_| asks)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    Some(request.url.join(&location).ok())
}

/// Where to go on, if the answer is a redirect that is followed.
fn redirect(request: &Request, response: &Response) -> Result<Option<Url>, EgressRefusal> {
    let Some(next) = location(request, response.status, &response.headers) else { return Ok(None) };
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    match next {
        Some(next) if next.origin() == request.url.origin() => Ok(Some(next)),
        next => Err(EgressRefusal::RedirectElsewhere {
            from: request.url.origin().ascii_serialization(),
            to: next.map_or_else(|| "nowhere".to_owned(), |url| shown(&url)),
        }),
    }
}

/// How the HTTP library says that a proxy answered 407.
const TUNNEL_REFUSED: &str = "proxy authorization required";

/// The innermost cause says most; the outer ones repeat the URL with its query.
pub(crate) fn failure(url: &Url, error: &reqwest::Error) -> Failure {
    let url = shown(url);
    if error.is_timeout() {
        return Failure::TimedOut { url };
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let why = cause.to_string();
    let why = if why.contains(TUNNEL_REFUSED) { PROXY_REFUSES.to_owned() } else { why };
    Failure::Unreachable { url, why }
}

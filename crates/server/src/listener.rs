//! Connections: accepted, wrapped in TLS where it is set up, served until the server stops.
//!
//! A peer has limited time for its handshake, its first request and what follows; a stop lets requests in
//! flight end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_util::sync::CancellationToken;

use crate::limits::{
    ACCEPT_PAUSE, CONNECTIONS_MAX, DRAIN_SECONDS_MAX, HANDSHAKE_SECONDS_MAX, HEADER_SECONDS_MAX,
    IDLE_SECONDS_MAX, PING_PERIOD, WRITE_SECONDS_MAX,
};
use crate::patient::Patient;

/// One listening address with what it serves.
pub struct Listener {
    socket: TcpListener,
    connections_max: usize,
    tls: Option<TlsAcceptor>,
    router: Router,
}

impl Listener {
    /// Binds the address that a flag named; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is taken or not ours; it and the flag are named.
    pub async fn bind(
        flag: &str,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        router: Router,
    ) -> Result<Self> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.with_context(|| {
            format!("cannot listen on {address}: choose another address or port with {flag}")
        })?;
        Ok(Self { tls, ..Self::of(socket, CONNECTIONS_MAX, router) })
    }

    /// What listens already, with at most so many connections at once.
    pub fn of(socket: TcpListener, connections_max: usize, router: Router) -> Self {
        Self { socket, connections_max, tls: None, router }
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }

    /// Replaces what is served: the routes often need the address first.
    pub fn serving(self, router: Router) -> Self {
        Self { router, ..self }
    }

    /// Serves until `stop`; then takes no more connections and lets open requests end, for
    /// [`DRAIN_SECONDS_MAX`] at the most.
    pub async fn run(self, stop: CancellationToken) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(tokio::sync::Semaphore::new(self.connections_max));
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(cause) => {
                    // Out of file descriptors: the next try would fail at once, too.
                    tracing::warn!(%cause, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().acquire_owned().await else { break };
            // An answer is small and must not wait for more to send.
            let _ = stream.set_nodelay(true);
            let stream = Patient::new(stream, WRITE_SECONDS_MAX);
            let watcher = graceful.watcher();
            let (router, tls) = (self.router.clone(), self.tls.clone());
            tokio::spawn(async move {
                let _place = place;
                serve(stream, peer, tls, router, watcher).await;
            });
        }
        // Whoever comes now is told at once that nobody is there.
        drop(self.socket);
        let drained = tokio::time::timeout(DRAIN_SECONDS_MAX, graceful.shutdown());
        if drained.await.is_err() {
            tracing::warn!("requests were still open when the time to drain was over");
        }
    }
}

/// What a connection speaks below HTTP; each of its requests has it among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In clear.
    Plain,
    /// This server's own TLS, in the version that was agreed on.
    Tls(Option<ProtocolVersion>),
}

impl Transport {
    /// The version of TLS, as policies write it.
    pub fn tls_version(self) -> Option<&'static str> {
        match self {
            Self::Tls(Some(ProtocolVersion::TLSv1_2)) => Some("1.2"),
            Self::Tls(Some(ProtocolVersion::TLSv1_3)) => Some("1.3"),
            _ => None,
        }
    }
}

type Watcher = hyper_util::server::graceful::Watcher;

async fn serve(
    stream: Patient<TcpStream>,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) {
    let Some(tls) = tls else {
        let from = (peer, Transport::Plain);
        return connection(stream, from, http1(), router, watcher).await;
    };
    match tokio::time::timeout(HANDSHAKE_SECONDS_MAX, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let agreed = stream.get_ref().1;
            let transport = Transport::Tls(agreed.protocol_version());
            let spoken = match agreed.alpn_protocol() {
                Some(b"h2") => http2(),
                _ => http1(),
            };
            connection(stream, (peer, transport), spoken, router, watcher).await;
        }
        Ok(Err(cause)) => tracing::debug!(%peer, %cause, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

/// What is spoken over a connection, and how long its first request may take.
struct Spoken {
    builder: Builder<TokioExecutor>,
    first_within: Duration,
}

/// HTTP/1.1 alone: a builder that finds the version out waits for a peer's first bytes for ever.
fn http1() -> Spoken {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_SECONDS_MAX);
    Spoken { builder, first_within: HEADER_SECONDS_MAX }
}

/// HTTP/2, where TLS agreed on it; a peer that is gone is noticed.
fn http2() -> Spoken {
    let mut builder = Builder::new(TokioExecutor::new()).http2_only();
    let mut settings = builder.http2();
    settings.timer(TokioTimer::new()).max_concurrent_streams(64);
    settings.keep_alive_interval(PING_PERIOD).keep_alive_timeout(HEADER_SECONDS_MAX);
    Spoken { builder, first_within: HEADER_SECONDS_MAX }
}

async fn connection<S>(
    stream: S,
    (peer, transport): (SocketAddr, Transport),
    spoken: Spoken,
    router: Router,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let begun = Arc::new(Notify::new());
    let arrived = begun.clone();
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            arrived.notify_one();
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(transport);
            tower::ServiceExt::oneshot(router.clone(), request)
        });
    let serving = spoken.builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        served = watcher.watch(serving.into_owned()) => if let Err(cause) = served {
            tracing::debug!(%peer, %cause, "connection ended");
        },
        () = silence(&begun, spoken.first_within) => {
            tracing::debug!(%peer, "no request came in time");
        }
    }
}

/// Ends when nothing has begun within that time; never, once something has.
async fn silence(begun: &Notify, within: Duration) {
    if tokio::time::timeout(within, begun.notified()).await.is_ok() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// A peer of a server that waits a moment for its first request.
    fn connected(graceful: &GracefulShutdown) -> (DuplexStream, impl Future<Output = ()> + use<>) {
        let (peer, ours) = duplex(1024);
        let from = (([127, 0, 0, 1], 1).into(), Transport::Plain);
        let impatient = Spoken { first_within: Duration::from_millis(1), ..http1() };
        (peer, connection(ours, from, impatient, Router::new(), graceful.watcher()))
    }

    #[tokio::test]
    async fn a_peer_that_says_nothing_or_not_enough_is_let_go() {
        let graceful = GracefulShutdown::new();
        for said in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: x\r\n"] {
            let (mut peer, served) = connected(&graceful);
            peer.write_all(said.as_bytes()).await.expect("sent");
            served.await;
            let mut answer = Vec::new();
            peer.read_to_end(&mut answer).await.expect("the connection was ended");
        }
    }

    #[tokio::test]
    async fn a_peer_that_has_asked_is_kept_when_one_that_has_not_is_let_go() {
        let graceful = GracefulShutdown::new();
        let (mut peer, served) = connected(&graceful);
        peer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
        let served = tokio::spawn(served);
        let mut answer = [0; 1024];
        for _ in 0..2 {
            let length = peer.read(&mut answer).await.expect("an answer");
            assert!(answer[..length].starts_with(b"HTTP/1.1 404"));
            let (_silent, let_go) = connected(&graceful);
            let_go.await;
            peer.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("it is kept");
        }
        drop(peer);
        served.await.expect("it ends with its peer");
    }
}

//! Connections: accepted, wrapped in TLS where it is set up, served until the server stops.
//!
//! A peer has limited time for its handshake and its headers; a stop lets requests in flight end.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::limits::{
    ACCEPT_PAUSE, CONNECTIONS_MAX, DRAIN_SECONDS_MAX, HANDSHAKE_SECONDS_MAX, HEADER_SECONDS_MAX,
};

/// One listening address with what it serves.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
}

impl Listener {
    /// Binds the address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is taken or not ours; it is named.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        router: Router,
    ) -> Result<Self> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.with_context(|| format!("cannot listen on {address}"))?;
        Ok(Self { socket, tls, router })
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
        let places = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
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
            let watcher = graceful.watcher();
            let (router, tls) = (self.router.clone(), self.tls.clone());
            tokio::spawn(async move {
                let _place = place;
                serve(stream, peer, tls, router, watcher).await;
            });
        }
        let drained = tokio::time::timeout(DRAIN_SECONDS_MAX, graceful.shutdown());
        if drained.await.is_err() {
            tracing::warn!("requests were still open when the time to drain was over");
        }
    }
}

type Watcher = hyper_util::server::graceful::Watcher;

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) {
    // An answer is small and must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return connection(stream, peer, router, watcher).await;
    };
    match tokio::time::timeout(HANDSHAKE_SECONDS_MAX, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, peer, router, watcher).await,
        Ok(Err(cause)) => tracing::debug!(%peer, %cause, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

async fn connection<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            tower::ServiceExt::oneshot(router.clone(), request)
        });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_SECONDS_MAX);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(64);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(cause) = watcher.watch(serving.into_owned()).await {
        tracing::debug!(%peer, %cause, "connection ended");
    }
}

//! Serves a step's gateway: from the moment that its network is there until the step is gone, or this
//! server stops. What is offered there is `http::gateway`'s; that the step is one of an attempt that
//! lives, under its epoch, was found when it asked who it is.

use std::net::SocketAddrV4;
use std::sync::Arc;

use runners::{Open, Serve};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::askers::Asking;
use crate::http;
use crate::limits::GATEWAY_CONNECTIONS_MAX;
use crate::listener::Listener;
use crate::shared::Shared;

/// Serves the gateway at `address`, in the network of the step that asks as it does.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn serve(shared: &Arc<Shared>, address: SocketAddrV4, asking: Asking) -> Serve {
    let (routes, runtime) = (http::gateway(shared, address, asking), Handle::current());
    let stop = shared.stop.child_token();
    Box::new(move |socket| {
        let _entered = runtime.enter();
        let socket = TcpListener::from_std(socket)?;
        let listener = Listener::of(socket, GATEWAY_CONNECTIONS_MAX, routes);
        runtime.spawn(listener.run(stop.clone()));
        Ok(Box::new(stop.drop_guard()) as Open)
    })
}

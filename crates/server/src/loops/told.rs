//! Writes down what performers noticed on their way: forges that are left alone for a while, Apps
//! whose installations give no tokens any more. So people are told.

use std::sync::Arc;

use effects::{Stopped, Throttled};
use operations::turn::Turn;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::shared::Shared;

/// Starts a loop that takes a turn for each thing that is told.
pub fn start<N, T>(shared: &Arc<Shared>, mut told: UnboundedReceiver<N>, turn: fn(N) -> T)
where
    N: Send + 'static,
    T: Turn<Answer = ()> + 'static,
{
    let shared = shared.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(noticed) = told.recv() => write(&shared, &turn(noticed)).await,
                () = shared.stop.cancelled() => return,
            }
        }
    });
}

async fn write(shared: &Shared, turn: &impl Turn<Answer = ()>) {
    if let Err(cause) = shared.desk.take(turn, shared.now()).await {
        tracing::error!(%cause, "what a performer noticed could not be written down");
    }
}

/// A forge is left alone.
pub fn throttled(told: Throttled) -> operations::throttles::Throttled {
    let Throttled { account, connection, host, until, why } = told;
    let throttle = store::Throttle { host, until, why };
    operations::throttles::Throttled { account, connection, throttle }
}

/// An installation gives no tokens.
pub fn stopped(told: Stopped) -> operations::installations::Stopped {
    let Stopped { account, connection, halted, asked } = told;
    operations::installations::Stopped { account, connection, halted, asked }
}

//! A second server on the database of a world, in threads of its own so that it can be killed.

use std::sync::Arc;

use server::Config;
use tokio::runtime::Runtime;

use crate::caller::Caller;
use crate::clock::SteppedClock;
use crate::process::Process;

/// A second server; it dies when it is dropped, as by `kill -9`.
pub struct Beside {
    /// Its client.
    pub caller: Caller,
    runtime: Option<Runtime>,
    _process: Arc<Process>,
}

impl Beside {
    /// Starts a server of this configuration.
    pub(crate) async fn start(config: Config, clock: Arc<SteppedClock>) -> Self {
        let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = threads.expect("threads");
        let (folder, its_clock) = (config.data.clone(), clock.clone());
        let started =
            runtime.spawn(async { Process::start(config, its_clock).await.map(Arc::new) });
        let process = started.await.expect("no panic").expect("the second server starts");
        Self { caller: Caller::of(&folder, clock), runtime: Some(runtime), _process: process }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

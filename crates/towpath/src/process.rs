//! One process: a server, and beside it a worker on a channel.

use std::sync::Arc;

use anyhow::{Context, Result};
use blobs::Blobs;
use domain::clock::{SystemClock, SystemEntropy};
use domain::{Clock, Entropy};
use runners::{RunnerConfig, STEP_UIDS};
use server::config::{Config, StepIsolation};
use server::jobs::{self, Event, Order, Word, WorkerEnd};
use server::{DataFolder, Running, Surroundings};
use tokio::sync::mpsc;
use worker::Worker;

/// Steps at once where the configuration names no number: one a processor, two at least.
const CONCURRENCY_MIN: usize = 2;

/// Keeps this process's memory, with the secrets in it, out of core dumps and away from other
/// processes of the same user (prctl(2), `PR_SET_DUMPABLE`). Steps are programs of their own and
/// are not touched by it.
///
/// # Errors
/// The kernel refuses.
pub fn keep_memory_private() -> Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .context("this process's memory cannot be kept private")
}

/// Starts a server with its worker on the configuration's data folder.
///
/// # Errors
/// The first thing that does not work, by name.
pub async fn start(config: Config) -> Result<Running> {
    let folder = DataFolder::open(&config.data)?;
    let config = Config { data: folder.path.clone(), ..config };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let blobs = Blobs::open(&folder.inside("blobs")?).context("cannot open the blobs")?;
    let blobs = Arc::new(blobs);
    let runner = RunnerConfig {
        folder: folder.inside("work")?,
        uids: STEP_UIDS,
        bubblewrap: None,
        host_allowed: config.step_isolation == StepIsolation::Host,
    };
    let runner =
        runners::open(&runner, blobs.clone(), clock.clone()).context("cannot run steps")?;
    let (reports, heard) = mpsc::unbounded_channel();
    let (server_end, worker_end) = jobs::channel();
    let asks = worker_end.asks.clone();
    let worker =
        Worker::start(concurrency(&config), runner, blobs.clone(), clock.clone(), reports, asks);
    tokio::spawn(carry(worker, worker_end, heard));
    server::start(config, folder, Surroundings { clock, entropy, blobs, worker: server_end }).await
}

fn concurrency(config: &Config) -> usize {
    let processors = std::thread::available_parallelism().map_or(CONCURRENCY_MIN, usize::from);
    match config.step_concurrency {
        0 => processors.max(CONCURRENCY_MIN),
        set => set,
    }
}

/// Carries orders to the worker and its words back, until the server is gone.
async fn carry(
    worker: Worker,
    mut channel: WorkerEnd,
    mut heard: mpsc::UnboundedReceiver<worker::Report>,
) {
    loop {
        tokio::select! {
            order = channel.orders.recv() => match order {
                Some(order) => obey(&worker, order),
                None => return worker.stop().await,
            },
            Some(report) = heard.recv() => {
                let word = Word { attempt: report.attempt, event: event(report.event) };
                let _ = channel.words.send(word);
            }
        }
    }
}

fn obey(worker: &Worker, order: Order) {
    match order {
        Order::Run(job, secrets) => {
            let attempt = job.attempt.clone();
            if let Err(cause) = worker.submit(*job, secrets) {
                tracing::error!(%attempt, %cause, "a job was not taken");
            }
        }
        Order::Abandon(attempt) => drop(worker.abandon(&attempt)),
    }
}

fn event(event: worker::Event) -> Event {
    match event {
        worker::Event::Started { .. } => Event::Started,
        worker::Event::Ended { outcome, .. } => Event::Ended(outcome),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_memory_is_nobody_elses() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        keep_memory_private().expect("the kernel takes it");
        assert_eq!(dumpable_behavior().expect("told"), DumpableBehavior::NotDumpable);
    }
}

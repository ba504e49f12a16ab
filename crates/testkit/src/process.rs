//! One process: a server and the worker beside it, wired as the binary does, with a clock of the
//! story's own.

use std::sync::Arc;

use anyhow::Result;
use blobs::Blobs;
use domain::Clock;
use domain::clock::SystemEntropy;
use runners::{RunnerConfig, STEP_UIDS};
use server::config::{Config, StepIsolation};
use server::jobs::{self, Event, Order, Word, WorkerEnd};
use server::{DataFolder, Running, Surroundings};
use tokio::sync::mpsc;
use worker::Worker;

/// Jobs at once.
const CONCURRENCY: usize = 2;

/// A server and its worker.
pub struct Process {
    /// The server.
    pub running: Running,
    worker: Worker,
}

impl Process {
    /// Starts a server with its worker on the configuration's data folder.
    ///
    /// # Errors
    /// The first thing that does not work, by name.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let (running, worker) = start(config, clock).await?;
        Ok(Self { running, worker })
    }

    /// Stops the server, then ends every step: what a process leaves behind when it ends.
    pub async fn stop(self) {
        self.running.stop().await;
        self.worker.stop().await;
    }
}

async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<(Running, Worker)> {
    let folder = DataFolder::open(&config.data)?;
    let config = Config { data: folder.path.clone(), ..config };
    let blobs = Arc::new(Blobs::open(&folder.inside("blobs")?)?);
    let runner = RunnerConfig {
        folder: folder.inside("work")?,
        uids: STEP_UIDS,
        bubblewrap: None,
        host_allowed: config.step_isolation == StepIsolation::Host,
    };
    let runner = runners::open(&runner, blobs.clone(), clock.clone())?;
    let (reports, heard) = mpsc::unbounded_channel();
    let (server_end, worker_end) = jobs::channel();
    let asks = worker_end.asks.clone();
    let worker = Worker::start(CONCURRENCY, runner, blobs.clone(), clock.clone(), reports, asks);
    tokio::spawn(carry(worker.clone(), worker_end, heard));
    let entropy = Arc::new(SystemEntropy);
    let surroundings = Surroundings { clock, entropy, blobs, worker: server_end };
    Ok((server::start(config, folder, surroundings).await?, worker))
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
                Some(Order::Run(job, secrets)) => worker.submit(*job, secrets).expect("a job is taken"),
                Some(Order::Abandon(attempt)) => drop(worker.abandon(&attempt)),
                None => return worker.stop().await,
            },
            Some(report) = heard.recv() => {
                let event = match report.event {
                    worker::Event::Started { .. } => Event::Started,
                    worker::Event::Ended { outcome, .. } => Event::Ended(outcome),
                };
                let _ = channel.words.send(Word { attempt: report.attempt, event });
            }
        }
    }
}

//! The channel between a server and the worker beside it. The server knows neither the worker nor
//! where it runs: it gives orders and hears words.

use domain::{ActionExecutionId, Secret};
use runners::{Ask, Job, Outcome};
use tokio::sync::mpsc;

/// What a worker is told.
pub enum Order {
    /// Run a job; the secrets are masked in everything that it says.
    Run(Box<Job>, Vec<Secret>),
    /// End a job's processes.
    Abandon(ActionExecutionId),
}

/// What a worker says about an attempt.
pub struct Word {
    /// Which.
    pub attempt: ActionExecutionId,
    /// What happened.
    pub event: Event,
}

/// What happened to a job.
pub enum Event {
    /// Its steps are being prepared.
    Started,
    /// It is over.
    Ended(Box<Outcome>),
}

/// The worker's end of the channel.
pub struct WorkerEnd {
    /// What it is told.
    pub orders: mpsc::UnboundedReceiver<Order>,
    /// What it says.
    pub words: mpsc::UnboundedSender<Word>,
    /// What its steps ask.
    pub asks: mpsc::UnboundedSender<Ask>,
}

/// The server's end of the channel.
pub struct ServerEnd {
    /// What the worker is told.
    pub orders: mpsc::UnboundedSender<Order>,
    /// What it says.
    pub words: mpsc::UnboundedReceiver<Word>,
    /// What its steps ask.
    pub asks: mpsc::UnboundedReceiver<Ask>,
}

/// A channel.
pub fn channel() -> (ServerEnd, WorkerEnd) {
    let (orders, told) = mpsc::unbounded_channel();
    let (said, words) = mpsc::unbounded_channel();
    let (asked, asks) = mpsc::unbounded_channel();
    let server = ServerEnd { orders, words, asks };
    (server, WorkerEnd { orders: told, words: said, asks: asked })
}

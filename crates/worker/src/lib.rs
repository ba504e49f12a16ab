#![doc = include_str!("../README.md")]

mod log;
mod report;
mod running;

pub use report::{Event, Report};

use blobs::Blobs;
use domain::{ActionExecutionId, Clock, Secret};
use runners::{Abandon, Ask, End, Job, Runner};
use running::{Assignment, Surroundings, ended};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};

/// Why a job was not taken.
#[derive(Debug, Error)]
pub enum Refused {
    /// The attempt is here already.
    #[error("attempt {0} is here already, queued or running")]
    Twice(ActionExecutionId),
    /// No descriptor is left.
    #[error("the job cannot be taken: {0}")]
    Io(#[from] io::Error),
}

/// Runs jobs. Clones are the same worker.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

struct Inner {
    surroundings: Surroundings,
    runtime: Handle,
    slots: Arc<Semaphore>,
    held: Mutex<HashMap<ActionExecutionId, Held>>,
    /// Rung whenever an attempt has gone.
    gone: Notify,
}

/// An attempt that is queued or runs.
struct Held {
    abandon: Abandon,
    /// Rung when it shall leave the queue without running.
    leave: Arc<Notify>,
}

impl Worker {
    /// Starts a worker that runs at most `jobs_max` jobs at once, on the current tokio runtime.
    /// Whatever happens to an attempt is sent to `reports`, in order for each attempt; a step that
    /// wants to know who it is asks `asks`.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(
        jobs_max: usize,
        runner: Arc<dyn Runner>,
        blobs: Arc<Blobs>,
        clock: Arc<dyn Clock>,
        reports: mpsc::UnboundedSender<Report>,
        asks: mpsc::UnboundedSender<Ask>,
    ) -> Self {
        Self(Arc::new(Inner {
            surroundings: Surroundings { runner, blobs, clock, reports, asks },
            runtime: Handle::current(),
            slots: Arc::new(Semaphore::new(jobs_max)),
            held: Mutex::default(),
            gone: Notify::new(),
        }))
    }

    /// Takes a job; it runs when there is a slot. `secrets` are masked in its log and its outcome.
    pub fn submit(&self, job: Job, secrets: Vec<Secret>) -> Result<(), Refused> {
        let (abandon, leave) = (Abandon::new()?, Arc::new(Notify::new()));
        let mut held = self.0.held();
        if held.contains_key(&job.attempt) {
            return Err(Refused::Twice(job.attempt));
        }
        held.insert(job.attempt.clone(), Held { abandon: abandon.clone(), leave: leave.clone() });
        drop(held);
        let assignment = Assignment { job, secrets, abandon };
        self.0.runtime.spawn(self.0.clone().carry(assignment, leave));
        Ok(())
    }

    /// Ends an attempt, queued or running; says whether it was here. That it ended is reported as of
    /// any other.
    pub fn abandon(&self, attempt: &ActionExecutionId) -> bool {
        self.0.held().get(attempt).map(Held::end).is_some()
    }

    /// The attempts that are queued or run.
    pub fn attempts(&self) -> Vec<ActionExecutionId> {
        self.0.held().keys().cloned().collect()
    }

    /// Ends every attempt and waits until each is gone and reported.
    pub async fn stop(&self) {
        loop {
            let gone = self.0.gone.notified();
            self.0.held().values().for_each(Held::end);
            if self.0.held().is_empty() {
                return;
            }
            gone.await;
        }
    }
}

impl Held {
    fn end(&self) {
        self.abandon.ask();
        self.leave.notify_one();
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, HashMap<ActionExecutionId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An attempt's way: the queue, a slot, the run; whatever happens, its end is reported.
    async fn carry(self: Arc<Self>, assignment: Assignment, leave: Arc<Notify>) {
        let slot = tokio::select! {
            biased;
            slot = self.slots.clone().acquire_owned() => slot.ok(),
            () = leave.notified() => None,
        };
        let assignment = Arc::new(assignment);
        match &slot {
            None => self.surroundings.report_end(&assignment.job, ended(End::Abandoned), 0),
            Some(_) => self.run(&assignment).await,
        }
        self.held().remove(&assignment.job.attempt);
        self.gone.notify_waiters();
    }

    async fn run(&self, assignment: &Arc<Assignment>) {
        let (surroundings, job) = (self.surroundings.clone(), assignment.clone());
        let ran = self.runtime.spawn_blocking(move || surroundings.run(&job)).await;
        if let Err(panic) = ran {
            let end = End::Broken { cause: format!("the worker broke: {panic}") };
            self.surroundings.report_end(&assignment.job, ended(end), 0);
        }
    }
}

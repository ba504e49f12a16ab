//! Artifacts that no row names and a job still needs: a working copy is made for one attempt, which
//! may wait for hours until it is its turn.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{ActionExecutionId, Digest};
use runners::Job;

/// What the jobs need that this server has handed out.
#[derive(Default)]
pub struct Needed(Mutex<HashMap<ActionExecutionId, Vec<Digest>>>);

impl Needed {
    /// A job is handed out.
    pub fn add(&self, job: &Job) {
        let inputs = job.inputs.iter();
        let artifacts = inputs.flat_map(|it| it.of_steps.values().chain([&it.artifact]));
        let digests = artifacts.map(|artifact| artifact.digest.clone()).collect();
        self.held().insert(job.attempt.clone(), digests);
    }

    /// A job is over.
    pub fn remove(&self, attempt: &ActionExecutionId) {
        self.held().remove(attempt);
    }

    /// Whether a job needs it.
    pub fn has(&self, digest: &Digest) -> bool {
        self.held().values().flatten().any(|it| it == digest)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<ActionExecutionId, Vec<Digest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The writer's thread: everything that waits goes into one transaction, so one sync of the disk
//! serves them all.

use crate::changes::{Changes, CommitError, Committed};
use crate::limits::{GROUP_CHANGES_MAX, WAITING_CHANGES_MAX};
use crate::record::Error;
use crate::sqlite::Core;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

type Answer = oneshot::Sender<Result<Committed, CommitError>>;

/// What waits for the writer.
enum Job {
    Commit(Box<Changes>, Answer),
    /// Anything else that writes; it runs alone.
    Other(Box<dyn FnOnce(&mut Core) + Send>),
}

/// The way to the writer's thread. The thread ends once the last of these is dropped and
/// everything that waited is written.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(core: Arc<Mutex<Core>>) -> Result<Self, Error> {
        let (jobs, waiting) = mpsc::channel(WAITING_CHANGES_MAX);
        let thread = std::thread::Builder::new().name("store-writer".to_owned());
        let started = thread.spawn(move || write(&core, waiting));
        started.map_err(|why| Error::Database(format!("no thread for the writer: {why}")))?;
        Ok(Self { jobs })
    }

    /// Commits changes in the next group.
    pub(crate) async fn commit(&self, changes: Changes) -> Result<Committed, CommitError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.jobs.send(Job::Commit(Box::new(changes), answer)).await;
        sent.map_err(|_| CommitError::Failed("the writer has stopped".to_owned()))?;
        // A writer that died holding the changes may have committed them.
        answered.await.unwrap_or(Err(CommitError::Unknown))
    }

    /// Runs anything else that writes, between two groups.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Core) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let stopped = || Error::Database("the writer has stopped".to_owned());
        let (answer, answered) = oneshot::channel();
        let job = Job::Other(Box::new(move |core| drop(answer.send(work(core)))));
        self.jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())
    }
}

/// Another thread's panic leaves no half-written row behind, SQLite has rolled back: go on.
pub(crate) fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(core: &Mutex<Core>, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(GROUP_CHANGES_MAX);
    while waiting.blocking_recv_many(&mut jobs, GROUP_CHANGES_MAX) > 0 {
        let (mut group, mut answers) = (Vec::new(), Vec::new());
        for job in jobs.drain(..) {
            match job {
                Job::Commit(changes, answer) => {
                    group.push(*changes);
                    answers.push(answer);
                }
                Job::Other(work) => {
                    commit(core, std::mem::take(&mut group), std::mem::take(&mut answers));
                    work(&mut lock(core));
                }
            }
        }
        commit(core, group, answers);
    }
}

fn commit(core: &Mutex<Core>, group: Vec<Changes>, answers: Vec<Answer>) {
    if group.is_empty() {
        return;
    }
    let results = lock(core).commit_group(group);
    for (answer, result) in answers.into_iter().zip(results) {
        // Whoever asked may be gone; what was decided is committed all the same.
        drop(answer.send(result));
    }
}

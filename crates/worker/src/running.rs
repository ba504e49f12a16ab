//! One job, on a thread that may block.

use crate::log::Log;
use crate::{Event, Report};
use blobs::Blobs;
use domain::{Clock, Secret};
use runners::{Abandon, Ask, End, Job, Outcome, Runner};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What every job needs of the worker.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub runner: Arc<dyn Runner>,
    pub blobs: Arc<Blobs>,
    pub clock: Arc<dyn Clock>,
    pub reports: mpsc::UnboundedSender<Report>,
    pub asks: mpsc::UnboundedSender<Ask>,
}

/// A job, with what must not be in it.
pub(crate) struct Assignment {
    pub job: Job,
    pub secrets: Vec<Secret>,
    pub abandon: Abandon,
}

impl Surroundings {
    /// Runs a job to its end and reports both.
    pub(crate) fn run(&self, assignment: &Assignment) {
        let Assignment { job, secrets, abandon } = assignment;
        tracing::debug!(attempt = %job.attempt, "job begins");
        self.report(job, Event::Started { at: self.clock.now() });
        let (outcome, log_bytes) = match Log::take(&self.blobs, &job.attempt, job.epoch, &self.asks)
        {
            Err(refused) => (ended(End::Broken { cause: refused.to_string() }), 0),
            Ok(mut log) => {
                let outcome = self.runner.run(job, secrets, abandon, &mut log);
                let sealed = log.seal();
                if let Err(error) = &sealed {
                    tracing::warn!(attempt = %job.attempt, %error, "a log was not sealed");
                }
                (outcome, sealed.unwrap_or(0))
            }
        };
        self.report_end(job, outcome, log_bytes);
    }

    /// Reports the end of a job that did not come to its runner's own.
    pub(crate) fn report_end(&self, job: &Job, outcome: Outcome, log_bytes: u64) {
        let (at, outcome) = (self.clock.now(), Box::new(outcome));
        self.report(job, Event::Ended { at, outcome, log_bytes });
    }

    fn report(&self, job: &Job, event: Event) {
        let report = Report { attempt: job.attempt.clone(), epoch: job.epoch, event };
        // Nobody listens when the process stops; the attempt is then `Lost`, as after a crash.
        let _ = self.reports.send(report);
    }
}

/// An outcome of which nothing but its end is known.
pub(crate) fn ended(end: End) -> Outcome {
    Outcome {
        end,
        first_command_at: None,
        variables: Vec::new(),
        outputs: Vec::new(),
        steps: Vec::new(),
    }
}

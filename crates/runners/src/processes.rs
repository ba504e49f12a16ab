//! The runner whose steps are processes of this machine: what it has for them, and what it cannot do.

use crate::cgroup::Controllers;
use crate::folder::Jobs;
use crate::layout::JobFolder;
use crate::run::Run;
use crate::script::Bounds;
use crate::spawn::Spawner;
use crate::start::Keeping;
use crate::uid::{TakenUid, Uids};
use crate::watch::Uncounted;
use crate::{Abandon, End, Job, Limits, Listener, Network, Outcome, Runner};
use blobs::Blobs;
use blobs::archive::Owner;
use domain::{Clock, Secret};
use std::sync::Arc;

/// Runs steps as processes, kept in by bubblewrap or by nothing.
pub(crate) struct Processes {
    pub blobs: Arc<Blobs>,
    pub clock: Arc<dyn Clock>,
    pub spawner: Spawner,
    pub controllers: Controllers,
    /// Where this process may give steps a user of their own.
    pub uids: Option<Uids>,
    /// Where jobs have their folders.
    pub folder: Jobs,
    pub keeping: Keeping,
    pub shell: &'static str,
}

impl Processes {
    /// Whether the kernel counts a step's processes for a user of its own: one that it was given, or
    /// the one in its namespace (since Linux 5.14).
    fn counts_by_user(&self) -> bool {
        self.uids.is_some() || matches!(self.keeping, Keeping::Bubblewrap { .. })
    }

    /// What the step's shell bounds. A user that it was given is bounded before. One process may have
    /// a quarter more memory than the step: so the step is ended by name before it is refused any.
    pub(crate) fn bounds(&self, limits: &Limits) -> Bounds {
        let Uncounted { memory, processes } = self.uncounted();
        let max = limits.step_memory_bytes_max;
        Bounds {
            processes: (processes && self.uids.is_none()).then_some(limits.step_processes_max),
            memory_bytes: memory.then_some(max.saturating_add(max / 4)),
        }
    }

    /// What is left to a census.
    pub(crate) fn uncounted(&self) -> Uncounted {
        let processes = self.counts_by_user() && !self.controllers.count_processes();
        Uncounted { memory: !self.controllers.measure_memory(), processes }
    }

    /// A user for a job, where this process may give one.
    pub(crate) fn take_uid(&self) -> Result<Option<TakenUid>, End> {
        let Some(uids) = &self.uids else { return Ok(None) };
        let cause = "every user id for steps is taken: allow more, or fewer jobs at once";
        uids.take().map(Some).ok_or_else(|| End::Broken { cause: cause.to_owned() })
    }

    /// A folder for a job, whose files belong to its user.
    pub(crate) fn make_folder(&self, job: &Job, uid: Option<&TakenUid>) -> Result<JobFolder, End> {
        let owner = uid.map(|taken| Owner { uid: taken.uid, gid: taken.uid });
        let name = format!("{}-{}", job.attempt, job.epoch);
        JobFolder::make(self.folder.path().join(name), owner).map_err(End::broken)
    }
}

impl Drop for Processes {
    /// Leaves no empty folders behind among the control groups.
    fn drop(&mut self) {
        self.controllers.leave();
    }
}

impl Runner for Processes {
    fn notices(&self, job: &Job) -> Vec<String> {
        let mut all = self.controllers.missing(&job.limits, self.counts_by_user());
        if matches!(self.keeping, Keeping::Host) {
            all.push(
                "steps run on the host, without isolation: its operator allowed it".to_owned(),
            );
            if job.network == Network::None {
                all.push("steps.network = \"none\" does not hold without isolation".to_owned());
            }
        } else if job.network == Network::Host {
            all.push("steps share the host's network, its loopback included".to_owned());
        }
        all
    }

    fn run(
        &self,
        job: &Job,
        secrets: &[Secret],
        abandon: &Abandon,
        listener: &mut dyn Listener,
    ) -> Outcome {
        Run::new(self, job, secrets, abandon, listener).outcome()
    }
}

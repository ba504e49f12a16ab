#![doc = include_str!("../README.md")]

mod abandon;
mod census;
mod cgroup;
mod environment;
mod folder;
mod gateway;
mod identity;
mod job;
mod launch;
mod layout;
mod left;
pub mod limits;
mod lines;
mod masked;
mod open;
mod outcome;
mod output;
mod parent;
mod processes;
mod run;
mod sandbox;
mod script;
mod seccomp;
mod spawn;
mod start;
mod step;
mod uid;
mod watch;

pub use abandon::Abandon;
pub use gateway::{GATEWAY, Open, Serve};
pub use identity::{Ask, Identity, Reply, Token, Withheld};
pub use job::{Input, Job, Network, Output};
pub use limits::{Limit, Limits};
pub use open::{RunnerConfig, STEP_UIDS, open};
pub use outcome::{End, Event, Listener, Outcome, Produced, StepReport};

use domain::Secret;

/// Where steps run. Which one a server uses is chosen when it starts.
pub trait Runner: Send + Sync {
    /// What whoever reads a log should know before the run: which limits do not hold on this
    /// machine, which network the steps see. The run says it, too.
    fn notices(&self, job: &Job) -> Vec<String>;

    /// Runs a job to its end, on the calling thread. Every occurrence of a secret, raw or encoded,
    /// is masked in what `listener` hears and in the outcome. It never fails but in the outcome.
    fn run(
        &self,
        job: &Job,
        secrets: &[Secret],
        abandon: &Abandon,
        listener: &mut dyn Listener,
    ) -> Outcome;
}

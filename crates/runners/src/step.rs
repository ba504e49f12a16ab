//! One step of a run: who it is, what is made ready for it, its process, and how it ended.

use crate::cgroup::Group;
use crate::layout::{JobFolder, Layout};
use crate::left::Left;
use crate::output::Output;
use crate::run::Run;
use crate::script::{self, Script};
use crate::start::{Start, Started};
use crate::watch::{Rules, watch};
use crate::{End, Identity, Limit, Limits, Serve, environment};
use blobs::archive::LeftOut;
use domain::ArtifactName;
use recipes::plan::Step;
use std::collections::BTreeMap;

/// What a step's process depends on, made ready before it starts.
struct Prepared {
    layout: Layout,
    script: Script,
    environment: BTreeMap<String, String>,
    group: Group,
}

impl Run<'_> {
    /// Runs the step at this place in the plan to its end.
    pub(crate) fn execute(
        &mut self,
        index: usize,
        step: &Step,
        folder: &JobFolder,
    ) -> Result<(), End> {
        let mut identity = self.identify(index, step)?;
        folder.write_tokens(&identity.tokens).map_err(End::broken)?;
        let prepared = self.prepare(step, &identity, folder.layout())?;
        // Opened before the step runs: what it may put in their place is not looked at.
        self.left = Some(Left::open(&prepared.layout).map_err(End::broken)?);
        let gateway = identity.gateway.take();
        let mut started = self.start((index, step), folder, &prepared, gateway)?;
        self.attend(step, &prepared, &mut started)
    }

    /// Who a step is that asked for it, with its secrets. From now on its tokens and they are masked.
    fn identify(&mut self, index: usize, step: &Step) -> Result<Identity, End> {
        if step.oidc.is_none() && !step.has_secrets {
            return Ok(Identity::default());
        }
        let gateway = self.machine.keeping.gateway(self.job.network);
        let identity = self.listener.identify(index, gateway);
        let identity = identity.map_err(|withheld| withheld.end_of(&step.name))?;
        self.masked.learn(&identity);
        for notice in &identity.notices {
            self.say(notice)?;
        }
        Ok(identity)
    }

    fn prepare(&self, step: &Step, identity: &Identity, layout: Layout) -> Result<Prepared, End> {
        let (machine, job) = (self.machine, self.job);
        let seen = machine.keeping.seen(&layout);
        let (variables, bounds) = (&job.output_variables, machine.bounds(&job.limits));
        let script = script::write(step, variables, machine.shell, &seen.control, &bounds);
        let environment = environment::of_step(job, step, identity, &seen);
        let environment = environment.map_err(|cause| End::Broken { cause })?;
        let group = machine.controllers.group(job.attempt.as_str(), &job.limits);
        Ok(Prepared { layout, script, environment, group: group.map_err(End::broken)? })
    }

    /// Starts the step's process, and says what its files are without.
    fn start(
        &mut self,
        (index, step): (usize, &Step),
        folder: &JobFolder,
        prepared: &Prepared,
        gateway: Option<Serve>,
    ) -> Result<Started, End> {
        let (machine, job) = (self.machine, self.job);
        let start = Start {
            layout: &prepared.layout,
            environment: &prepared.environment,
            network: job.network,
            limits: &job.limits,
            uid: folder.uid(),
            group: &prepared.group,
            processes_counted: machine.controllers.count_processes(),
            shell: machine.shell,
        };
        let inputs = if step.clone.nothing { &[] } else { &job.inputs[..] };
        let mut left_out = Vec::new();
        let fill = || {
            left_out = folder.fill(&machine.blobs, index, inputs, &prepared.script)?;
            Ok(())
        };
        let started = machine.keeping.start(&machine.spawner, &start, gateway, fill)?;
        self.name_left_out(&left_out)?;
        Ok(started)
    }

    /// The next step's files are without the same.
    fn name_left_out(&mut self, left_out: &[(ArtifactName, LeftOut)]) -> Result<(), End> {
        let is_first = self.done.steps.is_empty();
        for (input, left_out) in left_out.iter().filter(|_| is_first) {
            self.say(&format!("warning: not taken from artifact {input}: {left_out}"))?;
        }
        Ok(())
    }

    /// Listens to the step until its process is gone.
    fn attend(
        &mut self,
        step: &Step,
        prepared: &Prepared,
        started: &mut Started,
    ) -> Result<(), End> {
        let (machine, limits) = (self.machine, &self.job.limits);
        let pipes = [started.child.stdout.take(), started.child.stderr.take()];
        let (max, clock) = (limits.step_log_bytes_max, &*machine.clock);
        let output = Output::new(pipes, &mut self.masked, max, clock, self.listener);
        let mut output = output.map_err(End::broken)?;
        let rules = Rules {
            limits,
            time: time(step, limits),
            layout: &prepared.layout,
            group: &prepared.group,
            uncounted: machine.uncounted(),
            abandon: self.abandon,
        };
        let ended = watch(&mut started.child, &rules, &mut output);
        self.done.first_command_at = self.done.first_command_at.or(output.first_at);
        match ended {
            Ok(_) if !started.ran() => Err(without_surroundings(&output.last_words)),
            Ok(0) => Ok(()),
            Ok(exit_code) => Err(End::Failed { step: step.name.clone(), exit_code }),
            Err(stop) => Err(stop.end_of(&step.name)),
        }
    }
}

/// How long a step may take, and which limit says so.
fn time(step: &Step, limits: &Limits) -> (Limit, u32) {
    match step.max_seconds {
        Some(seconds) => (Limit::MaxTime, seconds),
        None => (Limit::StepSeconds, limits.step_seconds_max),
    }
}

fn without_surroundings(last_words: &[u8]) -> End {
    let said = String::from_utf8_lossy(last_words);
    let cause = format!("bubblewrap could not make the step's surroundings: {}", said.trim());
    End::IsolationUnavailable { cause }
}

//! The runner whose steps are processes of this machine: drives a plan, step by step.

use crate::cgroup::Controllers;
use crate::layout::{JobFolder, Layout};
use crate::output::Output;
use crate::script::Bounds;
use crate::spawn::{Spawner, number};
use crate::start::{Keeping, Start};
use crate::uid::Uids;
use crate::watch::{Rules, Stop, Uncounted, watch};
use crate::{
    Abandon, End, Event, Identity, Job, Limit, Limits, Listener, Network, Outcome, Produced,
    Runner, StepReport, Withheld, environment, limits, script,
};
use blobs::Blobs;
use blobs::archive::{LeftOut, Owner};
use blobs::limits::ArchiveLimits;
use blobs::log::Record;
use domain::{ArtifactName, Clock, Secret};
use masking::Masker;
use recipes::plan::Step;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;
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
    pub folder: PathBuf,
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
    fn bounds(&self, limits: &Limits) -> Bounds {
        let Uncounted { memory, processes } = self.uncounted();
        let max = limits.step_memory_bytes_max;
        Bounds {
            processes: (processes && self.uids.is_none()).then_some(limits.step_processes_max),
            memory_bytes: memory.then_some(max.saturating_add(max / 4)),
        }
    }

    /// What is left to a census.
    fn uncounted(&self) -> Uncounted {
        let processes = self.counts_by_user() && !self.controllers.count_processes();
        Uncounted { memory: !self.controllers.measure_memory(), processes }
    }
}

impl Drop for Processes {
    /// Leaves no empty folders behind, in `/var/tmp` or among the control groups.
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.folder);
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
        let mut run = Run {
            machine: self,
            job,
            masker: Masker::new(secrets),
            secrets: secrets.to_vec(),
            abandon,
            listener,
            done: Done::default(),
            left: None,
        };
        let ended = run.all();
        let end = match ended {
            Ok(()) => End::Succeeded,
            Err(end) => {
                // The end is the caller's to see; a log that cannot be written says it no better.
                let _ = run.say(&end.to_string());
                end
            }
        };
        let Done { first_command_at, variables, outputs, steps } = run.done;
        Outcome { end, first_command_at, variables, outputs, steps }
    }
}

/// What a run has come to so far.
#[derive(Default)]
struct Done {
    first_command_at: Option<domain::Timestamp>,
    variables: Vec<(String, String)>,
    outputs: Vec<Produced>,
    steps: Vec<StepReport>,
}

struct Run<'a> {
    machine: &'a Processes,
    job: &'a Job,
    masker: Masker,
    /// What it masks: what was known before the run, and the tokens of the steps so far.
    secrets: Vec<Secret>,
    abandon: &'a Abandon,
    listener: &'a mut dyn Listener,
    done: Done,
    /// Of the last step that was begun.
    left: Option<Left>,
}

impl Run<'_> {
    fn all(&mut self) -> Result<(), End> {
        if let Some(wrong) = self.job.output_variables.iter().find(|name| !script::is_name(name)) {
            let cause = format!("no shell can have a variable `{wrong}`");
            return Err(End::Broken { cause });
        }
        for notice in self.machine.notices(self.job).iter().chain(&self.job.notices) {
            self.say(notice)?;
        }
        let uid = match &self.machine.uids {
            None => None,
            Some(uids) => {
                let cause = "every user id for steps is taken: allow more, or fewer jobs at once";
                Some(uids.take().ok_or_else(|| End::Broken { cause: cause.to_owned() })?)
            }
        };
        let owner = uid.as_ref().map(|taken| Owner { uid: taken.uid, gid: taken.uid });
        let name = format!("{}-{}", self.job.attempt, self.job.epoch);
        let folder = JobFolder::make(self.machine.folder.join(name), owner).map_err(broken)?;
        for (index, step) in self.job.plan.steps.iter().enumerate() {
            self.step(index, step, &folder, owner)?;
        }
        self.collect()
    }

    fn step(
        &mut self,
        index: usize,
        step: &Step,
        folder: &JobFolder,
        owner: Option<Owner>,
    ) -> Result<(), End> {
        if self.abandon.asked() {
            return Err(End::Abandoned);
        }
        let started_at = self.machine.clock.now();
        self.tell(Event::StepStarted { index, name: &step.name })?;
        let count = self.job.plan.steps.len();
        if count > 1 {
            self.say(&format!("step {} of {count}: {}", index + 1, step.name))?;
        }
        folder.begin_step().map_err(broken)?;
        let ended = self.execute((index, step), folder, owner.map(|owner| owner.uid));
        let ended_at = self.machine.clock.now();
        let exit_code = match &ended {
            Ok(()) => Some(0),
            Err(End::Failed { exit_code, .. }) => Some(*exit_code),
            Err(_) => None,
        };
        let report = StepReport { name: step.name.clone(), started_at, ended_at, exit_code };
        self.tell(Event::StepEnded(&report))?;
        self.done.steps.push(report);
        ended
    }

    fn execute(
        &mut self,
        (index, step): (usize, &Step),
        folder: &JobFolder,
        uid: Option<u32>,
    ) -> Result<(), End> {
        let mut identity = self.identify(index, step)?;
        folder.write_tokens(&identity.tokens).map_err(broken)?;
        let (machine, job, layout) = (self.machine, self.job, folder.layout());
        let seen = machine.keeping.seen(&layout);
        let script = script::write(
            step,
            &job.output_variables,
            machine.shell,
            &seen.control,
            &machine.bounds(&job.limits),
        );
        let environment = self.environment(step, &identity, &seen)?;
        let group = machine.controllers.group(job.attempt.as_str(), &job.limits).map_err(broken)?;
        // Opened before the step runs: what it may put in their place is not looked at.
        self.left = Some(Left::open(&layout).map_err(broken)?);
        let start = Start {
            layout: &layout,
            environment: &environment,
            network: job.network,
            limits: &job.limits,
            uid,
            group: &group,
            processes_counted: machine.controllers.count_processes(),
            shell: machine.shell,
        };
        let inputs = if step.clone.nothing { &[] } else { &job.inputs[..] };
        let mut left_out = Vec::new();
        let fill = || {
            left_out = folder.fill(&machine.blobs, index, inputs, &script)?;
            Ok(())
        };
        let gateway = identity.gateway.take();
        let mut started = machine.keeping.start(&machine.spawner, &start, gateway, fill)?;
        self.name_left_out(&left_out)?;
        let pipes = [started.child.stdout.take(), started.child.stderr.take()];
        let (max, clock) = (job.limits.step_log_bytes_max, &*machine.clock);
        let mut output =
            Output::new(pipes, &self.masker, max, clock, self.listener).map_err(broken)?;
        let limits = &job.limits;
        let time = match step.max_seconds {
            Some(seconds) => (Limit::MaxTime, seconds),
            None => (Limit::StepSeconds, limits.step_seconds_max),
        };
        let (abandon, uncounted) = (self.abandon, machine.uncounted());
        let rules = Rules { limits, time, layout: &layout, group: &group, uncounted, abandon };
        let ended = watch(&mut started.child, &rules, &mut output);
        self.done.first_command_at = self.done.first_command_at.or(output.first_at);
        let last_words = String::from_utf8_lossy(&output.last_words).trim().to_owned();
        match ended {
            Ok(_) if !started.ran() => {
                let cause =
                    format!("bubblewrap could not make the step's surroundings: {last_words}");
                Err(End::IsolationUnavailable { cause })
            }
            Ok(0) => Ok(()),
            Ok(exit_code) => Err(End::Failed { step: step.name.clone(), exit_code }),
            Err(stop) => Err(end_of(stop, step)),
        }
    }

    /// Says what a step's files are without; the next step's are without the same.
    fn name_left_out(&mut self, left_out: &[(ArtifactName, LeftOut)]) -> Result<(), End> {
        let is_first = self.done.steps.is_empty();
        for (input, left_out) in left_out.iter().filter(|_| is_first) {
            self.say(&format!("warning: not taken from artifact {input}: {left_out}"))?;
        }
        Ok(())
    }

    /// Who a step is that asked for it, with its secrets. From now on its tokens and they are masked.
    fn identify(&mut self, index: usize, step: &Step) -> Result<Identity, End> {
        if step.oidc.is_none() && !step.has_secrets {
            return Ok(Identity::default());
        }
        let unavailable = |withheld| withheld_from(step, withheld);
        let gateway = self.machine.keeping.gateway(self.job.network);
        let identity = self.listener.identify(index, gateway).map_err(unavailable)?;
        self.secrets.extend(identity.secrets());
        self.masker = Masker::new(&self.secrets);
        for notice in &identity.notices {
            self.say(notice)?;
        }
        Ok(identity)
    }

    fn environment(
        &self,
        step: &Step,
        identity: &Identity,
        seen: &Layout,
    ) -> Result<std::collections::BTreeMap<String, String>, End> {
        let inputs = self.job.inputs.iter().enumerate().flat_map(|(index, input)| {
            let folder = seen.input(index, input).display().to_string();
            input.variables.iter().map(move |name| (name.clone(), folder.clone()))
        });
        let inputs: Vec<_> = inputs.collect();
        let tokens = identity.tokens.iter().flat_map(|it| {
            let file = seen.tokens().join(&it.variable).display().to_string();
            let files = it.file_variables.iter().map(move |name| (name.clone(), file.clone()));
            files.chain([(it.variable.clone(), it.token.expose().to_owned())])
        });
        let known: Vec<_> = tokens.chain(identity.environment.iter().cloned()).collect();
        let declared = self.job.environment.iter().chain(&inputs).chain(&known);
        let declared = declared.chain(&step.environment);
        let declared = declared.map(|(name, value)| (name.as_str(), value.as_str()));
        let secrets = identity.secrets.iter();
        let declared = declared.chain(secrets.map(|(name, value)| (name.as_str(), value.expose())));
        let home = seen.home.display().to_string();
        environment::environment(&home, declared).map_err(|cause| End::Broken { cause })
    }

    /// Reads the output variables and packs the outputs of the last step.
    fn collect(&mut self) -> Result<(), End> {
        let Some(left) = self.left.take() else { return Ok(()) };
        if !self.job.output_variables.is_empty() {
            let saved = left.read_variables(self.job.output_variables.len())?;
            let saved = script::read_saved(&saved, &self.job.output_variables);
            let masked = |(name, value): (String, String)| (name, self.masker.mask(&value));
            self.done.variables = saved.into_iter().map(masked).collect();
        }
        for output in &self.job.outputs {
            let unusable = |cause: String| {
                let artifact = output.name.clone();
                End::OutputUnusable { artifact, cause }
            };
            let blobs = &self.machine.blobs;
            let mut draft = blobs.draft().map_err(broken)?;
            let limits = ArchiveLimits::default();
            let packed =
                blobs::archive::pack(&left.workspace(), &output.files, &limits, &mut draft);
            let packed = packed.map_err(|error| unusable(error.to_string()))?;
            if !packed.left_out.is_empty() {
                self.say(&format!("not in artifact {}: {}", output.name, packed.left_out))?;
            }
            let artifact = blobs.keep(draft).map_err(broken)?;
            self.done.outputs.push(Produced { name: output.name.clone(), artifact });
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), End> {
        let text = self.masker.mask(text);
        let record = Record::system(self.machine.clock.now(), &text);
        self.tell(Event::Output(&[record]))
    }

    fn tell(&mut self, event: Event<'_>) -> Result<(), End> {
        self.listener.hear(event).map_err(broken)
    }
}

/// What is looked at when a step is gone.
struct Left {
    workspace: File,
    variables: File,
}

impl Left {
    fn open(layout: &Layout) -> io::Result<Self> {
        let (workspace, variables) = (&layout.workspace, layout.variables());
        Ok(Self { workspace: File::open(workspace)?, variables: File::open(variables)? })
    }

    /// The workspace, by a path that leads to it whatever bears its name now.
    fn workspace(&self) -> PathBuf {
        format!("/proc/self/fd/{}", number(self.workspace.as_fd())).into()
    }

    /// What the shell saved of so many variables.
    fn read_variables(&self, count: usize) -> Result<Vec<u8>, End> {
        let (mut bytes, bytes_max) = (Vec::new(), limits::OUTPUT_VARIABLES_BYTES_MAX);
        // Each has a sign between its name and value and one at its end, which do not count.
        let signs = 2 * count as u64;
        let most = (&self.variables).take(bytes_max + signs + 1).read_to_end(&mut bytes);
        if most.map_err(broken)? as u64 <= bytes_max + signs {
            return Ok(bytes);
        }
        let saved = self.variables.metadata().map_err(broken)?.len();
        Err(End::VariablesTooLarge { bytes: saved.saturating_sub(signs), bytes_max })
    }
}

/// Why a step does not begin.
fn withheld_from(step: &Step, withheld: Withheld) -> End {
    let step = step.name.clone();
    match withheld {
        Withheld::Identity(cause) => End::IdentityUnavailable { step, cause },
        Withheld::Secret(cause) => End::SecretUnavailable { step, cause, denied: false },
        Withheld::Denied(cause) => End::SecretUnavailable { step, cause, denied: true },
    }
}

fn end_of(stop: Stop, step: &Step) -> End {
    match stop {
        Stop::Limit(limit, value) => End::LimitReached { step: step.name.clone(), limit, value },
        Stop::Abandoned => End::Abandoned,
        Stop::Broken(error) => broken(error),
    }
}

fn broken(error: io::Error) -> End {
    End::Broken { cause: error.to_string() }
}

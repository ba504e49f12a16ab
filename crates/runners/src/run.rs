//! One job's run: its steps one after another, what is said on the way, and what it came to.

use crate::layout::JobFolder;
use crate::left::Left;
use crate::masked::Masked;
use crate::processes::Processes;
use crate::{Abandon, End, Event, Job, Listener, Outcome, Produced, Runner, StepReport, script};
use blobs::log::Record;
use domain::{Secret, Timestamp};
use recipes::plan::Step;

pub(crate) struct Run<'a> {
    pub machine: &'a Processes,
    pub job: &'a Job,
    pub masked: Masked,
    pub abandon: &'a Abandon,
    pub listener: &'a mut dyn Listener,
    pub done: Done,
    /// Of the last step that was begun.
    pub left: Option<Left>,
}

/// What a run has come to so far.
#[derive(Default)]
pub(crate) struct Done {
    pub first_command_at: Option<Timestamp>,
    variables: Vec<(String, String)>,
    outputs: Vec<Produced>,
    pub steps: Vec<StepReport>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        machine: &'a Processes,
        job: &'a Job,
        secrets: &[Secret],
        abandon: &'a Abandon,
        listener: &'a mut dyn Listener,
    ) -> Self {
        let (masked, done) = (Masked::new(secrets), Done::default());
        Self { machine, job, masked, abandon, listener, done, left: None }
    }

    /// Runs the job to its end.
    pub(crate) fn outcome(mut self) -> Outcome {
        let end = match self.steps() {
            Ok(()) => End::Succeeded,
            Err(end) => {
                // The end is the caller's to see; a log that cannot be written says it no better.
                let _ = self.say(&end.to_string());
                end
            }
        };
        let Done { first_command_at, variables, outputs, steps } = self.done;
        Outcome { end, first_command_at, variables, outputs, steps }
    }

    fn steps(&mut self) -> Result<(), End> {
        if let Some(wrong) = self.job.output_variables.iter().find(|name| !script::is_name(name)) {
            let cause = format!("no shell can have a variable `{wrong}`");
            return Err(End::Broken { cause });
        }
        for notice in self.machine.notices(self.job).iter().chain(&self.job.notices) {
            self.say(notice)?;
        }
        let uid = self.machine.take_uid()?;
        let folder = self.machine.make_folder(self.job, uid.as_ref())?;
        for (index, step) in self.job.plan.steps.iter().enumerate() {
            self.step(index, step, &folder)?;
        }
        self.collect()
    }

    fn step(&mut self, index: usize, step: &Step, folder: &JobFolder) -> Result<(), End> {
        if self.abandon.asked() {
            return Err(End::Abandoned);
        }
        let started_at = self.machine.clock.now();
        self.tell(Event::StepStarted { index, name: &step.name })?;
        let count = self.job.plan.steps.len();
        if count > 1 {
            self.say(&format!("step {} of {count}: {}", index + 1, step.name))?;
        }
        folder.begin_step().map_err(End::broken)?;
        let ended = self.execute(index, step, folder);
        let (ended_at, exit_code) = (self.machine.clock.now(), exit_code(&ended));
        let report = StepReport { name: step.name.clone(), started_at, ended_at, exit_code };
        self.tell(Event::StepEnded(&report))?;
        self.done.steps.push(report);
        ended
    }

    /// Reads the output variables and packs the outputs of the last step.
    fn collect(&mut self) -> Result<(), End> {
        let Some(left) = self.left.take() else { return Ok(()) };
        let variables = left.variables(&self.job.output_variables)?;
        let masker = self.masked.masker();
        let masked = |(name, value): (String, String)| (name, masker.mask(&value));
        self.done.variables = variables.into_iter().map(masked).collect();
        for output in &self.job.outputs {
            let (produced, left_out) = left.pack(output, &self.machine.blobs)?;
            if !left_out.is_empty() {
                self.say(&format!("not in artifact {}: {left_out}", output.name))?;
            }
            self.done.outputs.push(produced);
        }
        Ok(())
    }

    pub(crate) fn say(&mut self, text: &str) -> Result<(), End> {
        let text = self.masked.masker().mask(text);
        let record = Record::system(self.machine.clock.now(), &text);
        self.tell(Event::Output(&[record]))
    }

    fn tell(&mut self, event: Event<'_>) -> Result<(), End> {
        self.listener.hear(event).map_err(End::broken)
    }
}

fn exit_code(ended: &Result<(), End>) -> Option<i32> {
    match ended {
        Ok(()) => Some(0),
        Err(End::Failed { exit_code, .. }) => Some(*exit_code),
        Err(_) => None,
    }
}

//! Stages of a test run: a name, a duration, an outcome, and the count at the end.
//!
//! The last line is `N passed, N failed`, with the skipped stages where there are any.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tally::Tally;

/// What a stage came to when nothing went wrong in running it.
pub enum Outcome {
    /// It holds; counted as one.
    Passed,
    /// It ran tests, which are counted themselves.
    Counted(Tally),
    /// It could not run here, and why that is no failure.
    Skipped(String),
}

/// A run of stages so far.
pub struct Stages {
    started: Instant,
    only: Option<String>,
    lines: Vec<String>,
    tally: Tally,
    skipped: u64,
    found: bool,
}

impl Stages {
    /// A run begins now: of every stage, or of the one named by `only` and what it needs.
    pub fn begin(only: Option<&str>) -> Stages {
        Stages {
            started: Instant::now(),
            only: only.map(str::to_owned),
            lines: Vec::new(),
            tally: Tally::default(),
            skipped: 0,
            found: only.is_none(),
        }
    }

    /// Runs one stage, where it is wanted. The run goes on either way, so that one run shows
    /// everything that is wrong.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        if self.only.as_deref().is_none_or(|only| only == name) {
            self.need(name, work);
        }
    }

    /// Runs a stage that others build on, and says whether they can.
    pub fn need(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) -> bool {
        self.found |= self.only.as_deref() == Some(name);
        println!("── {name}");
        let started = Instant::now();
        let outcome = work();
        let (word, tally) = self.judge(&outcome);
        let line =
            format!("{word:<8}{:>8}  {name}{}", seconds(started.elapsed()), remark(&outcome));
        println!("{line}");
        self.lines.push(line);
        self.tally += tally;
        tally.failed == 0
    }

    /// Prints every stage's line again, the total, and the closing count. An error where
    /// anything failed.
    pub fn end(self) -> Result<()> {
        println!("\n{}", self.lines.join("\n"));
        println!("{:<8}{:>8}", "total", seconds(self.started.elapsed()));
        let Tally { passed, failed } = self.tally;
        match self.skipped {
            0 => println!("{passed} passed, {failed} failed"),
            skipped => println!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
        if failed > 0 {
            bail!("{failed} failed");
        }
        if let (false, Some(only)) = (self.found, &self.only) {
            bail!("no stage is called `{only}`");
        }
        Ok(())
    }

    fn judge(&mut self, outcome: &Result<Outcome>) -> (&'static str, Tally) {
        match outcome {
            Ok(Outcome::Passed) => ("ok", Tally { passed: 1, failed: 0 }),
            // A runner that ran nothing has shown nothing.
            Ok(Outcome::Counted(Tally { passed: 0, failed: 0 })) => {
                ("FAILED", Tally { passed: 0, failed: 1 })
            }
            Ok(Outcome::Counted(tally)) => {
                (if tally.failed == 0 { "ok" } else { "FAILED" }, *tally)
            }
            Ok(Outcome::Skipped(_)) => {
                self.skipped += 1;
                ("skipped", Tally::default())
            }
            Err(_) => ("FAILED", Tally { passed: 0, failed: 1 }),
        }
    }
}

/// Runs a command whose exit code is the whole answer.
pub fn succeed(command: &mut Command) -> Result<Outcome> {
    let status = command.status().with_context(|| line(command))?;
    if !status.success() {
        bail!("{}: {status}", line(command));
    }
    Ok(Outcome::Passed)
}

/// A command as a person would type it, its program by its name alone.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn remark(outcome: &Result<Outcome>) -> String {
    match outcome {
        Ok(Outcome::Passed) => String::new(),
        Ok(Outcome::Counted(Tally { passed: 0, failed: 0 })) => " (ran no test)".to_owned(),
        Ok(Outcome::Counted(tally)) => {
            format!(" ({} passed, {} failed)", tally.passed, tally.failed)
        }
        Ok(Outcome::Skipped(reason)) => format!(" ({reason})"),
        Err(failure) => format!(": {failure:#}"),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Stages};
    use crate::tally::Tally;

    #[test]
    fn a_run_fails_when_one_stage_did_and_goes_on_after_it() {
        let mut stages = Stages::begin(None);
        assert!(!stages.need("broken", || anyhow::bail!("it is")));
        assert!(stages.need("counted", || Ok(Outcome::Counted(Tally { passed: 3, failed: 0 }))));
        assert!(stages.need("absent", || Ok(Outcome::Skipped("not installed".to_owned()))));
        assert_eq!((stages.tally, stages.skipped), (Tally { passed: 3, failed: 1 }, 1));
        assert!(stages.end().is_err());
    }

    #[test]
    fn a_runner_that_ran_no_test_has_failed() {
        let mut stages = Stages::begin(None);
        assert!(!stages.need("empty", || Ok(Outcome::Counted(Tally::default()))));
    }

    #[test]
    fn only_the_wanted_stage_runs_with_what_it_needs() {
        let mut stages = Stages::begin(Some("browser"));
        stages.run("format", || panic!("nobody asked for it"));
        stages.need("build", || Ok(Outcome::Passed));
        stages.run("browser", || Ok(Outcome::Passed));
        assert_eq!(stages.tally, Tally { passed: 2, failed: 0 });
    }
}

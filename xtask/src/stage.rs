//! Stages of a test run: a name, a duration, an outcome, and the count at the end.
//!
//! The last line is `N passed, N failed`, with the skipped stages where there are any.

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
    lines: Vec<String>,
    tally: Tally,
    skipped: u64,
}

impl Stages {
    /// A run begins now.
    pub fn begin() -> Stages {
        Stages { started: Instant::now(), lines: Vec::new(), tally: Tally::default(), skipped: 0 }
    }

    /// Runs one stage and says whether it holds. The run goes on either way, so that one
    /// run shows everything that is wrong; only what others build on stops it.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) -> bool {
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
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(Outcome::Passed)
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
        let mut stages = Stages::begin();
        assert!(!stages.run("broken", || anyhow::bail!("it is")));
        assert!(stages.run("counted", || Ok(Outcome::Counted(Tally { passed: 3, failed: 0 }))));
        assert!(stages.run("absent", || Ok(Outcome::Skipped("not installed".to_owned()))));
        assert_eq!((stages.tally, stages.skipped), (Tally { passed: 3, failed: 1 }, 1));
        assert!(stages.end().is_err());
    }

    #[test]
    fn a_runner_that_ran_no_test_has_failed() {
        let mut stages = Stages::begin();
        assert!(!stages.run("empty", || Ok(Outcome::Counted(Tally::default()))));
    }
}

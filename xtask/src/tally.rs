//! What test runners say about how many passed, read from their output as it goes by.

use std::io::{BufRead, BufReader, Read};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::stage::line;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, timed out or could not start.
    pub failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs a test runner, lets its output through, and counts. A runner that fails without
/// naming a failed test counts as one.
pub fn count(command: &mut Command) -> Result<Tally> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| line(command))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let mut tally = std::thread::scope(|threads| {
        let out = threads.spawn(|| pass_through(out, |line| println!("{line}")));
        let mut tally = pass_through(err, |line| eprintln!("{line}"));
        tally += out.join().expect("reading a pipe does not panic");
        tally
    });
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

fn pass_through(pipe: Option<impl Read>, print: impl Fn(&str)) -> Tally {
    let mut tally = Tally::default();
    let lines = pipe.into_iter().flat_map(|pipe| BufReader::new(pipe).split(b'\n'));
    for line in lines.map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        print(&line);
        tally += summary(&line).unwrap_or_default();
    }
    tally
}

/// Reads the closing line of nextest (`Summary [`), of cargo test (`test result:`),
/// and the plain one of our client scripts (`NAME: 3 passed, 1 failed`).
fn summary(line: &str) -> Option<Tally> {
    // What nextest shows of a failed test is indented, the test's own closing line with it.
    let closing = line.trim_start().starts_with("Summary [")
        || line.starts_with("test result:")
        || line.split_once(": ").is_some_and(|(_, rest)| {
            rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(" passed, ")
        });
    closing.then(|| Tally {
        passed: number_before(line, "passed"),
        failed: number_before(line, "failed") + number_before(line, "timed"),
    })
}

fn number_before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let found = words.windows(2).find(|pair| pair[1] == word);
    found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Tally, summary};

    fn check(line: &str, expect: Option<(u64, u64)>) {
        assert_eq!(
            summary(line),
            expect.map(|(passed, failed)| Tally { passed, failed }),
            "{line}"
        );
    }

    #[test]
    fn closing_lines_are_counted() {
        check(
            "     Summary [   0.013s] 12 tests run: 12 passed (1 slow), 3 skipped",
            Some((12, 0)),
        );
        check(
            "     Summary [   9.1s] 5 tests run: 3 passed, 1 failed, 1 timed out, 0 skipped",
            Some((3, 2)),
        );
        check("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured", Some((5, 2)));
        check("aws: 9 passed, 1 failed", Some((9, 1)));
    }

    #[test]
    fn other_lines_are_not() {
        check("error: 3 tests failed to compile", None);
        check("        PASS [   0.005s] engine decide::a_stage_that_passed", None);
        check("note: the word passed, alone", None);
        check("    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured", None);
    }
}

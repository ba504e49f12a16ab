//! Files as people write them, right and wrong, and what is said about them.

mod files;
mod hostile;
mod plans;
mod steps;

use super::*;
use crate::diagnostic::Source;
use crate::plan::{CloneSettings, Depth};
use proptest::prelude::*;
use std::num::NonZeroU32;

fn read(text: &str) -> File {
    File::read(Source { name: FILE_NAME, text })
}

fn run_of(branch: &str) -> Run {
    Run {
        repository: "team/site".into(),
        event: Event::Branch(branch.into()),
        commit: "c".repeat(40),
        build_number: 1,
        id: "11111111-2222-3333-4444-555555555555".into(),
        git_http_origin: None,
        git_ssh_origin: None,
    }
}

/// All findings as `line:column severity: message`, without Bitbucket's constant opening.
fn findings(text: &str) -> Vec<String> {
    const OPENINGS: [&str; 2] = [
        "There is an error in your bitbucket-pipelines.yml at ",
        "Something is misconfigured in your bitbucket-pipelines.yml file: ",
    ];
    let said = |d: &crate::Diagnostic| {
        let message =
            OPENINGS.iter().fold(d.message.clone(), |said, opening| said.replace(opening, ""));
        format!("{}:{} {}: {message}", d.line, d.column, d.severity)
    };
    read(text).all_diagnostics().iter().map(said).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(findings(text), expect, "\n{text}");
}

/// One step in the default pipeline, with the given keys from line 4, column 9 on.
fn step(keys: &str) -> String {
    format!("pipelines:\n  default:\n    - step:\n        {}\n", keys.replace('\n', "\n        "))
}

#[track_caller]
fn check_step(keys: &str, expect: &[&str]) {
    check(&step(keys), expect);
}

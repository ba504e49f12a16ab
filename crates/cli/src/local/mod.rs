//! The commands that need no server: `run`, `plan`, `lint`, of `deliveries` `normalise` and
//! `verify`, and of `oidc` `explain` and
//! `setup`. What the words of a file mean is left to `recipes`, what a payload says to `webhooks`,
//! how a step is kept in to `runners`; here is the terminal's side, and the working copy's.
//!
//! Exit codes: 0 it is well; 1 it is not; 2 it was refused, or something could not be read; 74 what it
//! says could not be written, 141 nobody reads it any more.

mod deliveries;
mod explain;
mod lint;
mod output;
mod plan;
mod run;
mod setup;
mod working_copy;

pub use deliveries::{DeliveryArgs, VerifyArgs};
pub use explain::{ExplainArgs, Piece};
pub use lint::LintArgs;
pub use plan::PlanArgs;
pub use run::RunArgs;
pub use setup::{SetupArgs, TokenArgs};

use domain::forge_event::{GitRef, RefKind};
use output::Output;
use recipes::bitbucket::Event;
use recipes::limits::FILE_BYTES_MAX;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// Everything is as it should be.
const WELL: u8 = 0;
/// A step failed, or there are findings, or nothing would run.
const NOT_WELL: u8 = 1;
/// It was refused before anything ran, or something could not be read.
pub(crate) const REFUSED: u8 = 2;
/// Somebody pressed Ctrl-C (128 and the signal's number, as shells count).
const INTERRUPTED: u8 = 130;

/// What it says could not be written (`EX_IOERR` of sysexits.h).
const UNWRITTEN: u8 = 74;
/// Nobody reads what it says (128 and SIGPIPE's number).
const UNREAD: u8 = 141;

/// `towpath run`: runs a working copy's pipeline here. 0 every step succeeded, 1 one failed, 2 it
/// was refused, 130 it was interrupted.
pub fn run(args: RunArgs) -> ExitCode {
    finish(run::run(&args, &mut Output::of_the_process()))
}

/// `towpath plan`: what would run for an event, and why. 0 a pipeline would run, 1 none would,
/// 2 it would be refused.
pub fn plan(args: PlanArgs) -> ExitCode {
    finish(plan::plan(&args, &mut Output::of_the_process()))
}

/// `towpath lint`: checks files. 0 nothing but warnings, 1 findings, 2 a file cannot be read.
pub fn lint(args: LintArgs) -> ExitCode {
    finish(lint::lint(&args, &mut Output::of_the_process()))
}

/// `towpath deliveries normalise`: what a payload is understood as. 0 all of it is understood, 1 it
/// is not, 2 it cannot be read.
pub fn normalise(args: &DeliveryArgs) -> ExitCode {
    finish(deliveries::normalise(args, &mut io::stdin(), &mut Output::of_the_process()))
}

/// `towpath deliveries verify`: whether a delivery's signature holds. 0 it does, 1 it does not,
/// 2 something cannot be read.
pub fn verify(args: &VerifyArgs) -> ExitCode {
    finish(deliveries::verify(args, &mut io::stdin(), &mut Output::of_the_process()))
}

/// `towpath oidc explain`: why a token is refused; `known` is what a server says besides. 0 it would be
/// accepted, 1 it would not, 2 something cannot be read.
pub fn explain(args: &ExplainArgs, known: Vec<Piece>) -> ExitCode {
    finish(explain::explain(args, known, &mut io::stdin(), &mut Output::of_the_process()))
}

/// `towpath oidc setup`: what to set at a cloud for a pipeline's tokens. 0 it is written, 2 it cannot be.
pub fn set_up(args: &SetupArgs) -> ExitCode {
    finish(setup::set_up(args, &mut Output::of_the_process()))
}

fn finish(code: io::Result<u8>) -> ExitCode {
    ExitCode::from(code.unwrap_or_else(|error| without_output(&error)))
}

/// It is not known what would have come of it. Whoever closed the output wants to hear no more.
fn without_output(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return UNREAD;
    }
    let _ = writeln!(io::stderr(), "towpath: the output cannot be written: {error}");
    UNWRITTEN
}

/// The event that the flags name; a sentence where git could not have told of it.
fn event(branch: Option<&str>, tag: Option<&str>) -> Result<Option<Event>, String> {
    let (flag, pushed) = match (branch, tag) {
        (Some(name), _) => ("--branch", GitRef::branch(name)),
        (None, Some(name)) => ("--tag", GitRef::tag(name)),
        (None, None) => return Ok(None),
    };
    pushed.check().map_err(|error| format!("{flag}: {error}"))?;
    Ok(Some(match pushed.kind {
        RefKind::Tag => Event::Tag(pushed.name),
        RefKind::Branch | RefKind::PullRequest => Event::Branch(pushed.name),
    }))
}

/// Reads a text file of a size that a recipe may have; the error is a sentence without the name.
fn read_text(path: &Path) -> Result<String, String> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder; name a file in it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("it has more than {FILE_BYTES_MAX} bytes, which is what is allowed"));
    }
    domain::text(bytes).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests;

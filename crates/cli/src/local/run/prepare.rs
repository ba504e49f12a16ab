//! Reads, chooses and plans: everything that can be refused before a file is copied.

use super::RunArgs;
use crate::local::output::Output;
use crate::local::plan::show_refusal;
use crate::local::working_copy::WorkingCopy;
use crate::local::{event, read_text};
use domain::Secret;
use domain::clock::{Entropy, SystemEntropy};
use recipes::bitbucket::variables::check_name;
use recipes::bitbucket::{self, FILE_NAME, Planned, Run};
use recipes::{Plan, Source};
use std::io;
use std::path::Path;

/// A sentence about why nothing runs.
pub(super) type Refusal = String;

/// Why there is nothing to perform.
pub(super) enum Stop {
    /// It has been said already, at length.
    Said,
    Because(Refusal),
}

impl From<Refusal> for Stop {
    fn from(why: Refusal) -> Self {
        Self::Because(why)
    }
}

/// What is to be run, and on what.
pub(super) struct Prepared {
    pub(super) working_copy: WorkingCopy,
    pub(super) plan: Plan,
    pub(super) environment: Vec<(String, String)>,
    /// Those of it that are masked.
    pub(super) secrets: Vec<Secret>,
}

/// Prepares a run, and says which and why.
pub(super) fn prepare(
    args: &RunArgs,
    output: &mut Output<'_>,
) -> io::Result<Result<Prepared, Stop>> {
    let (working_copy, environment, run, text) = match read(args) {
        Ok(read) => read,
        Err(why) => return Ok(Err(why.into())),
    };
    let file = bitbucket::File::read(Source { name: FILE_NAME, text: &text });
    let planned = match bitbucket::plan(&file, &run, args.name.as_deref()) {
        Ok(planned) => planned,
        Err(refused) => {
            show_refusal(&refused, output)?;
            return Ok(Err(Stop::Said));
        }
    };
    let Planned { plan, pipeline, reason, warnings, .. } = planned;
    output.show(&warnings)?;
    output.say(&format!("{pipeline}, because {reason}"))?;
    let Variables { environment, secrets } = environment;
    Ok(Ok(Prepared { working_copy, plan, environment, secrets }))
}

type Read = (WorkingCopy, Variables, Run, String);

/// What the flags say of variables.
struct Variables {
    environment: Vec<(String, String)>,
    secrets: Vec<Secret>,
}

fn variables(args: &RunArgs) -> Result<Variables, Refusal> {
    let mut environment = args.env_file.as_deref().map_or_else(|| Ok(Vec::new()), in_file)?;
    let secrets = environment.iter().map(|(_, value)| Secret::new(value)).collect();
    for text in &args.env {
        environment.push(variable(text)?);
    }
    Ok(Variables { environment, secrets })
}

/// The variables of a file: empty lines and those that begin with `#` are none.
fn in_file(path: &Path) -> Result<Vec<(String, String)>, Refusal> {
    let text = read_text(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.filter(|(_, line)| !line.starts_with('#'));
    let variable = |(at, line): (usize, &str)| {
        // The line may be a secret: no message repeats it.
        let wrong = |why: &str| format!("{}, line {}: {why}", path.display(), at + 1);
        let (name, value) = line.split_once('=').ok_or_else(|| wrong("write NAME=VALUE"))?;
        check_name(name).map_err(|error| wrong(&error.to_string()))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    lines.map(variable).collect()
}

fn read(args: &RunArgs) -> Result<Read, Refusal> {
    let environment = variables(args)?;
    let working_copy = WorkingCopy::find(&args.directory)?;
    let event = event(args.branch.as_deref(), args.tag.as_deref())?
        .or_else(|| working_copy.event())
        .ok_or("no branch is checked out; name the event with --branch or --tag")?;
    let text = read_text(&working_copy.root.join(FILE_NAME))
        .map_err(|why| format!("{}: {why}", working_copy.root.join(FILE_NAME).display()))?;
    let run = facts(&working_copy, event);
    Ok((working_copy, environment, run, text))
}

/// `NAME=VALUE`, or `NAME` for a variable that this process has.
fn variable(text: &str) -> Result<(String, String), Refusal> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    // The value may be a secret: no message repeats it.
    check_name(name).map_err(|error| format!("--env {name}: {error}"))?;
    let value = value.map_or_else(|| std::env::var(name), Ok);
    let value = value.map_err(|_| format!("--env {name}: the variable is not set here"))?;
    Ok((name.to_owned(), value))
}

fn facts(working_copy: &WorkingCopy, event: bitbucket::Event) -> Run {
    let origin = |over_http: bool| {
        let is_http = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
        working_copy.origin.as_ref().filter(|url| is_http(url) == over_http).cloned()
    };
    Run {
        repository: working_copy.repository(),
        event,
        commit: working_copy.commit.clone(),
        build_number: 1,
        id: SystemEntropy.uuid(),
        git_http_origin: origin(true),
        git_ssh_origin: origin(false),
    }
}

//! `towpath plan FILE`: which pipeline an event would start, and why, without running it.

use super::output::Output;
use super::{NOT_WELL, REFUSED, WELL, event, read_text};
use recipes::bitbucket::{self, Event, Planned, Refused, Run};
use recipes::{Source, Step};
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;

/// Flags of `towpath plan`.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// A push to this branch
    #[arg(long, value_name = "BRANCH", conflicts_with = "tag", required_unless_present = "tag")]
    pub branch: Option<String>,
    /// A push of this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Plans and says so.
pub(super) fn plan(args: &PlanArgs, output: &mut Output<'_>) -> io::Result<u8> {
    let name = args.file.display().to_string();
    let named = event(args.branch.as_deref(), args.tag.as_deref());
    let none = || "name the event with --branch or --tag".to_owned();
    let event = match named.and_then(|event| event.ok_or_else(none)) {
        Ok(event) => event,
        Err(why) => {
            output.say(&why)?;
            return Ok(REFUSED);
        }
    };
    let text = match read_text(&args.file) {
        Ok(text) => text,
        Err(why) => {
            output.say(&format!("{name}: {why}"))?;
            return Ok(REFUSED);
        }
    };
    let file = bitbucket::File::read(Source { name: &name, text: &text });
    let planned = bitbucket::plan(&file, &nowhere(event), None);
    match args.json {
        true => output.answer_json(&document(&name, &planned))?,
        false => show(&planned, output)?,
    }
    Ok(match planned {
        Ok(_) => WELL,
        Err(Refused::NotSelected(_)) => NOT_WELL,
        Err(_) => REFUSED,
    })
}

/// A plan that is only looked at has no commit and no folder; its steps' variables are not shown.
fn nowhere(event: Event) -> Run {
    Run {
        repository: String::new(),
        event,
        commit: String::new(),
        build_number: 1,
        id: String::new(),
        git_http_origin: None,
        git_ssh_origin: None,
    }
}

fn show(planned: &Result<Planned, Refused>, output: &mut Output<'_>) -> io::Result<()> {
    let planned = match planned {
        Err(refused) => return show_refusal(refused, output),
        Ok(planned) => planned,
    };
    output.show(&planned.warnings)?;
    writeln!(output.answer, "{} (line {})", planned.pipeline, planned.line)?;
    writeln!(output.answer, "  because {}", planned.reason)?;
    for (index, step) in planned.plan.steps.iter().enumerate() {
        writeln!(output.answer, "  {}. {}{}", index + 1, step.name, remarks(step))?;
        for command in step.script.iter().flat_map(|command| command.lines()) {
            writeln!(output.answer, "       {command}")?;
        }
        for command in step.after_script.iter().flat_map(|command| command.lines()) {
            writeln!(output.answer, "       after: {command}")?;
        }
    }
    Ok(())
}

fn remarks(step: &Step) -> String {
    let time = step.max_seconds.map(|seconds| format!("at most {} min", seconds / 60));
    let deployment = step.deployment.as_ref().map(|name| format!("deploys to {name}"));
    let oidc = step.oidc.as_ref().map(|_| "asks for an OIDC token".to_owned());
    let remarks: Vec<String> = [time, deployment, oidc].into_iter().flatten().collect();
    if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) }
}

/// Shows why nothing runs; `run` refuses in the same words.
pub(super) fn show_refusal(refused: &Refused, output: &mut Output<'_>) -> io::Result<()> {
    output.show(refused.diagnostics())?;
    match refused {
        Refused::Invalid(_) => output.say("the file has errors, so none of its pipelines runs"),
        Refused::Unsupported(list) => {
            let lines: Vec<String> = list.iter().map(|d| d.line.to_string()).collect();
            let lines = lines.join(", ");
            output.say(&format!("refused: the pipeline needs what is not done yet (line {lines})"))
        }
        Refused::NotSelected(why) => output.say(&format!("nothing runs: {why}")),
    }
}

fn document(file: &str, planned: &Result<Planned, Refused>) -> Value {
    match planned {
        Ok(planned) => json!({
            "file": file,
            "pipeline": planned.pipeline,
            "line": planned.line,
            "reason": planned.reason,
            "steps": planned.plan.steps.iter().map(step).collect::<Vec<_>>(),
            "warnings": planned.warnings,
        }),
        Err(refused) => {
            let (kind, reason) = match refused {
                Refused::Invalid(_) => ("invalid", "the file has errors".to_owned()),
                Refused::Unsupported(_) => {
                    ("unsupported", "the pipeline needs what is not done yet".to_owned())
                }
                Refused::NotSelected(why) => ("nothing", why.to_string()),
            };
            json!({
                "file": file,
                "refused": kind,
                "reason": reason,
                "findings": refused.diagnostics(),
            })
        }
    }
}

fn step(step: &Step) -> Value {
    json!({
        "name": step.name,
        "script": step.script,
        "after_script": step.after_script,
        "max_seconds": step.max_seconds,
        "deployment": step.deployment,
        "oidc": step.oidc.is_some(),
    })
}

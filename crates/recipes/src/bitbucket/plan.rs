//! From a file and an event to a plan, or to the reasons why there is none.

use super::file::{File, Pipeline};
use super::select::{NotSelected, Selected, named, select};
use super::step;
use super::variables::{Run, defaults};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{Oidc, Plan, Step};

/// A plan, where it came from, and what will be different from Bitbucket.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The steps to run.
    pub plan: Plan,
    /// The pipeline's name in the file, `branches/main`.
    pub pipeline: String,
    /// The line of its key, from 1.
    pub line: u32,
    /// Why this pipeline.
    pub reason: String,
    /// What is not followed, though it runs.
    pub warnings: Vec<Diagnostic>,
}

/// Why there is no plan.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// The text is wrong. Bitbucket runs no pipeline of a file with an error anywhere.
    #[error("{}", headlines("the file has errors", .0))]
    Invalid(Vec<Diagnostic>),
    /// The pipeline needs what Towpath does not do yet.
    #[error("{}", headlines("the pipeline needs what Towpath does not do yet", .0))]
    Unsupported(Vec<Diagnostic>),
    /// No pipeline of the file is the one.
    #[error(transparent)]
    NotSelected(#[from] NotSelected),
}

impl Refused {
    /// The findings that the refusal rests on.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Invalid(list) | Self::Unsupported(list) => list,
            Self::NotSelected(_) => &[],
        }
    }
}

fn headlines(what: &str, diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().map(|diagnostic| format!("\n{}", diagnostic.headline()));
    format!("{what}:{}", lines.collect::<String>())
}

/// Plans what a run's event starts; with a name (`default`, `branches/main`), that pipeline instead.
pub fn plan(file: &File, run: &Run, name: Option<&str>) -> Result<Planned, Refused> {
    let errors = file.errors();
    if !errors.is_empty() {
        return Err(Refused::Invalid(errors));
    }
    let selected = match name {
        Some(name) => named(file, name)?,
        None => select(file, &run.event)?,
    };
    let found = of_this_pipeline(file, selected.pipeline);
    let (unsupported, warnings): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|diagnostic| diagnostic.severity == Severity::Unsupported);
    match unsupported.is_empty() {
        true => Ok(planned(selected, run, &file.audiences, warnings)),
        false => Err(Refused::Unsupported(unsupported)),
    }
}

/// What concerns a run of one pipeline: its own findings and those of no pipeline.
fn of_this_pipeline(file: &File, pipeline: &Pipeline) -> Vec<Diagnostic> {
    let both = file.diagnostics.iter().chain(&pipeline.diagnostics);
    let mut found: Vec<Diagnostic> = both.cloned().collect();
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    found
}

fn planned(
    selected: Selected<'_>,
    run: &Run,
    audiences: &[String],
    warnings: Vec<Diagnostic>,
) -> Planned {
    let pipeline = selected.pipeline;
    let steps = pipeline.steps.iter().enumerate();
    let steps = steps.map(|(index, step)| planned_step(step, index, run, audiences));
    Planned {
        plan: Plan { steps: steps.collect() },
        pipeline: pipeline.start.to_string(),
        line: pipeline.line,
        reason: selected.reason,
        warnings,
    }
}

fn planned_step(step: &step::Step, index: usize, run: &Run, audiences: &[String]) -> Step {
    let oidc = step.oidc.clone().map(|oidc| match oidc.audiences.is_empty() {
        true => Oidc { audiences: audiences.to_vec() },
        false => oidc,
    });
    Step {
        name: step.name.clone().unwrap_or_else(|| format!("Step {}", index + 1)),
        script: step.script.clone(),
        after_script: step.after_script.clone(),
        max_seconds: step.max_minutes.map(|minutes| minutes * 60),
        environment: defaults(run, index, step.deployment.as_deref()),
        deployment: step.deployment.clone(),
        has_secrets: false,
        oidc,
        clone: step.clone,
    }
}

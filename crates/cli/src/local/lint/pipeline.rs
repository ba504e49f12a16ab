//! A pipeline's JSON: what breaks its structure, what has no effect, and what a shell would read.

use super::free_text;
use domain::pipeline::PipelineDeclaration;
use recipes::diagnostic::Place;
use recipes::{Diagnostic, Severity, Source, document};
use serde_json::Value;

/// Everything that there is to say of it.
pub(super) fn examine(source: Source<'_>) -> Vec<Diagnostic> {
    let (declaration, above) = match declaration(source) {
        Ok(read) => read,
        Err(wrong) => return vec![wrong],
    };
    let violations = engine::structure::validate(&declaration).err().unwrap_or_default();
    let wrong = violations.iter().map(|violation| located(source, above, violation));
    let idle = engine::structure::without_effect(&declaration);
    let idle = idle.iter().map(|it| {
        let message = format!("{} has no effect here: {}", it.path, it.instead);
        warning(source, &format!("{above}{}", it.path), message, None)
    });
    let written = free_text::in_commands(&declaration).into_iter().map(|(path, variable)| {
        let message = format!(
            "{variable} is text that whoever pushes can write, and the shell would read it as part of \
             the command"
        );
        let fix = "give it to an environment variable of the action and write \"$NAME\" in the command";
        warning(source, &format!("{above}{path}"), message, Some(fix.to_owned()))
    });
    wrong.chain(idle).chain(written).collect()
}

/// The declaration and what stands above it: bare, or as the member `pipeline` of what the `aws`
/// command reads and writes.
fn declaration(source: Source<'_>) -> Result<(PipelineDeclaration, &'static str), Diagnostic> {
    #[derive(serde::Deserialize)]
    struct Wrapped {
        pipeline: PipelineDeclaration,
    }
    let wrong = |error: serde_json::Error| json_error(source, &error);
    let value: Value = serde_json::from_str(source.text).map_err(wrong)?;
    let wrapped = value.get("pipeline");
    if !wrapped.unwrap_or(&value).is_object() {
        let message =
            "a pipeline is an object, {\"name\": …}, by itself or as the member `pipeline` of one";
        let place = Place { line: 1, column: 1, width: 1 };
        return Err(source.diagnostic(Severity::Error, place, message.to_owned(), None));
    }
    if wrapped.is_none() {
        return Ok((serde_json::from_str(source.text).map_err(wrong)?, ""));
    }
    let Wrapped { pipeline } = serde_json::from_str(source.text).map_err(wrong)?;
    Ok((pipeline, "pipeline."))
}

fn warning(source: Source<'_>, path: &str, message: String, fix: Option<String>) -> Diagnostic {
    let place = document::place_of(source.text, path).unwrap_or_default();
    source.diagnostic(Severity::Warning, place, message, fix)
}

/// A violation at the place that its path names.
fn located(source: Source<'_>, above: &str, violation: &engine::Violation) -> Diagnostic {
    let place = document::place_of(source.text, &format!("{above}{}", violation.path));
    let message = format!("{}: {violation}", violation.class.as_str());
    source.diagnostic(Severity::Error, place.unwrap_or_default(), message, None)
}

/// The parser's sentence, without the place that it ends with.
fn json_error(source: Source<'_>, error: &serde_json::Error) -> Diagnostic {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let place =
        Place { line: number(error.line()), column: number(error.column()).max(1), width: 1 };
    let sentence = error.to_string();
    let message = sentence.split(" at line ").next().unwrap_or_default();
    source.diagnostic(Severity::Error, place, message, None)
}

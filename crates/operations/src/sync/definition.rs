//! The text of a file as a pipeline's declaration, or what is wrong with it and in which line.

use domain::pipeline::PipelineDeclaration;
use recipes::diagnostic::{Place, Severity, Source};
use recipes::document::{place_of, value_of};
use serde_json::{Value, json};
use wire::Service;
use wire::constraint::check;

/// Findings that a reason repeats; the others are counted.
const FINDINGS_SHOWN_MAX: usize = 5;

/// Why a text declares no pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The line of the first thing that is wrong, from 1; none where it is about the file.
    pub(super) line: Option<u32>,
    /// All of it: `ci/pipeline.yml:12:5: error: …; …`.
    pub(super) reason: String,
}

/// Reads a pipeline's JSON or YAML: bare, or as the member `pipeline` of what the `aws` command
/// reads and writes.
pub(super) fn read(source: Source<'_>, resource: &str) -> Result<PipelineDeclaration, Finding> {
    let value = value_of(source).map_err(|why| Finding {
        line: Some(why.line).filter(|it| *it > 0),
        reason: why.headline(),
    })?;
    let (above, pipeline) = match value.get("pipeline") {
        Some(pipeline) => ("pipeline.", pipeline.clone()),
        None => ("", value),
    };
    constraints(source, above, &pipeline)?;
    let declared: Result<PipelineDeclaration, _> = serde_json::from_value(pipeline);
    let declared =
        declared.map_err(|why| finding(source, vec![(String::new(), why.to_string())]))?;
    if declared.name.as_str() != resource {
        let message = format!(
            "the pipeline is called {}, and the sync configuration is of {resource}: make them one",
            declared.name
        );
        return Err(finding(source, vec![(format!("{above}name"), message)]));
    }
    match engine::structure::validate(&declared) {
        Ok(()) => Ok(declared),
        Err(violations) => {
            let found = violations.into_iter();
            let found = found.map(|it| (format!("{above}{}", it.path), it.to_string()));
            Err(finding(source, found.collect()))
        }
    }
}

/// What the model asks of `UpdatePipeline`.
fn constraints(source: Source<'_>, above: &str, pipeline: &Value) -> Result<(), Finding> {
    let operation = Service::CodePipeline.operation("UpdatePipeline").expect("it is spoken");
    let findings = check(operation.input, &json!({ "pipeline": pipeline }));
    let mut found = Vec::new();
    if let Some(mismatch) = &findings.mismatch {
        found.push((place_in_text(above, mismatch.path()), mismatch.to_string()));
    }
    for violation in &findings.violations {
        let shown = violation.shown.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
        let (path, constraint) = (&violation.path, &violation.constraint);
        let message =
            format!("value{shown} at '{path}' failed to satisfy constraint: {constraint}");
        found.push((place_in_text(above, path), message));
    }
    if found.is_empty() { Ok(()) } else { Err(finding(source, found)) }
}

/// `pipeline.stages.2.member.name`, the wire's path, as the text has it: `stages[1].name`.
fn place_in_text(above: &str, path: &str) -> String {
    let path = path.strip_prefix("pipeline.").unwrap_or_default();
    let mut parts = path.split('.').filter(|part| !part.is_empty()).peekable();
    let mut place = above.to_owned();
    while let Some(part) = parts.next() {
        match part.parse::<usize>() {
            Ok(number) if parts.next_if_eq(&"member").is_some() => {
                place += &format!("{}.", number.saturating_sub(1));
            }
            _ => place += &format!("{part}."),
        }
    }
    place
}

/// Each with its place; the first that stand in the text come first.
fn finding(source: Source<'_>, found: Vec<(String, String)>) -> Finding {
    let count = found.len();
    let located = found.into_iter().take(FINDINGS_SHOWN_MAX).map(|(path, message)| {
        let place: Place = place_of(source.text, &path).unwrap_or_default();
        source.diagnostic(Severity::Error, place, message, None)
    });
    let mut located: Vec<_> = located.collect();
    located.sort_by_key(|it| (it.line == 0, it.line, it.column));
    let line = located.first().map(|it| it.line).filter(|line| *line > 0);
    let mut reason = located.iter().map(|it| it.headline()).collect::<Vec<_>>().join("; ");
    if count > located.len() {
        reason += &format!("; and {} more", count - located.len());
    }
    Finding { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name: app
roleArn: arn:aws:iam::000000000000:role/r
artifactStore: {type: S3, location: artifacts}
stages:
- name: Source
  actions:
  - name: Fetch
    actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: '1'}
    configuration:
      ConnectionArn: arn:aws:codeconnections:us-east-1:000000000000:connection/c
      FullRepositoryId: ada/engine
      BranchName: main
    outputArtifacts: [{name: source}]
- name: Build
  actions:
  - name: Ask
    actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: '1'}
";

    fn said(text: &str) -> Result<PipelineDeclaration, Finding> {
        read(Source { name: "ci/app.yml", text }, "app")
    }

    #[test]
    fn yaml_and_json_bare_or_wrapped_say_the_same() {
        let yaml = said(GOOD).expect("it is good");
        let json = serde_json::to_string_pretty(&yaml).expect("it is JSON");
        assert_eq!(said(&json).as_ref(), Ok(&yaml));
        let wrapped = format!("{{\"pipeline\": {json}, \"metadata\": {{\"created\": 1}}}}");
        assert_eq!(said(&wrapped), Ok(yaml));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        fn check(find: &str, replace: &str, line: Option<u32>, words: &str) {
            let text = GOOD.replacen(find, replace, 1);
            assert_ne!(text, GOOD, "{find}");
            let found = said(&text).expect_err(find);
            assert_eq!(found.line, line, "{}", found.reason);
            assert!(found.reason.starts_with("ci/app.yml:"), "{}", found.reason);
            assert!(found.reason.contains(words), "{}", found.reason);
        }
        check("name: app", "name: [app", Some(2), "cannot be read");
        check("name: app", "name: other", Some(1), "the sync configuration is of app");
        check("  - name: Fetch", "  - name: 'Fe tch'", Some(7), "pattern");
        check(
            "  - name: Fetch\n",
            "  - nam: Fetch\n",
            Some(7),
            "stages.1.member.actions.1.member.name",
        );
        check(
            "artifactStore: {type: S3, location: artifacts}",
            "artifactStore: 7",
            Some(3),
            "Expected a structure",
        );
        check("- name: Build", "- name: Source", Some(14), "Source");
        check(
            "outputArtifacts: [{name: source}]",
            "outputArtifacts: []",
            Some(13),
            "outputArtifacts",
        );
    }

    #[test]
    fn a_path_of_the_wire_leads_into_the_text() {
        fn check(path: &str, expect: &str) {
            assert_eq!(place_in_text("", path), expect);
        }
        check("pipeline.stages.2.member.name", "stages.1.name.");
        check("pipeline.stages", "stages.");
        check("pipeline", "");
    }
}

//! Variables: namespaces, and references that must lead somewhere.

use super::{Found, providers};
use domain::pipeline::{ActionDeclaration, EnvironmentVariableType, PipelineDeclaration};
use domain::template::{Reference, Template};
use std::collections::{BTreeMap, BTreeSet};

/// An action with a namespace, and when it runs.
struct Producer<'a> {
    action: &'a ActionDeclaration,
    runs: (usize, u32),
}

type Namespaces<'a> = BTreeMap<&'a str, Producer<'a>>;

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    let namespaces = namespaces(declaration, found);
    for (stage, s) in declaration.stages.iter().zip(0..) {
        for (action, a) in stage.actions.iter().zip(0..) {
            let runs = (s, action.run_order());
            for (path, text) in texts(action, &format!("stages[{s}].actions[{a}]")) {
                match Template::parse(text) {
                    Err(error) => found.action(path, error.to_string()),
                    Ok(template) => {
                        let problem = |it| problem(declaration, &namespaces, action, runs, it);
                        for problem in template.references().filter_map(problem) {
                            found.action(path.clone(), problem);
                        }
                    }
                }
            }
        }
    }
}

/// The texts of an action in which variables are put.
fn texts<'a>(action: &'a ActionDeclaration, path: &str) -> Vec<(String, &'a str)> {
    let settings = action.configuration.iter().flatten();
    let settings = settings.map(|(key, it)| (format!("{path}.configuration.{key}"), it));
    let commands = action.commands().iter().zip(0..);
    let commands = commands.map(|(it, at)| (format!("{path}.commands[{at}]"), it));
    let plain = action.environment().iter().zip(0..);
    let plain = plain.filter(|(it, _)| it.r#type != Some(EnvironmentVariableType::SecretsManager));
    let plain =
        plain.map(|(it, at)| (format!("{path}.environmentVariables[{at}].value"), &it.value));
    settings.chain(commands).chain(plain).map(|(path, text)| (path, text.as_str())).collect()
}

fn namespaces<'a>(declaration: &'a PipelineDeclaration, found: &mut Found) -> Namespaces<'a> {
    let actions = declaration.stages.iter().flat_map(|stage| &stage.actions);
    let artifacts: BTreeSet<_> =
        actions.flat_map(|it| it.outputs()).map(|output| output.name.as_str()).collect();
    let mut namespaces = Namespaces::new();
    for (stage, s) in declaration.stages.iter().zip(0..) {
        for (action, a) in stage.actions.iter().zip(0..) {
            let Some(name) = action.namespace.as_deref() else { continue };
            let path = format!("stages[{s}].actions[{a}].namespace");
            if matches!(name, "codepipeline" | "variables") {
                found.action(path.clone(), format!("{name} is the pipeline's own namespace"));
            }
            if artifacts.contains(name) {
                found.action(path.clone(), format!("{name} is an artifact's name already"));
            }
            let producer = Producer { action, runs: (s, action.run_order()) };
            if namespaces.insert(name, producer).is_some() {
                found.action(path, format!("another action has the namespace {name} too"));
            }
        }
    }
    namespaces
}

/// What is wrong with a reference; `None` where nothing is.
fn problem(
    declaration: &PipelineDeclaration,
    namespaces: &Namespaces<'_>,
    action: &ActionDeclaration,
    runs: (usize, u32),
    reference: &Reference,
) -> Option<String> {
    let Reference { namespace, key } = reference;
    match namespace.as_str() {
        "codepipeline" => (key != "PipelineExecutionId")
            .then(|| format!("{reference}: codepipeline has only PipelineExecutionId")),
        "variables" => {
            let declared = declaration.variables().iter().any(|variable| variable.name == *key);
            (!declared).then(|| format!("{reference}: the pipeline declares no variable {key}"))
        }
        _ => {
            let Some(producer) = namespaces.get(namespace.as_str()) else {
                return Some(format!("{reference}: no action has the namespace {namespace}"));
            };
            producer_problem(producer, action, runs, reference)
        }
    }
}

fn producer_problem(
    producer: &Producer<'_>,
    action: &ActionDeclaration,
    runs: (usize, u32),
    reference: &Reference,
) -> Option<String> {
    let (from, key) = (&producer.action.name, &reference.key);
    if action.is_source() {
        Some(format!("{reference}: nothing runs before a source action"))
    } else if producer.runs >= runs {
        Some(format!("{reference}: action {from} runs only later, or at the same time"))
    } else if providers::gives(producer.action, key) == Some(false) {
        Some(format!("{reference}: action {from} gives no variable {key}"))
    } else {
        None
    }
}

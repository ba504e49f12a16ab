//! Variables: namespaces, and references that must lead somewhere.

use super::source_variables::never_given;
use super::{Found, Placed, placed, providers};
use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::template::{Reference, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Every namespace with the action that it belongs to.
type Namespaces<'a> = BTreeMap<&'a str, Placed<'a>>;

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    let namespaces = namespaces(declaration, found);
    for user in placed(declaration) {
        for (path, text) in texts(&user) {
            let template = match Template::parse(text) {
                Ok(template) => template,
                Err(error) => {
                    found.action(path, error.to_string());
                    continue;
                }
            };
            let problem = |it| problem(declaration, &namespaces, &user, it);
            for problem in template.references().filter_map(problem) {
                found.action(path.clone(), problem);
            }
        }
    }
}

/// The texts of an action in which variables are put.
fn texts<'a>(user: &Placed<'a>) -> Vec<(String, &'a String)> {
    let Placed { action, path, .. } = user;
    let action: &'a ActionDeclaration = action;
    let settings = action.configuration.iter().flatten().filter(|(key, _)| *key != "OAuthToken");
    let settings = settings.map(|(key, text)| (format!("{path}.configuration.{key}"), text));
    let commands = action.commands().iter().enumerate();
    let commands = commands.map(|(at, text)| (format!("{path}.commands[{at}]"), text));
    let environment = action.environment().iter().enumerate();
    let at_value = |at| format!("{path}.environmentVariables[{at}].value");
    let environment = environment.map(|(at, variable)| (at_value(at), &variable.value));
    settings.chain(commands).chain(environment).collect()
}

/// Where two actions have one namespace, the first one counts.
fn namespaces<'a>(declaration: &'a PipelineDeclaration, found: &mut Found) -> Namespaces<'a> {
    let outputs = placed(declaration).flat_map(|it| it.action.outputs());
    let artifacts: BTreeSet<_> = outputs.map(|output| output.name.as_str()).collect();
    let mut namespaces = Namespaces::new();
    for producer in placed(declaration) {
        let Some(name) = producer.action.namespace.as_deref() else { continue };
        let problem = if matches!(name, "codepipeline" | "variables") {
            Some(format!("{name} is the pipeline's own namespace"))
        } else if artifacts.contains(name) {
            Some(format!("{name} is an artifact's name already"))
        } else if namespaces.contains_key(name) {
            Some(format!("another action has the namespace {name} too"))
        } else {
            None
        };
        if let Some(problem) = problem {
            found.action(format!("{}.namespace", producer.path), problem);
        }
        namespaces.entry(name).or_insert(producer);
    }
    namespaces
}

/// What is wrong with a reference; `None` where nothing is.
fn problem(
    declaration: &PipelineDeclaration,
    namespaces: &Namespaces<'_>,
    user: &Placed<'_>,
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
        _ => match namespaces.get(namespace.as_str()) {
            Some(producer) => producer_problem(declaration, producer, user, reference),
            None => Some(format!("{reference}: no action has the namespace {namespace}")),
        },
    }
}

fn producer_problem(
    declaration: &PipelineDeclaration,
    producer: &Placed<'_>,
    user: &Placed<'_>,
    reference: &Reference,
) -> Option<String> {
    let (from, key) = (&producer.action.name, &reference.key);
    if user.action.is_source() {
        Some(format!("{reference}: nothing runs before a source action"))
    } else if producer.runs >= user.runs {
        Some(format!("{reference}: action {from} runs only later, or at the same time"))
    } else if providers::gives(producer.action, key) == Some(false) {
        Some(format!("{reference}: action {from} gives no variable {key}"))
    } else if producer.action.is_source() {
        let why = never_given(declaration, producer.action, key)?;
        Some(format!("{reference}: {why}"))
    } else {
        None
    }
}

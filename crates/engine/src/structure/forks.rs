//! Pipelines that let pull requests from forks in do nothing else, so that a stranger's code meets
//! nothing that is not for it.

use super::Found;
use domain::fork::{ForkRule, SETTING};
use domain::pipeline::{GitConfiguration, PipelineDeclaration};

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    for (source, at) in declaration.sources().zip(0..) {
        let Some(rule) = ForkRule::of(source).filter(|_| !source.brings_token()) else { continue };
        let mut triggers = declaration.triggers().iter().map(|it| &it.git_configuration);
        let trigger = triggers.find(|trigger| trigger.source_action_name == source.name);
        let problems = [of_trigger(trigger), of_sources(rule, declaration.sources().count())];
        for problem in problems.into_iter().flatten() {
            found.action(format!("stages[0].actions[{at}].configuration.{SETTING}"), problem);
        }
    }
}

/// In one pipeline the newest execution ends the one that waits: a stranger's would end ours.
fn of_trigger(trigger: Option<&GitConfiguration>) -> Option<&'static str> {
    match trigger {
        None => Some("it needs a trigger of this source action with pullRequest filters"),
        Some(trigger) if trigger.pull_request.is_none() => {
            Some("it needs pullRequest filters in the trigger of this source action")
        }
        Some(trigger) if trigger.push.is_some() => Some(
            "a pull request of anybody's would supersede pushes here; make a pipeline of its own for \
             pull requests",
        ),
        Some(_) => None,
    }
}

/// Steps read what every source brings.
fn of_sources(rule: ForkRule, sources: usize) -> Option<&'static str> {
    (rule == ForkRule::WithoutIdentity && sources > 1).then_some(
        "steps of a stranger's code could read what the other source actions bring; leave this one \
         alone in its pipeline",
    )
}

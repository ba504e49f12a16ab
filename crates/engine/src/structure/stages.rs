//! Stages and the actions in them.

use super::{Found, ViolationClass, check_role, providers};
use crate::limits::{ACTIONS_MAX, ACTIONS_PER_STAGE_MAX, STAGES_MAX, STAGES_MIN};
use domain::pipeline::{ActionDeclaration, PipelineDeclaration, StageDeclaration};
use std::collections::BTreeSet;

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    check_number(declaration, found);
    let mut names = BTreeSet::new();
    for (stage, s) in declaration.stages.iter().zip(0..) {
        let path = format!("stages[{s}]");
        if !names.insert(&stage.name) {
            found.stage(format!("{path}.name"), format!("stage {} is declared twice", stage.name));
        }
        check_stage(stage, &path, s == 0, found);
    }
}

/// The text for too few is the service's own.
fn check_number(declaration: &PipelineDeclaration, found: &mut Found) {
    let stages = declaration.stages.len();
    if stages < STAGES_MIN {
        let problem = format!(
            "Pipeline has only {stages} stage(s). There should be a minimum of {STAGES_MIN} stages in a pipeline"
        );
        found.structure("stages", problem);
    }
    if stages > STAGES_MAX {
        found.structure("stages", format!("{stages} stages; at most {STAGES_MAX} are allowed"));
    }
    let actions: usize = declaration.stages.iter().map(|stage| stage.actions.len()).sum();
    if actions > ACTIONS_MAX {
        found.structure("stages", format!("{actions} actions; at most {ACTIONS_MAX} are allowed"));
    }
}

fn check_stage(stage: &StageDeclaration, path: &str, first: bool, found: &mut Found) {
    let actions = stage.actions.len();
    if !(1..=ACTIONS_PER_STAGE_MAX).contains(&actions) {
        let problem = format!("{actions} actions; 1 to {ACTIONS_PER_STAGE_MAX} are allowed");
        found.stage(format!("{path}.actions"), problem);
    }
    let conditions = [
        ("beforeEntry", stage.before_entry.is_some()),
        ("onSuccess", stage.on_success.is_some()),
        ("onFailure", stage.on_failure.is_some()),
        ("blockers", stage.blockers.as_ref().is_some_and(|blockers| !blockers.is_empty())),
    ];
    for (member, _) in conditions.into_iter().filter(|(_, there)| *there) {
        found.stage(format!("{path}.{member}"), "not supported yet; leave it out");
    }
    let mut names = BTreeSet::new();
    for (action, a) in stage.actions.iter().zip(0..) {
        let path = format!("{path}.actions[{a}]");
        if !names.insert(&action.name) {
            let problem = format!("action {} is declared twice in this stage", action.name);
            found.action(format!("{path}.name"), problem);
        }
        check_action(action, &path, first, found);
    }
}

fn check_action(action: &ActionDeclaration, path: &str, first: bool, found: &mut Found) {
    match (first, action.is_source()) {
        (true, false) => found.stage(path, "the first stage may hold source actions only"),
        (false, true) => found.stage(path, "source actions belong into the first stage"),
        _ => {}
    }
    if let Some(role) = &action.role_arn {
        check_role(role, ViolationClass::Action, &format!("{path}.roleArn"), found);
    }
    providers::check(action, path, found);
}

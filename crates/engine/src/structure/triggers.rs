//! Triggers and their filters.

use super::Found;
use crate::limits::TRIGGERS_BYTES_MAX;
use domain::forge_event::{Slip, own_branch, own_path, own_tag};
use domain::glob::Pattern;
use domain::pipeline::{
    GitConfiguration, GitFilterCriteria, GitPullRequestFilter, GitPushFilter, PipelineDeclaration,
};
use std::collections::BTreeSet;

/// The service's own text for filters that do not go together.
const COMBINATION: &str = "The trigger configuration for the source action is not valid. \
     Make sure to choose valid filter combinations.";

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    check_size(declaration, found);
    let mut named = BTreeSet::new();
    for (trigger, t) in declaration.triggers().iter().zip(0..) {
        let (git, path) = (&trigger.git_configuration, format!("triggers[{t}].gitConfiguration"));
        let name = &git.source_action_name;
        let name_path = format!("{path}.sourceActionName");
        match declaration.sources().find(|source| source.name == *name) {
            None => {
                found.structure(name_path.clone(), format!("there is no source action {name}"));
            }
            Some(source) if source.brings_token() => {
                let problem =
                    format!("{} has no triggers; a connection has", source.action_type_id);
                found.structure(name_path.clone(), problem);
            }
            Some(_) => {}
        }
        if !named.insert(name) {
            found.structure(name_path, format!("source action {name} has a trigger already"));
        }
        check_filters(git, &path, found);
    }
}

fn check_size(declaration: &PipelineDeclaration, found: &mut Found) {
    let bytes = serde_json::to_vec(declaration.triggers()).map_or(0, |json| json.len());
    if bytes > TRIGGERS_BYTES_MAX {
        let problem = format!("the triggers have {bytes} bytes; {TRIGGERS_BYTES_MAX} are allowed");
        found.structure("triggers", problem);
    }
}

fn check_filters(git: &GitConfiguration, path: &str, found: &mut Found) {
    if git.push.is_none() && git.pull_request.is_none() {
        found.structure(path, "name push or pullRequest filters");
    }
    for (filter, at) in git.push.iter().flatten().zip(0..) {
        check_push(filter, &format!("{path}.push[{at}]"), found);
    }
    for (filter, at) in git.pull_request.iter().flatten().zip(0..) {
        check_pull_request(filter, &format!("{path}.pullRequest[{at}]"), found);
    }
    check_repeats(git.push.as_deref(), &format!("{path}.push"), found);
    check_repeats(git.pull_request.as_deref(), &format!("{path}.pullRequest"), found);
}

/// Two filters alike in one list say the same twice.
fn check_repeats<F: PartialEq>(filters: Option<&[F]>, path: &str, found: &mut Found) {
    let filters = filters.unwrap_or_default();
    for (filter, at) in filters.iter().zip(0..) {
        if let Some(first) = filters[..at].iter().position(|earlier| earlier == filter) {
            let problem = format!("the same filter stands at [{first}]; leave one of them out");
            found.structure(format!("{path}[{at}]"), problem);
        }
    }
}

/// Valid are branches, and branches with file paths; events go with either.
fn check_pull_request(filter: &GitPullRequestFilter, path: &str, found: &mut Found) {
    if filter.branches.is_none() {
        found.structure(path, COMBINATION);
    }
    check_criteria(&filter.branches, own_branch, &format!("{path}.branches"), found);
    check_criteria(&filter.file_paths, own_path, &format!("{path}.filePaths"), found);
}

/// Valid are tags, branches, and branches with file paths.
fn check_push(filter: &GitPushFilter, path: &str, found: &mut Found) {
    let (tags, branches, files) = (&filter.tags, &filter.branches, &filter.file_paths);
    match (tags.is_some(), branches.is_some(), files.is_some()) {
        (true, false, false) | (false, true, _) => {}
        _ => found.structure(path, COMBINATION),
    }
    check_criteria(tags, own_tag, &format!("{path}.tags"), found);
    check_criteria(branches, own_branch, &format!("{path}.branches"), found);
    check_criteria(files, own_path, &format!("{path}.filePaths"), found);
}

fn check_criteria(
    criteria: &Option<GitFilterCriteria>,
    own: fn(&str) -> Result<(), Slip>,
    path: &str,
    found: &mut Found,
) {
    let Some(criteria) = criteria else { return };
    if criteria.includes.is_none() && criteria.excludes.is_none() {
        found.structure(path, "name patterns to include or to exclude");
    }
    for (member, patterns) in [("includes", &criteria.includes), ("excludes", &criteria.excludes)] {
        for (text, at) in patterns.iter().flatten().zip(0..) {
            let parsed = Pattern::parse(text).map(drop).map_err(|error| error.to_string());
            let checked = own(text).map_err(|slip| slip.to_string()).and(parsed);
            if let Err(problem) = checked {
                found.structure(format!("{path}.{member}[{at}]"), problem);
            }
        }
    }
}

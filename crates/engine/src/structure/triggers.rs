//! Triggers and their filters.

use super::Found;
use domain::glob::Pattern;
use domain::pipeline::{GitConfiguration, GitFilterCriteria, GitPushFilter, PipelineDeclaration};
use std::collections::BTreeSet;

/// The service's own text for filters that do not go together.
const COMBINATION: &str = "The trigger configuration for the source action is not valid. \
     Make sure to choose valid filter combinations.";

pub(super) fn check(declaration: &PipelineDeclaration, found: &mut Found) {
    let mut named = BTreeSet::new();
    for (trigger, t) in declaration.triggers().iter().zip(0..) {
        let (git, path) = (&trigger.git_configuration, format!("triggers[{t}].gitConfiguration"));
        let name = &git.source_action_name;
        let name_path = format!("{path}.sourceActionName");
        if !declaration.sources().any(|source| source.name == *name) {
            found.structure(name_path.clone(), format!("there is no source action {name}"));
        }
        if !named.insert(name) {
            found.structure(name_path, format!("source action {name} has a trigger already"));
        }
        check_filters(git, &path, found);
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
        let path = format!("{path}.pullRequest[{at}]");
        check_criteria(&filter.branches, &format!("{path}.branches"), found);
        check_criteria(&filter.file_paths, &format!("{path}.filePaths"), found);
    }
}

/// Valid are tags, branches, and branches with file paths.
fn check_push(filter: &GitPushFilter, path: &str, found: &mut Found) {
    let (tags, branches, files) = (&filter.tags, &filter.branches, &filter.file_paths);
    match (tags.is_some(), branches.is_some(), files.is_some()) {
        (true, false, false) | (false, true, _) => {}
        _ => found.structure(path, COMBINATION),
    }
    check_criteria(tags, &format!("{path}.tags"), found);
    check_criteria(branches, &format!("{path}.branches"), found);
    check_criteria(files, &format!("{path}.filePaths"), found);
}

fn check_criteria(criteria: &Option<GitFilterCriteria>, path: &str, found: &mut Found) {
    let Some(criteria) = criteria else { return };
    if criteria.includes.is_none() && criteria.excludes.is_none() {
        found.structure(path, "name patterns to include or to exclude");
    }
    for (member, patterns) in [("includes", &criteria.includes), ("excludes", &criteria.excludes)] {
        for (text, at) in patterns.iter().flatten().zip(0..) {
            if let Err(error) = Pattern::parse(text) {
                found.structure(format!("{path}.{member}[{at}]"), error.to_string());
            }
        }
    }
}

//! Which variables a source action can give at all, by what may start its pipeline.

use crate::trigger::is_pattern;
use domain::pipeline::{ActionDeclaration, GitConfiguration, PipelineDeclaration};

/// Why no execution of the pipeline ever gets the variable from the source action; `None` where one
/// may.
pub(super) fn never_given(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
    variable: &str,
) -> Option<String> {
    let mut triggers = declaration.triggers().iter().map(|trigger| &trigger.git_configuration);
    let git = triggers.find(|git| git.source_action_name == source.name);
    let name = &source.name;
    match variable {
        "TagName" if !git.is_some_and(takes_tags) => {
            Some(format!("only a tag gives TagName, and no trigger of {name} has a filter on tags"))
        }
        "PullRequestId" | "PullRequestTitle" | "SourceBranchName" | "DestinationBranchName"
            if !git.is_some_and(takes_pull_requests) =>
        {
            Some(format!(
                "only a pull request gives {variable}, and no trigger of {name} has a pullRequest filter"
            ))
        }
        "BranchName" if git.is_some_and(takes_tags_alone) && names_pattern(source) => {
            Some(format!(
                "a tag is on no branch, and {name} tracks a pattern: name one branch in its BranchName, \
                 or write TagName here"
            ))
        }
        _ => None,
    }
}

fn takes_tags(git: &GitConfiguration) -> bool {
    git.push.iter().flatten().any(|filter| filter.tags.is_some())
}

fn takes_pull_requests(git: &GitConfiguration) -> bool {
    git.pull_request.as_ref().is_some_and(|filters| !filters.is_empty())
}

fn takes_tags_alone(git: &GitConfiguration) -> bool {
    let on_tags = git.push.iter().flatten().all(|filter| filter.tags.is_some());
    takes_tags(git) && on_tags && !takes_pull_requests(git)
}

fn names_pattern(source: &ActionDeclaration) -> bool {
    source.setting("BranchName").is_some_and(is_pattern)
}

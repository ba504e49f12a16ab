//! What people write into commits, where a pipeline's `commands` hand it to a shell. It is put there
//! before the shell reads the command, here as at CodePipeline: a quote in a message ends a string.

use domain::pipeline::PipelineDeclaration;
use domain::template::Template;

/// Variables of sources whose values are whatever somebody who may push wrote. Git allows `$`, `;`, `'`
/// and `` ` `` in the name of a branch.
const WRITTEN: [&str; 9] = [
    "AuthorDisplayName",
    "AuthorEmail",
    "AuthorId",
    "BranchName",
    "CommitMessage",
    "DestinationBranchName",
    "PullRequestTitle",
    "SourceBranchName",
    "TagName",
];

/// The commands that hold such a variable: the path of each, and the variable as it is written there.
pub(super) fn in_commands(declaration: &PipelineDeclaration) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (stage_at, stage) in declaration.stages.iter().enumerate() {
        for (action_at, action) in stage.actions.iter().enumerate() {
            for (at, command) in action.commands().iter().enumerate() {
                let path = format!("stages[{stage_at}].actions[{action_at}].commands[{at}]");
                let Ok(template) = Template::parse(command) else { continue };
                let written = template.references().filter(|it| WRITTEN.contains(&it.key.as_str()));
                found.extend(written.map(|it| (path.clone(), it.to_string())));
            }
        }
    }
    found
}

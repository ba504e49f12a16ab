//! Change detection without triggers: pushes to the branch that the source action names.

use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::reason::{HoldRule, StartRule};
use domain::template::{Reference, Template};

use super::What;

pub(super) fn judge(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
    what: What<'_>,
) -> Result<StartRule, HoldRule> {
    let action = source.name.clone();
    if source.brings_token() {
        return judge_exact(source, what);
    }
    let What::Push(git_ref) = what else {
        return Err(HoldRule::PullRequestsNeedTrigger { action });
    };
    if !detects_changes(source) {
        return Err(HoldRule::DetectionOff { action });
    }
    if git_ref.kind == RefKind::Tag {
        return Err(HoldRule::TagsNeedTrigger { action });
    }
    let branch = own_branch(declaration, source)?;
    match names(&branch, git_ref) {
        true => Ok(StartRule::SourceBranch { action, branch }),
        false => Err(HoldRule::OtherBranch { action, branch }),
    }
}

/// One branch and nothing else: whether anybody looks or tells is decided before.
fn judge_exact(source: &ActionDeclaration, what: What<'_>) -> Result<StartRule, HoldRule> {
    let (action, branch) = (source.name.clone(), source.branch().to_owned());
    match what {
        What::Push(git_ref) if *git_ref == GitRef::branch(&*branch) => {
            Ok(StartRule::SourceBranch { action, branch })
        }
        _ => Err(HoldRule::OtherBranch { action, branch }),
    }
}

/// Whether a source action that brings a token of its own wants its branch to be looked at, where
/// nothing else is declared: it does, as its reference says.
pub fn polls(source: &ActionDeclaration) -> Option<bool> {
    source.setting("PollForSourceChanges").map(|value| value != "false")
}

pub(super) fn detects_changes(source: &ActionDeclaration) -> bool {
    source.setting("DetectChanges") != Some("false")
}

/// Whether a branch's text is a pattern rather than a name.
pub(crate) fn is_pattern(branch: &str) -> bool {
    Pattern::parse(branch).is_ok_and(|pattern| !pattern.is_literal())
}

/// A name counts as it stands, a pattern as the filter that it becomes.
fn names(branch: &str, git_ref: &GitRef) -> bool {
    match Pattern::parse(branch) {
        Ok(pattern) if !pattern.is_literal() => pattern.matches(&git_ref.name),
        _ => branch == git_ref.name,
    }
}

/// The branch with defaults in the place of variables: a push brings no values.
fn own_branch(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
) -> Result<String, HoldRule> {
    let branch = source.branch();
    let default = |reference: &Reference| {
        let mut declared = declaration.variables().iter();
        let variable = declared.find(|it| it.name == reference.key)?;
        variable.default_value.as_deref().filter(|_| reference.namespace == "variables")
    };
    let Ok(template) = Template::parse(branch) else { return Ok(branch.to_owned()) };
    template
        .resolve(default)
        .map_err(|missing| HoldRule::VariableWithoutDefault { variable: missing.key })
}

//! Which pushes start a pipeline: its sources' own branches, or the filters of its triggers.
//!
//! What a delivery says is `webhooks`'s; whether a ref's head has moved is decided before this.

use domain::forge_event::{GitRef, RefKind};
use domain::glob::Pattern;
use domain::pipeline::{ActionDeclaration, GitFilterCriteria, GitPushFilter, PipelineDeclaration};
use domain::reason::{HoldRule, StartRule};
use domain::template::{Reference, Template};
use domain::{ActionName, Arn, ConnectionArn, RepositoryName};

/// A branch or tag that came to be or moved.
#[derive(Clone, Copy, Debug)]
pub struct Push<'a> {
    /// By which connection it became known.
    pub connection: &'a ConnectionArn,
    /// In which repository.
    pub repository: &'a RepositoryName,
    /// The branch or tag.
    pub git_ref: &'a GitRef,
}

/// Whether a push starts a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It does.
    Start {
        /// The source action that the push is for.
        source_action: ActionName,
        /// The rule that let it in.
        rule: StartRule,
    },
    /// It does not.
    Not(HoldRule),
}

/// A repository that a pipeline has a source action on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The source action.
    pub source_action: ActionName,
    /// The connection, as the pipeline spells it.
    pub connection: ConnectionArn,
    /// The repository, as the pipeline spells it.
    pub repository: RepositoryName,
    /// Whether a push could start the pipeline: whether a hook is needed.
    pub listens: bool,
}

/// The repositories that a pipeline has source actions on.
pub fn watches(declaration: &PipelineDeclaration) -> Vec<Watch> {
    let watch = |action: &ActionDeclaration| {
        Some(Watch {
            source_action: action.name.clone(),
            connection: ConnectionArn::new(action.setting("ConnectionArn")?),
            repository: RepositoryName::new(action.setting("FullRepositoryId")?),
            listens: listens(declaration, action),
        })
    };
    declaration.sources().filter_map(watch).collect()
}

fn listens(declaration: &PipelineDeclaration, action: &ActionDeclaration) -> bool {
    if declaration.triggers().is_empty() {
        return detects_changes(action);
    }
    let names = declaration.triggers().iter().map(|it| &it.git_configuration.source_action_name);
    names.into_iter().any(|name| *name == action.name)
}

/// Whether a push starts a pipeline. The first source action that says yes counts; where none
/// does, the first one on this repository says why.
pub fn match_push(declaration: &PipelineDeclaration, push: Push<'_>) -> Match {
    let mut hold = None;
    for source in declaration.sources().filter(|source| is_on(source, push)) {
        match match_source(declaration, source, push.git_ref) {
            Ok(rule) => return Match::Start { source_action: source.name.clone(), rule },
            Err(rule) => hold = hold.or(Some(rule)),
        }
    }
    Match::Not(hold.unwrap_or(HoldRule::OtherRepository))
}

/// Case counts in a repository's name, as the action's reference says.
fn is_on(source: &ActionDeclaration, push: Push<'_>) -> bool {
    let connection = source.setting("ConnectionArn").map(ConnectionArn::new);
    connection.is_some_and(|own| same_connection(&own, push.connection))
        && source.setting("FullRepositoryId") == Some(push.repository.as_str())
}

/// Whether two ARNs name one connection: under either of the two services' prefixes.
pub fn same_connection(one: &ConnectionArn, other: &ConnectionArn) -> bool {
    let names = |arn: &ConnectionArn| {
        let arn = Arn::parse(arn.as_str())?;
        let known = matches!(arn.service.as_str(), "codestar-connections" | "codeconnections");
        known.then_some((arn.region, arn.account, arn.resource))
    };
    one == other || names(one).is_some_and(|one| Some(one) == names(other))
}

fn match_source(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
    git_ref: &GitRef,
) -> Result<StartRule, HoldRule> {
    let action = source.name.clone();
    if declaration.triggers().is_empty() {
        return match_own_branch(declaration, source, git_ref);
    }
    let mut own = declaration.triggers().iter().map(|trigger| &trigger.git_configuration);
    let own = own.find(|trigger| trigger.source_action_name == action);
    let own = own.ok_or_else(|| HoldRule::NoTrigger { action: action.clone() })?;
    let filters = own.push.as_deref().unwrap_or_default().iter();
    let judged: Vec<_> = filters.map(|filter| match_filter(&action, filter, git_ref)).collect();
    if let Some(started) = judged.iter().find(|judged| judged.is_ok()) {
        return started.clone();
    }
    // A filter for the other kind of ref says the least about this one.
    let holds = judged.into_iter().filter_map(Result::err);
    let telling = holds.min_by_key(|rule| matches!(rule, HoldRule::KindNotNamed { .. }));
    Err(telling.unwrap_or(HoldRule::PullRequestsOnly { action }))
}

/// Change detection without triggers: pushes to the branch that the source action names.
fn match_own_branch(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
    git_ref: &GitRef,
) -> Result<StartRule, HoldRule> {
    let action = source.name.clone();
    if !detects_changes(source) {
        return Err(HoldRule::DetectionOff { action });
    }
    if git_ref.kind == RefKind::Tag {
        return Err(HoldRule::TagsNeedTrigger { action });
    }
    let branch = own_branch(declaration, source)?;
    let matched = if is_pattern(&branch) {
        pattern(&action, &branch)?.matches(&git_ref.name)
    } else {
        branch == git_ref.name
    };
    match matched {
        true => Ok(StartRule::SourceBranch { action, branch }),
        false => Err(HoldRule::OtherBranch { action, branch }),
    }
}

/// The branch with defaults in the place of variables: a push brings no values.
fn own_branch(
    declaration: &PipelineDeclaration,
    source: &ActionDeclaration,
) -> Result<String, HoldRule> {
    let branch = source.setting("BranchName").unwrap_or_default();
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

fn detects_changes(source: &ActionDeclaration) -> bool {
    source.setting("DetectChanges") != Some("false")
}

/// Whether a branch's text is a pattern rather than a name.
pub(crate) fn is_pattern(branch: &str) -> bool {
    Pattern::parse(branch).is_ok_and(|pattern| !pattern.is_literal())
}

fn match_filter(
    action: &ActionName,
    filter: &GitPushFilter,
    git_ref: &GitRef,
) -> Result<StartRule, HoldRule> {
    let criteria = match git_ref.kind {
        RefKind::Branch => filter.branches.as_ref(),
        RefKind::Tag => filter.tags.as_ref(),
    };
    let (action, name) = (action.clone(), &git_ref.name);
    let Some(criteria) = criteria else {
        return Err(HoldRule::KindNotNamed { action, git_ref: git_ref.clone() });
    };
    let pattern = match_criteria(&action, criteria, name)?;
    match filter.file_paths {
        Some(_) => Ok(StartRule::FilesUnknown { action, pattern }),
        None => Ok(StartRule::Included { action, pattern }),
    }
}

/// The pattern that includes the name. Exclusion wins; no inclusion at all includes everything.
fn match_criteria(
    action: &ActionName,
    criteria: &GitFilterCriteria,
    name: &str,
) -> Result<String, HoldRule> {
    let first_match = |patterns: &Option<Vec<String>>| -> Result<Option<String>, HoldRule> {
        for text in patterns.iter().flatten() {
            if pattern(action, text)?.matches(name) {
                return Ok(Some(text.clone()));
            }
        }
        Ok(None)
    };
    let action = action.clone();
    if let Some(pattern) = first_match(&criteria.excludes)? {
        return Err(HoldRule::Excluded { action, pattern });
    }
    match &criteria.includes {
        None => Ok("**".to_owned()),
        Some(includes) => first_match(&criteria.includes)?
            .ok_or_else(|| HoldRule::NotIncluded { action, includes: includes.clone() }),
    }
}

fn pattern(action: &ActionName, text: &str) -> Result<Pattern, HoldRule> {
    Pattern::parse(text).map_err(|error| HoldRule::PatternUnreadable {
        action: action.clone(),
        pattern: text.to_owned(),
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests;

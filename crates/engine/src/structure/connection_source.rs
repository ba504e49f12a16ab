//! What a source action by connection names: the connection, the repository, the branch.
//!
//! That they are there is found out when the action runs.

use super::Found;
use super::providers::check_boolean;
use domain::forge_event::{GitRef, RefError, own_branch};
use domain::fork::{self, ForkRule};
use domain::glob::Pattern;
use domain::pipeline::{ActionDeclaration, PipelineDeclaration};
use domain::template::{Reference, Template};
use domain::{ConnectionArn, RepositoryName};

/// Looks at one setting; what is wrong with it and what would be right.
type Check = fn(&str) -> Result<(), String>;

pub(super) fn check(action: &ActionDeclaration, path: &str, found: &mut Found) {
    let checks: [(&str, Check); 6] = [
        ("ConnectionArn", connection),
        ("FullRepositoryId", repository),
        ("BranchName", branch),
        ("OutputArtifactFormat", format),
        ("GitCloneDepth", depth),
        (fork::SETTING, fork_rule),
    ];
    for (key, check) in checks {
        if let Some(Err(problem)) = action.setting(key).map(check) {
            found.action(format!("{path}.configuration.{key}"), problem);
        }
    }
    for key in ["DetectChanges", "FetchSubmodules", "FetchLfs"] {
        check_boolean(action, key, path, found);
    }
}

/// Which repository is watched must be known before anything runs, so no variable can say it.
fn fixed(text: &str) -> Result<(), String> {
    match text.contains("#{") {
        true => Err("a variable cannot stand here, only in BranchName".to_owned()),
        false => Ok(()),
    }
}

fn connection(arn: &str) -> Result<(), String> {
    fixed(arn)?;
    let right = "write a connection's ARN, arn:aws:codeconnections:REGION:ACCOUNT:connection/ID";
    let valid = ConnectionArn::new(arn).is_valid();
    valid.then_some(()).ok_or_else(|| right.to_owned())
}

fn repository(name: &str) -> Result<(), String> {
    fixed(name)?;
    RepositoryName::new(name).check().map_err(|error| error.to_string())
}

/// A branch's name, a pattern, or either with variables of the pipeline in it. What stands around
/// variables and wildcards must be what git allows in a name, else nothing could ever match.
fn branch(text: &str) -> Result<(), String> {
    own_branch(text).map_err(|slip| slip.to_string())?;
    // A reference that cannot be read is named where all references are.
    let Ok(template) = Template::parse(text) else { return Ok(()) };
    let stands_for = |_: &_| Some("x");
    let filled = template.resolve(stands_for).unwrap_or_default();
    let special = |c: char| "*?[]{}!,\\".contains(c);
    let name = match Pattern::parse(&filled) {
        // Whoever opens a set or alternatives means a pattern.
        Err(error) if filled.contains(['[', '{']) => return Err(error.to_string()),
        Ok(pattern) if !pattern.is_literal() => filled.replace(special, "x"),
        _ => filled,
    };
    GitRef::branch(name).check().map_err(|error| match error {
        RefError::Ungrammatical { rule, .. } => {
            format!("not a branch that git allows: {rule}; write a name, a pattern or #{{variables.NAME}}")
        }
        RefError::LeadingDash(_) => {
            "it begins with `-`, which commands take for an option; rename the branch".to_owned()
        }
        other => other.to_string(),
    })
}

/// A branch that variables of the pipeline make has to be one where nobody gives another value.
pub(super) fn check_defaults(declaration: &PipelineDeclaration, found: &mut Found) {
    let variables = declaration.variables();
    let default = |name: &str| {
        let named = variables.iter().find(|variable| variable.name == name);
        named.and_then(|variable| variable.default_value.as_deref())
    };
    for (action, at) in declaration.sources().zip(0..) {
        if let Some((text, problem)) = unusable_branch(action, default) {
            let path = format!("stages[0].actions[{at}].configuration.BranchName");
            let problem = format!("with its variables' default values it is `{text}`: {problem}");
            found.action(path, problem);
        }
    }
}

/// What variables of the pipeline make of a source's branch, and why it can be none.
pub(crate) fn unusable_branch<'v>(
    source: &ActionDeclaration,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Option<(String, String)> {
    let written = source.setting("BranchName").filter(|text| text.contains("#{"))?;
    let of_pipeline = |it: &Reference| (it.namespace == "variables").then(|| value(&it.key))?;
    let filled = Template::parse(written).ok()?.resolve(of_pipeline).ok()?;
    let problem = branch(&filled).err()?;
    Some((filled, problem))
}

fn format(format: &str) -> Result<(), String> {
    match format {
        "CODE_ZIP" | "CODEBUILD_CLONE_REF" => Ok(()),
        _ => Err("write CODE_ZIP or CODEBUILD_CLONE_REF".to_owned()),
    }
}

fn fork_rule(text: &str) -> Result<(), String> {
    ForkRule::read(text).map(drop)
}

/// CodeBuild's own word for it; 0 is everything there, too.
fn depth(text: &str) -> Result<(), String> {
    let right = "write a whole number of commits, or 0 for the whole history";
    text.parse::<u32>().map(drop).map_err(|_| right.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_name_a_pattern_or_either_with_variables() {
        for good in [
            "main",
            "feature/x",
            "feature/*",
            "**/x",
            "release-[0-9]",
            "{main,next}",
            "#{variables.Branch}",
            "feature/#{variables.Name}",
            "#{variables.Team}/*",
        ] {
            assert_eq!(branch(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_no_branch_can_be_called_says_why() {
        fn check(text: &str, expect: &str) {
            let said = branch(text).expect_err(text);
            assert!(said.contains(expect), "{text}: {said}");
        }
        check("-evil", "begins with `-`");
        check("-*", "begins with `-`");
        check("refs/heads/main", "write the branch's own name, main,");
        check("refs/tags/v1", "no branch");
        check("HEAD", "no branch");
        check("a b", "spaces");
        check("a..b", "two dots");
        check("a.lock", ".lock");
        check("/main", "no / at its ends");
        check("feature/ *", "spaces");
        check("[a", "never closed");
        check("{main,develop", "never closed");
        check("{a,{b}}", "cannot be nested");
        check("gl-[z-a]", "runs backwards");
        check("a~#{variables.N}", "~^:?*[");
    }

    #[test]
    fn where_no_variable_can_stand_it_is_said() {
        for check in [connection, repository] {
            let said = check("#{variables.X}").expect_err("it is refused");
            assert!(said.contains("only in BranchName"), "{said}");
        }
    }
}

//! Policies of users, groups and roles: permissions that reach further than their author may know.

use super::{Lint, Rule, at};
use crate::policy::{Effect, Policy, Statement};

/// Looks at the permissions of a user, group or role.
pub fn lint_permissions(policy: &Policy) -> Vec<Lint> {
    let allows = policy.statements.iter().filter(|it| it.effect == Effect::Allow);
    allows.filter_map(widest).collect()
}

/// The widest thing about a statement.
fn widest(statement: &Statement) -> Option<Lint> {
    let everything = |list: &[String]| list.iter().any(|it| it == "*" || it == "*:*");
    let resources = statement.resources.as_ref();
    let anywhere = resources.is_some_and(|it| !it.negated && everything(&it.written()));
    let free = statement.conditions.is_empty();
    let actions = &statement.actions;
    let all_but = actions.negated || resources.is_some_and(|it| it.negated);
    if !actions.negated && everything(&actions.written()) && anywhere && free {
        let fix = "name the actions and the resources that are needed";
        return Some(at(statement, Rule::Everything, "every action on everything is allowed", fix));
    }
    if all_but && free {
        let message = "this allows all but what is named, also what does not exist yet";
        return Some(at(statement, Rule::AllBut, message, "name what is needed instead"));
    }
    let passes = actions.names(|glob| glob.matches("iam:passrole"));
    let bound = statement.conditions.iter().any(|it| it.folded_key == "iam:passedtoservice");
    let message = "any role may be passed to any service";
    let fix = "name the role's ARN, and add \"StringEquals\": {\"iam:PassedToService\": \"codepipeline.amazonaws.com\"}";
    (passes && anywhere && !bound).then(|| at(statement, Rule::AnyRole, message, fix))
}

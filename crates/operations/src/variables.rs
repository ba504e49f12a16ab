//! Variables of bitbucket-pipelines.yml: of a workspace, of a repository, and of one of its
//! deployments, each over the one before. A secured one is shown to nobody but the steps.

use domain::AccountId;
use recipes::bitbucket::variables::{Scope, check_name};
use store::{Kept, Key, VariableRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::VARIABLES_MAX;
use crate::refusal::Refused;
use crate::sealed::{Sealed, SealedMember, seal};
use crate::table::operation;

/// The variables of one scope.
pub fn of_scope(account: &AccountId, scope: &Scope) -> store::Query {
    VariableRow::of_scope(account, &scope.to_string(), VARIABLES_MAX)
}

/// Where the value of a variable lies.
pub fn kept(row: &VariableRow) -> Kept {
    let (account, scope, name) = (row.account.clone(), row.scope.clone(), row.name.clone());
    Kept::Variable { account, scope, name }
}

/// The ARN of a variable.
pub fn arn(caller: &Caller, row: &VariableRow) -> String {
    let scope = row.scope.replace(' ', "/");
    caller.arn("towpath", &format!("variable/{scope}/{}", row.name))
}

/// The scope that a call names.
fn scope(named: &shapes::VariableScope) -> Result<Scope, Refused> {
    let repository = named.repository.as_ref().filter(|name| name.contains('/'));
    match (&named.workspace, repository, &named.deployment) {
        (Some(workspace), None, None) if named.repository.is_none() => {
            Ok(Scope::Workspace(workspace.clone()))
        }
        (None, Some(repository), None) => Ok(Scope::Repository(repository.clone())),
        (None, Some(repository), Some(deployment)) => Ok(Scope::deployment(repository, deployment)),
        _ => Err(AwsError::validation(
            "Name a workspace, or a repository as owner/name, or a repository and one of its \
             deployments.",
        )),
    }
}

/// As policies name what the scope has: `variable/workspace/OWNER`, `variable/repository/OWNER/NAME`,
/// `variable/deployment/OWNER/NAME/ENVIRONMENT`.
fn resource(caller: &Caller, named: &shapes::VariableScope) -> String {
    let scope = scope(named).map_or_else(|_| "none".to_owned(), |scope| scope.to_string());
    caller.arn("towpath", &format!("variable/{}", scope.replace(' ', "/")))
}

fn key(caller: &Caller, named: &shapes::VariableScope, name: &String) -> Option<Key> {
    scope(named).ok().map(|scope| VariableRow::at(caller.account(), &scope.to_string(), name))
}

operation! {
    /// `towpath:PutVariable`: secured unless it is said not to be.
    Put: shapes::PutVariableInput => shapes::PutVariableOutput;
    resource(caller, input) { resource(caller, &input.scope) }
    wants(caller, input, _) {
        let row = key(caller, &input.scope, &input.name).map(Want::from);
        let all = scope(&input.scope).ok().map(|scope| of_scope(caller.account(), &scope).into());
        row.into_iter().chain(all).collect()
    }
    decide(caller, input, view, now, mut changes) {
        let scope = scope(&input.scope)?;
        check_name(&input.name).map_err(|invalid| AwsError::validation(invalid.to_string()))?;
        check_count(caller, (&scope, &input.name), view)?;
        let mut row = VariableRow {
            account: caller.account().clone(),
            scope: scope.to_string(),
            name: input.name.clone(),
            sealed_value: Vec::new(),
            created: now.at,
            secured: input.secured.unwrap_or(true),
        };
        row.sealed_value = seal(caller, &kept(&row), &input.value)?;
        changes.put(view, row);
        Ok((changes, shapes::PutVariableOutput::default()))
    }
}

fn check_count(
    caller: &Caller,
    (scope, name): (&Scope, &String),
    view: &View,
) -> Result<(), Refused> {
    let there = view
        .row::<VariableRow>(VariableRow::at(caller.account(), &scope.to_string(), name))
        .is_some();
    let all = view.list::<VariableRow>(&of_scope(caller.account(), scope)).len() as i64;
    match !there && all >= VARIABLES_MAX {
        true => {
            Err(AwsError::validation(format!("There are {VARIABLES_MAX} variables, the most.")))
        }
        false => Ok(()),
    }
}

operation! {
    /// `towpath:ListVariables`, by name.
    List: shapes::ListVariablesInput => Sealed<shapes::ListVariablesOutput>;
    resource(caller, input) { resource(caller, &input.scope) }
    wants(caller, input, _) {
        let all = scope(&input.scope).ok().map(|scope| of_scope(caller.account(), &scope).into());
        all.into_iter().collect()
    }
    decide(caller, input, view, _, changes) {
        let scope = scope(&input.scope)?;
        let rows = view.list::<VariableRow>(&of_scope(caller.account(), &scope));
        let shown = rows.iter().enumerate().filter(|(_, row)| !row.secured);
        let secrets = shown.map(|(at, row)| {
            SealedMember::new(format!("/variables/{at}/value"), kept(row), &row.sealed_value)
        });
        let secrets = secrets.collect();
        let shape = |row: &&VariableRow| shapes::Variable {
            name: row.name.clone(),
            secured: row.secured,
            updated_at: row.created.into(),
            value: None,
        };
        let variables = rows.iter().map(shape).collect();
        Ok((changes, Sealed { output: shapes::ListVariablesOutput { variables }, secrets }))
    }
}

operation! {
    /// `towpath:DeleteVariable`.
    Delete: shapes::DeleteVariableInput => shapes::DeleteVariableOutput;
    resource(caller, input) { resource(caller, &input.scope) }
    wants(caller, input, _) {
        key(caller, &input.scope, &input.name).map(Want::from).into_iter().collect()
    }
    decide(caller, input, view, _, mut changes) {
        let row = VariableRow::at(caller.account(), &scope(&input.scope)?.to_string(), &input.name);
        if view.row::<VariableRow>(row.clone()).is_none() {
            let message = format!("There is no variable {} there.", input.name);
            return Err(AwsError::refused("ResourceNotFoundException", message));
        }
        changes.delete::<VariableRow>(view, row);
        Ok((changes, shapes::DeleteVariableOutput::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_one_of_three() {
        let named = |workspace: Option<&str>,
                     repository: Option<&str>,
                     deployment: Option<&str>| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let (workspace, repository) = (text(workspace), text(repository));
            scope(&shapes::VariableScope { workspace, repository, deployment: text(deployment) })
                .ok()
                .map(|scope| scope.to_string())
        };
        assert_eq!(named(Some("ada"), None, None).as_deref(), Some("workspace ada"));
        assert_eq!(named(None, Some("ada/engine"), None).as_deref(), Some("repository ada/engine"));
        let deployment = named(None, Some("ada/engine"), Some("Production (EU)"));
        assert_eq!(deployment.as_deref(), Some("deployment ada/engine production-eu"));
        assert_eq!(named(None, None, Some("x")), None);
        assert_eq!(named(Some("ada"), Some("ada/engine"), None), None);
        assert_eq!(named(None, Some("engine"), None), None);
        let scopes = Scope::of_step("ada/engine", Some("Production (EU)"));
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        assert_eq!(scopes, ["workspace ada", "repository ada/engine", &*deployment.expect("one")]);
    }
}

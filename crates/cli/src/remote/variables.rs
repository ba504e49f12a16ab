//! `towpath variables`: those of bitbucket-pipelines.yml, of a workspace, a repository or a deployment.

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand};
use serde_json::Value;
use wire::Service;
use wire::towpath::{
    DeleteVariableInput, DeleteVariableOutput, ListVariablesInput, PutVariableInput,
    PutVariableOutput, VariableScope,
};

use super::table::{self, fields, moment, text};
use super::{Client, Folder, Output, secret_file};
use crate::limits::VARIABLE_BYTES_MAX;

/// Flags of `variables`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The variables of a scope; secured ones without their values
    List {
        #[command(flatten)]
        scope: Scope,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Set a variable; its value is read from a file or from standard input, never from the command line
    Set {
        /// Its name in the environment of steps
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        scope: Scope,
        /// The file that holds its value; `-` is standard input. Line ends at its end are no part of it
        #[arg(long, value_name = "FILE", default_value = "-")]
        value_file: PathBuf,
        /// Show it in lists and logs
        #[arg(long)]
        unsecured: bool,
    },
    /// Remove a variable
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        scope: Scope,
    },
}

/// What variables belong to.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("owner").required(true).args(["workspace", "group", "repository"])))]
struct Scope {
    /// All repositories of an owner
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    workspace: Option<String>,
    /// All repositories of a group of GitLab's that lies in another
    #[arg(long, value_name = "GROUP/GROUP")]
    group: Option<String>,
    /// One repository
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// Its steps that deploy to this environment
    #[arg(long, value_name = "ENVIRONMENT", requires = "repository")]
    deployment: Option<String>,
}

impl Scope {
    fn named(self) -> VariableScope {
        let Self { workspace, group, repository, deployment } = self;
        VariableScope { workspace: workspace.or(group), repository, deployment }
    }
}

/// An owner. Whoever writes a repository there means that one alone.
fn owner(text: &str) -> Result<String, String> {
    match text.contains('/') {
        true => Err(format!(
            "{text} is no owner: write --repository {text} for the variables of one repository, or --group {text} \
             for those of a group of GitLab's"
        )),
        false => Ok(text.to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
/// The value cannot be read, the server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List { scope, json } => list(&client, scope.named(), json, out).await,
        Action::Set { name, scope, value_file, unsecured } => {
            let value = secret_file::read(&value_file, "the value", VARIABLE_BYTES_MAX)?;
            let (scope, secured) = (scope.named(), Some(!unsecured));
            let input = PutVariableInput { scope, name: name.clone(), value, secured };
            let _: PutVariableOutput = client.call(Service::Towpath, "PutVariable", &input).await?;
            Ok(fields(out.answer, &[("set", name)])?)
        }
        Action::Remove { name, scope } => {
            let input = DeleteVariableInput { scope: scope.named(), name: name.clone() };
            let _: DeleteVariableOutput =
                client.call(Service::Towpath, "DeleteVariable", &input).await?;
            Ok(fields(out.answer, &[("removed", name)])?)
        }
    }
}

async fn list(
    client: &Client,
    scope: VariableScope,
    json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let input = ListVariablesInput { scope };
    let found: Value = client.call(Service::Towpath, "ListVariables", &input).await?;
    if json {
        return Ok(out.json(&found)?);
    }
    let all = found["variables"].as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        return Ok(out.say("no variables")?);
    }
    let row = |row: &Value| {
        let value =
            if row["secured"] == true { "(secured)".to_owned() } else { text(row, "value") };
        vec![text(row, "name"), value, moment(row, "updatedAt")]
    };
    let all: Vec<Vec<String>> = all.iter().map(row).collect();
    Ok(table::write(out.answer, &["NAME", "VALUE", "SET"], &all)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(scope: &[&str]) -> Result<VariableScope, String> {
        let words = ["variables", "list"].into_iter().chain(scope.iter().copied());
        let parsed = Command::try_parse_from(words).map_err(|refused| refused.to_string())?;
        let Action::List { scope, .. } = parsed.arguments.action else { unreachable!("it lists") };
        Ok(scope.named())
    }

    #[test]
    fn a_repository_in_an_owners_place_is_refused_with_what_would_be_right() {
        let refused = parse(&["--workspace", "team/site"]).expect_err("it is no owner");
        assert!(refused.contains("--repository team/site"), "{refused}");
        assert!(refused.contains("--group team/site"), "{refused}");
        let workspace = |scope: &[&str]| parse(scope).expect("a scope").workspace;
        assert_eq!(workspace(&["--workspace", "team"]).as_deref(), Some("team"));
        assert_eq!(workspace(&["--group", "team/sub"]).as_deref(), Some("team/sub"));
    }
}

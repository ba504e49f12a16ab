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
#[command(group(ArgGroup::new("owner").required(true).args(["workspace", "repository"])))]
struct Scope {
    /// All repositories of an owner
    #[arg(long, value_name = "OWNER")]
    workspace: Option<String>,
    /// One repository
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// Its steps that deploy to this environment
    #[arg(long, value_name = "ENVIRONMENT", requires = "repository")]
    deployment: Option<String>,
}

impl Scope {
    fn named(self) -> VariableScope {
        let Self { workspace, repository, deployment } = self;
        VariableScope { workspace, repository, deployment }
    }

    /// Whoever writes a repository where an owner belongs is told so: it may be a group of GitLab's.
    fn note(&self) -> Option<String> {
        let group = self.workspace.as_ref().filter(|owner| owner.contains('/'))?;
        Some(format!(
            "repositories of the group {group} have it; one repository is named with --repository"
        ))
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
            let (scope, note) = (scope.clone().named(), scope.note());
            let secured = Some(!unsecured);
            let input = PutVariableInput { scope, name: name.clone(), value, secured };
            let _: PutVariableOutput = client.call(Service::Towpath, "PutVariable", &input).await?;
            let said: Vec<_> =
                [("set", name)].into_iter().chain(note.map(|it| ("note", it))).collect();
            Ok(fields(out.answer, &said)?)
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

//! `towpath accounts`: the accounts of a server, and the policies above them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use domain::AccountId;
use serde_json::Value;
use wire::Service;
use wire::towpath::{
    CreateAccountInput, DeleteOrganisationPolicyInput, ListAccountsInput,
    ListOrganisationPoliciesInput, PutOrganisationPolicyInput,
};

use super::table::{self, fields, moment, text};
use super::{Client, Folder, Output};

/// Flags of `accounts`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The server's accounts
    List {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Another account; its first key is shown this once
    Create {
        /// Twelve digits; made where left out
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// What people call it
        #[arg(long)]
        alias: Option<String>,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// The policies above accounts
    Policies {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Put a policy above an account, or above every one
    PutPolicy {
        /// The account's id, or '*'
        target: String,
        /// The policy's name
        name: String,
        /// The document
        file: PathBuf,
        /// It bears on the account's resources instead of its callers
        #[arg(long)]
        on_resources: bool,
    },
    /// Take a policy above accounts away
    DeletePolicy {
        /// The account's id, or '*'
        target: String,
        /// The policy's name
        name: String,
    },
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, a file cannot be read, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List { json } => {
            let input = ListAccountsInput::default();
            let found: Value = client.call(Service::Towpath, "ListAccounts", &input).await?;
            if json { Ok(out.json(&found)?) } else { show(&found, out) }
        }
        Action::Create { id, alias, json } => {
            let input = CreateAccountInput { account_id: id.map(AccountId::new), alias };
            let made: Value = client.call(Service::Towpath, "CreateAccount", &input).await?;
            if json { Ok(out.json(&made)?) } else { show_made(&made, out) }
        }
        Action::Policies { json } => {
            let input = ListOrganisationPoliciesInput::default();
            let found: Value =
                client.call(Service::Towpath, "ListOrganisationPolicies", &input).await?;
            if json { Ok(out.json(&found)?) } else { show_policies(&found, out) }
        }
        Action::PutPolicy { target, name, file, on_resources } => {
            let policy = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let on_resources = Some(on_resources);
            let input =
                PutOrganisationPolicyInput { target, policy_name: name, policy, on_resources };
            let _: Value = client.call(Service::Towpath, "PutOrganisationPolicy", &input).await?;
            Ok(fields(out.answer, &[("put", input.policy_name)])?)
        }
        Action::DeletePolicy { target, name } => {
            let input = DeleteOrganisationPolicyInput { target, policy_name: name };
            let operation = "DeleteOrganisationPolicy";
            let _: Value = client.call(Service::Towpath, operation, &input).await?;
            Ok(fields(out.answer, &[("deleted", input.policy_name)])?)
        }
    }
}

fn show(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let row =
        |row: &Value| vec![text(row, "accountId"), text(row, "alias"), moment(row, "createdAt")];
    let rows: Vec<_> = found["accounts"].as_array().into_iter().flatten().map(row).collect();
    Ok(table::write(out.answer, &["ACCOUNT", "ALIAS", "CREATED"], &rows)?)
}

/// The lines are those of a profile in the shared-credentials format.
fn show_made(made: &Value, out: &mut Output<'_>) -> Result<()> {
    out.line(&format!("[{}]", text(made, "accountId")))?;
    out.line(&format!("aws_access_key_id = {}", text(made, "accessKeyId")))?;
    out.line(&format!("aws_secret_access_key = {}", text(made, "secretAccessKey")))?;
    Ok(out.say("keep the secret now: it is not shown again")?)
}

fn show_policies(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let bears = |row: &Value| if row["onResources"] == true { "resources" } else { "callers" };
    let row =
        |row: &Value| vec![text(row, "target"), text(row, "policyName"), bears(row).to_owned()];
    let rows: Vec<_> = found["policies"].as_array().into_iter().flatten().map(row).collect();
    Ok(table::write(out.answer, &["ABOVE", "POLICY", "BEARS ON"], &rows)?)
}

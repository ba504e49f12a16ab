//! `towpath keys`: access keys of the account.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use wire::Service;
use wire::towpath::{
    CreateAccessKeyInput, CreateAccessKeyOutput, DeleteAccessKeyInput, DeleteAccessKeyOutput,
    ListSealingKeysOutput, SealingKey,
};

use super::listing::{ListFlags, Listing};
use super::table::{self, fields, moment, text};
use super::{Client, Folder, Output};

/// Flags of `keys`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The account's keys, without their secrets
    List(ListFlags),
    /// A new key; its secret is shown this once
    Create {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// The keys that secrets are sealed with, by name, and how many rows are still to be sealed anew
    Sealing {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// A new key that seals from now on; what the others sealed is sealed anew while the server goes on
    RotateSealing {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: the next call signed with it is refused
    Delete {
        /// AKIA…
        #[arg(value_name = "KEY")]
        key: String,
    },
}

static KEYS: Listing = Listing {
    service: Service::Towpath,
    operation: "ListAccessKeys",
    member: "accessKeys",
    columns: &[
        ("KEY", |row| text(row, "accessKeyId")),
        ("CREATED", |row| moment(row, "createdAt")),
    ],
    nothing: "no keys",
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => KEYS.show(&client, json!({}), &flags, out).await,
        Action::Create { json } => create(&client, json, out).await,
        Action::Sealing { json } => sealing(&client, "ListSealingKeys", json, out).await,
        Action::RotateSealing { json } => sealing(&client, "RotateSealingKey", json, out).await,
        Action::Delete { key } => delete(&client, &key, out).await,
    }
}

async fn create(client: &Client, json: bool, out: &mut Output<'_>) -> Result<()> {
    let input = CreateAccessKeyInput::default();
    let made: Value = client.call(Service::Towpath, "CreateAccessKey", &input).await?;
    if json {
        return Ok(out.json(&made)?);
    }
    let key: CreateAccessKeyOutput = serde_json::from_value(made)?;
    // The two lines are what a profile of the shared-credentials format holds.
    let (id, secret) = (key.access_key_id, key.secret_access_key);
    out.line(&format!("aws_access_key_id = {id}"))?;
    out.line(&format!("aws_secret_access_key = {}", secret.expose()))?;
    Ok(out.say("keep the secret now: it is not shown again")?)
}

async fn sealing(
    client: &Client,
    operation: &'static str,
    json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let found: Value = client.call(Service::Towpath, operation, &json!({})).await?;
    if json {
        return Ok(out.json(&found)?);
    }
    let found: ListSealingKeysOutput = serde_json::from_value(found)?;
    let row = |key: &SealingKey| {
        let seals = if key.seals { "seals" } else { "opens" };
        vec![key.key_id.clone(), seals.to_owned()]
    };
    let rows: Vec<_> = found.keys.iter().map(row).collect();
    table::write(out.answer, &["KEY", "STATE"], &rows)?;
    Ok(out.say(&format!("{} rows are still to be sealed anew", found.waiting))?)
}

async fn delete(client: &Client, key: &str, out: &mut Output<'_>) -> Result<()> {
    let input = DeleteAccessKeyInput { access_key_id: key.into() };
    let _: DeleteAccessKeyOutput = client.call(Service::Towpath, "DeleteAccessKey", &input).await?;
    Ok(fields(out.answer, &[("deleted", key.to_owned())])?)
}

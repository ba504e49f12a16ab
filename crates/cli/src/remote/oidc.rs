//! `towpath oidc`: the issuer of the account, and the keys that its steps' tokens are signed with; who
//! takes tokens here is in `relying_parties.rs`. Of `explain` and `setup`, which need no server for
//! most of what they do, only the words of the command line are here; what they ask of one is in
//! `evidence.rs`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;
use wire::Service;
use wire::towpath::{ListSigningKeysInput, RotateSigningKeysInput};

use super::table::{self, fields, moment, text};
use super::{Client, Folder, Output, evidence, relying_parties};
use crate::local;

/// Flags of `oidc`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The account's issuer and its keys: which sign, which come next
    Keys {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// New keys: published at once, signing in an hour
    Rotate {
        /// Withdraw the present keys at once, with every token that they signed
        #[arg(long)]
        revoke: bool,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Apps of Azure, providers and service accounts of Google that this server plays
    #[command(subcommand)]
    Parties(relying_parties::Action),
    /// Which condition refuses a token, and the narrowest fix; needs a server for --pipeline and
    /// --role alone
    Explain(local::ExplainArgs),
    /// What to set at AWS, Azure, Google or Vault, as commands or as Terraform; needs a server for
    /// --pipeline alone
    #[command(subcommand)]
    Setup(local::SetupArgs),
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<ExitCode> {
    let open = || Client::open(&arguments.folder);
    let (found, json): (Value, bool) = match arguments.action {
        Action::Explain(flags) => return explain(&arguments.folder, flags, out).await,
        Action::Setup(mut flags) => {
            if flags.tokens_mut().pipeline.is_some()
                && let Err(cause) = complete(&arguments.folder, &mut flags).await
            {
                return unread(&cause, out);
            }
            return Ok(local::set_up(&flags));
        }
        Action::Parties(action) => {
            relying_parties::run(&open()?, action, out).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Action::Keys { json } => {
            let input = ListSigningKeysInput::default();
            (open()?.call(Service::Towpath, "ListSigningKeys", &input).await?, json)
        }
        Action::Rotate { revoke, json } => {
            let input = RotateSigningKeysInput { revoke: Some(revoke) };
            (open()?.call(Service::Towpath, "RotateSigningKeys", &input).await?, json)
        }
    };
    if json {
        out.json(&found)?
    } else {
        show(&found, out)?
    }
    Ok(ExitCode::SUCCESS)
}

/// Explains, with what the server knows where the flags name something of it.
async fn explain(
    folder: &Folder,
    mut flags: local::ExplainArgs,
    out: &mut Output<'_>,
) -> Result<ExitCode> {
    flags.take_role_for_policy();
    match pieces(folder, &flags).await {
        Ok(pieces) => Ok(local::explain(&flags, pieces)),
        Err(cause) => unread(&cause, out),
    }
}

async fn pieces(folder: &Folder, flags: &local::ExplainArgs) -> Result<Vec<local::Piece>> {
    match flags.pipeline.is_some() || flags.role.is_some() {
        true => evidence::pieces(&Client::open_as_named(folder)?, flags).await,
        false => Ok(Vec::new()),
    }
}

async fn complete(folder: &Folder, flags: &mut local::SetupArgs) -> Result<()> {
    evidence::complete(&Client::open_as_named(folder)?, flags).await
}

/// The server has not said it: that is neither a yes nor a no.
fn unread(cause: &anyhow::Error, out: &mut Output<'_>) -> Result<ExitCode> {
    out.say(&format!("{cause:#}"))?;
    Ok(ExitCode::from(local::REFUSED))
}

fn show(found: &Value, out: &mut Output<'_>) -> Result<()> {
    fields(out.answer, &[("issuer", text(found, "issuer"))])?;
    let keys = found["keys"].as_array().cloned().unwrap_or_default();
    let row = |key: &Value| {
        let texts = ["keyId", "algorithm", "state"].map(|member| text(key, member));
        let moments = ["notBefore", "notAfter"].map(|member| moment(key, member));
        texts.into_iter().chain(moments).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
    Ok(table::write(out.answer, &["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"], &rows)?)
}

//! `towpath console link`: a new sign-in link.

use anyhow::Result;
use clap::{Args, Subcommand};
use wire::Service;
use wire::towpath::{CreateConsoleLinkInput, CreateConsoleLinkOutput};

use super::{Client, Folder, Output};

/// Flags of `console`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// A link that signs in once; open it in a browser
    Link {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command. The answer is the link alone, so that a script can open it.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let Action::Link { json } = arguments.action;
    let client = Client::open(&arguments.folder)?;
    let input = CreateConsoleLinkInput::default();
    let link: CreateConsoleLinkOutput =
        client.call(Service::Towpath, "CreateConsoleLink", &input).await?;
    if json {
        return Ok(out.json(&link)?);
    }
    out.line(&link.url)?;
    Ok(out.say(&format!("it works once, until {}", link.expires_at.0.rfc3339()))?)
}

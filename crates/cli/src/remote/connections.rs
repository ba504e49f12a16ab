//! `towpath connections`: list, show, create, and the handshake that makes one AVAILABLE.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use domain::{ConnectionArn, HostArn};
use serde_json::{Value, json};
use wire::Service;
use wire::codeconnections::{
    Connection, ConnectionStatus, CreateConnectionInput, CreateConnectionOutput,
    GetConnectionInput, GetConnectionOutput, ProviderType, SyncType,
};
use wire::towpath::{StartConnectionHandshakeInput, StartConnectionHandshakeOutput};

use super::listing::{ListFlags, Listing};
use super::syncs::Sync;
use super::table::text;
use super::{Client, Folder, Output, health, shares, syncs};
use crate::limits::{AUTHORIZE_PAUSE, AUTHORIZE_TIME_MAX};

/// Flags of `connections`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The account's connections, and what is missing where one does not work
    List(ListFlags),
    /// A new connection, PENDING until it is authorized; prints its ARN
    Create(Create),
    /// One connection: its status, the step that is missing and who must take it, its hooks, and
    /// until when its forge is left alone
    Show {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// What the authorised account may do in a repository, before a pipeline relies on it; exits 0
    /// only if it may do all that pipelines need
    Test {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// The repository
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// The account's repository links, on which syncs rest
    Links(ListFlags),
    /// Link a repository by a connection; prints the link's id
    Link {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// The repository
        #[arg(value_name = "OWNER/NAME")]
        repository: String,
    },
    /// Remove a repository link
    Unlink {
        /// Its id
        #[arg(value_name = "LINK")]
        link: String,
    },
    /// What is kept in step with files of linked repositories, how that went, and what blocks it
    Syncs(ListFlags),
    /// One resource that is kept in step: the steps of its last sync, and its blockers
    Sync {
        /// The pipeline's or the stack's name
        #[arg(value_name = "RESOURCE")]
        resource: String,
        /// What it is
        #[arg(long, value_parser = sync_type, default_value = "CODEPIPELINE_SYNC")]
        r#type: SyncType,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Ask the forge for the connection's webhooks now: what is missing is registered again, and
    /// what was pushed meanwhile starts what it should have
    Repair {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
    },
    /// Replace the secrets of a connection's hooks; those before verify on for a day
    RotateHookSecrets {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// Replace none: those before verify no longer, at once
        #[arg(long)]
        end_overlap: bool,
    },
    /// Let other accounts use the connection, as far as their own policies allow it; replaces the
    /// policy on it
    Share {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// An account's id, or the ARN of a role or user
        #[arg(long, value_name = "ACCOUNT", required = true)]
        with: Vec<String>,
    },
    /// Share the connection with nobody any more
    Unshare {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
    },
    /// Print the link at which a person authorizes a connection, and wait until it is AVAILABLE
    Authorize {
        /// The connection, by its ARN or its name
        #[arg(value_name = "CONNECTION")]
        connection: String,
        /// Print the link and leave
        #[arg(long)]
        no_wait: bool,
    },
}

#[derive(Args, Clone, Debug)]
struct Create {
    /// Its name
    name: String,
    /// The provider, where it is one place for everybody
    #[arg(long, value_parser = provider, required_unless_present = "host", conflicts_with = "host")]
    provider: Option<ProviderType>,
    /// The host's ARN, for a forge that an organisation runs itself
    #[arg(long, value_name = "ARN")]
    host: Option<String>,
}

fn provider(text: &str) -> Result<ProviderType, serde_json::Error> {
    serde_json::from_value(Value::from(text))
}

fn sync_type(text: &str) -> Result<SyncType, serde_json::Error> {
    serde_json::from_value(Value::from(text))
}

static CONNECTIONS: Listing = Listing {
    service: Service::CodeConnections,
    operation: "ListConnections",
    member: "Connections",
    columns: &[
        ("NAME", |row| text(row, "ConnectionName")),
        ("PROVIDER", |row| text(row, "ProviderType")),
        ("STATUS", |row| text(row, "ConnectionStatus")),
        ("ARN", |row| text(row, "ConnectionArn")),
        ("MISSING", |row| text(row, "StatusMessage")),
    ],
    nothing: "no connections; `towpath connections create` makes one",
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, nobody authorized the connection in time, or the output
/// is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => CONNECTIONS.show(&client, json!({}), &flags, out).await,
        Action::Create(flags) => create(&client, flags, out).await,
        Action::Show { connection, json } => {
            let arn = find(&client, &connection).await?;
            // A source action that brings a token of its own is no connection; how it fares is told.
            if !json && !arn.is_source_action() {
                show(&client, arn.as_str(), out).await?;
            }
            health::show(&client, arn, json, out).await
        }
        Action::Test { connection, repository, json } => {
            let arn = find(&client, &connection).await?;
            health::test(&client, arn, &repository, json, out).await
        }
        Action::Links(flags) => syncs::links(&client, &flags, out).await,
        Action::Link { connection, repository } => {
            let arn = find(&client, &connection).await?;
            syncs::link(&client, arn, &repository, out).await
        }
        Action::Unlink { link } => syncs::unlink(&client, link).await,
        Action::Syncs(flags) => syncs::list(&client, &flags, out).await,
        Action::Sync { resource, r#type: kind, json } => {
            Sync { kind, resource }.show(&client, json, out).await
        }
        Action::Repair { connection } => {
            health::repair(&client, find(&client, &connection).await?, out).await
        }
        Action::RotateHookSecrets { connection, end_overlap } => {
            health::rotate(&client, find(&client, &connection).await?, end_overlap, out).await
        }
        Action::Share { connection, with } => {
            shares::share(&client, find(&client, &connection).await?, &with, out).await
        }
        Action::Unshare { connection } => {
            shares::unshare(&client, find(&client, &connection).await?, out).await
        }
        Action::Authorize { connection, no_wait } => {
            authorize(&client, &connection, no_wait, out).await
        }
    }
}

async fn show(client: &Client, named: &str, out: &mut Output<'_>) -> Result<()> {
    let input = GetConnectionInput { connection_arn: find(client, named).await? };
    let found: GetConnectionOutput =
        client.call(Service::CodeConnections, "GetConnection", &input).await?;
    let connection = found.connection;
    out.line(connection.connection_arn.as_str())?;
    out.line(&format!("name      {}", connection.connection_name))?;
    out.line(&format!("provider  {}", connection.provider_type))?;
    if let Some(host) = &connection.host_arn {
        out.line(&format!("host      {host}"))?;
    }
    out.line(&format!("status    {}", connection.connection_status))?;
    if let Some(missing) = &connection.status_message {
        out.line(&format!("missing   {missing}"))?;
    }
    Ok(())
}

async fn create(client: &Client, flags: Create, out: &mut Output<'_>) -> Result<()> {
    let input = CreateConnectionInput {
        connection_name: flags.name,
        provider_type: flags.provider,
        tags: None,
        host_arn: flags.host.map(HostArn::new),
    };
    let made: CreateConnectionOutput =
        client.call(Service::CodeConnections, "CreateConnection", &input).await?;
    Ok(out.line(made.connection_arn.as_str())?)
}

async fn authorize(
    client: &Client,
    named: &str,
    no_wait: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let connection_arn = find(client, named).await?;
    let input = StartConnectionHandshakeInput { connection_arn: connection_arn.clone() };
    let begun: StartConnectionHandshakeOutput =
        client.call(Service::Towpath, "StartConnectionHandshake", &input).await?;
    let before = seen(client, &connection_arn).await?;
    out.line(&begun.authorization_url)?;
    let until = begun.expires_at.0.rfc3339();
    out.say(&format!("open the link in a browser; it works once, until {until}"))?;
    if before.connection_status == ConnectionStatus::Available {
        return Ok(out.say("the connection is AVAILABLE already; the link authorizes it anew")?);
    }
    if no_wait {
        return Ok(());
    }
    let waiting = await_available(client, &before);
    match tokio::time::timeout(AUTHORIZE_TIME_MAX, waiting).await {
        Ok(came) => came?,
        Err(_) => bail!("nobody authorized {connection_arn} in {} s", AUTHORIZE_TIME_MAX.as_secs()),
    }
    Ok(out.say(&format!("{connection_arn} is AVAILABLE"))?)
}

/// Waits as long as what stands between the connection and its use is what stood there before.
async fn await_available(client: &Client, before: &Connection) -> Result<()> {
    let arn = &before.connection_arn;
    loop {
        let now = seen(client, arn).await?;
        match (now.connection_status, now.status_message) {
            (ConnectionStatus::Available, _) => return Ok(()),
            (_, Some(missing)) if Some(&missing) != before.status_message.as_ref() => {
                bail!("{arn} is not available: {missing}")
            }
            _ => tokio::time::sleep(AUTHORIZE_PAUSE).await,
        }
    }
}

async fn seen(client: &Client, arn: &ConnectionArn) -> Result<Connection> {
    let input = GetConnectionInput { connection_arn: arn.clone() };
    let found: GetConnectionOutput =
        client.call(Service::CodeConnections, "GetConnection", &input).await?;
    Ok(found.connection)
}

/// An ARN as it is, a name by the list. AWS lets several connections share a name.
pub(super) async fn find(client: &Client, named: &str) -> Result<ConnectionArn> {
    if named.starts_with("arn:") {
        return Ok(ConnectionArn::new(named));
    }
    let listed = CONNECTIONS.ask(client, json!({}), usize::MAX).await?;
    let named_so = listed.rows.iter().filter(|row| row["ConnectionName"] == named);
    let arns: Vec<String> = named_so.map(|row| text(row, "ConnectionArn")).collect();
    match arns.as_slice() {
        [arn] => Ok(ConnectionArn::new(arn.as_str())),
        [] => {
            bail!("there is no connection called {named:?}; `towpath connections list` shows all")
        }
        several => bail!(
            "several connections are called {named:?}; name one by its ARN: {}",
            several.join(", ")
        ),
    }
}

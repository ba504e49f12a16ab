//! `towpath forges`: OAuth clients of forges. A secret comes from a file or a pipe; a command line
//! can be read by everybody on the machine.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use domain::{HostArn, Secret};
use serde_json::json;
use wire::Service;
use wire::codeconnections::{GetHostInput, GetHostOutput, ProviderType};
use wire::towpath::{RegisterForgeInput, RegisterForgeOutput};

use super::listing::{ListFlags, Listing};
use super::table::{fields, moment, text};
use super::{Client, Folder, Output};
use crate::limits::SECRET_FILE_BYTES_MAX;

/// Flags of `forges`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The registered clients, without their secrets
    List(ListFlags),
    /// Register an OAuth client; prints the redirect URI to enter at the forge
    Register(Register),
}

#[derive(Args, Clone, Debug)]
struct Register {
    /// The forge, where it is one place for everybody
    #[arg(long, value_parser = ["Bitbucket", "GitHub", "GitLab"], required_unless_present = "host", conflicts_with = "host")]
    provider: Option<String>,
    /// The host's ARN, for a forge that an organisation runs itself
    #[arg(long, value_name = "ARN")]
    host: Option<String>,
    /// The client's id, as the forge shows it
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// A file with the client's secret; - reads standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: PathBuf,
    /// The API's JSON instead of text
    #[arg(long)]
    json: bool,
}

static REGISTRATIONS: Listing = Listing {
    service: Service::Towpath,
    operation: "ListRegistrations",
    member: "registrations",
    columns: &[
        ("REGISTRATION", |row| text(row, "registrationId")),
        ("PROVIDER", |row| text(row, "kind")),
        ("HOST", |row| text(row, "host")),
        ("CLIENT", |row| text(row, "clientId")),
        ("CREATED", |row| moment(row, "createdAt")),
        ("REDIRECT URI", |row| text(row, "redirectUri")),
    ],
    nothing: "no forge is registered; `towpath forges register` registers an OAuth client of one",
};

/// Runs the command.
///
/// # Errors
/// The secret's file cannot be read, the server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => REGISTRATIONS.show(&client, json!({}), &flags, out).await,
        Action::Register(flags) => register(&client, flags, out).await,
    }
}

async fn register(client: &Client, flags: Register, out: &mut Output<'_>) -> Result<()> {
    let client_secret = read_secret(&flags.client_secret_file)?;
    let (kind, host) = match (flags.host, flags.provider.as_deref()) {
        (Some(arn), _) => (kind_of(client, &arn).await?, arn),
        (None, Some("Bitbucket")) => (ProviderType::Bitbucket, "bitbucket.org".to_owned()),
        (None, Some("GitLab")) => (ProviderType::GitLab, "gitlab.com".to_owned()),
        (None, _) => (ProviderType::GitHub, "github.com".to_owned()),
    };
    let input = RegisterForgeInput { kind, host, client_id: flags.client_id, client_secret };
    let made: RegisterForgeOutput = client.call(Service::Towpath, "RegisterForge", &input).await?;
    if flags.json {
        return Ok(out.json(&made)?);
    }
    let rows =
        [("registration", made.registration_id.to_string()), ("redirect URI", made.redirect_uri)];
    fields(out.answer, &rows)?;
    Ok(out.say("enter the redirect URI at the forge, as the callback URL of the OAuth client")?)
}

async fn kind_of(client: &Client, host: &str) -> Result<ProviderType> {
    let input = GetHostInput { host_arn: HostArn::new(host) };
    let found: GetHostOutput = client.call(Service::CodeConnections, "GetHost", &input).await?;
    Ok(found.provider_type)
}

/// The file's text without the line end that editors and `echo` add.
fn read_secret(path: &Path) -> Result<Secret> {
    let source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => {
            let cannot = || format!("cannot read the client's secret in {}", path.display());
            Box::new(File::open(path).with_context(cannot)?)
        }
    };
    let mut content = String::new();
    let read = source.take(SECRET_FILE_BYTES_MAX + 1).read_to_string(&mut content);
    read.with_context(|| format!("the client's secret in {} is no text", path.display()))?;
    let secret = content.trim_end_matches(['\r', '\n']);
    ensure!(!secret.is_empty(), "{} holds no secret: it is empty", path.display());
    ensure!(
        content.len() as u64 <= SECRET_FILE_BYTES_MAX,
        "{} is no client's secret: it has more than {SECRET_FILE_BYTES_MAX} bytes",
        path.display()
    );
    Ok(Secret::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_files_text_without_its_line_end() {
        fn check(content: &str, expect: Result<&str, &str>) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("secret");
            std::fs::write(&path, content).expect("written");
            let read = read_secret(&path);
            match expect {
                Ok(secret) => assert_eq!(read.expect("read").expose(), secret),
                Err(word) => {
                    let said = read.expect_err(content).to_string();
                    assert!(said.contains(word), "{said}");
                }
            }
        }
        check("practice-secret\n", Ok("practice-secret"));
        check("with blank \r\n", Ok("with blank "));
        check("bare", Ok("bare"));
        check("\n", Err("it is empty"));
        check(&"x".repeat(9000), Err("more than 8192 bytes"));
    }
}

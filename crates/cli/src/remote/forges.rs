//! `towpath forges`: OAuth clients and Apps of forges, and how hosts are reached. A secret comes from a file or a pipe; a command line
//! can be read by everybody on the machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use domain::{HostArn, Secret};
use serde_json::json;
use wire::Service;
use wire::codeconnections::{GetHostInput, GetHostOutput, ProviderType};
use wire::towpath::{
    AppInput, ConfigureHostNetworkInput, ConfigureHostNetworkOutput, RegisterForgeInput,
    RegisterForgeOutput, StartAppRegistrationHandshakeInput, StartAppRegistrationHandshakeOutput,
};

use super::listing::{ListFlags, Listing};
use super::table::{fields, moment, text};
use super::{Client, Folder, Output, secret_file};
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
    /// The hosts, and which step is missing where one cannot be used
    Hosts(ListFlags),
    /// Register an OAuth client, and print the redirect URI to enter at the forge; with --app, a GitHub
    /// App: without its key, print the link at which GitHub makes one
    Register(Register),
    /// Say how a host is reached: its own certificate authority, a proxy, addresses that are not
    /// public; what is left out is taken back
    Reach(Reach),
}

#[derive(Args, Clone, Debug)]
struct Reach {
    /// The host's ARN
    #[arg(value_name = "HOST")]
    host: String,
    /// A file with the certificates of the authorities that the host's own comes from, in PEM
    #[arg(long, value_name = "FILE")]
    authority_file: Option<PathBuf>,
    /// The proxy that every request to the host goes through
    #[arg(long, value_name = "http://HOST:PORT")]
    proxy: Option<String>,
    /// Whom the proxy knows this server as
    #[arg(long, value_name = "USER", requires_all = ["proxy", "proxy_password_file"])]
    proxy_user: Option<String>,
    /// A file with that user's password; - reads standard input
    #[arg(long, value_name = "FILE", requires = "proxy_user")]
    proxy_password_file: Option<PathBuf>,
    /// An address that the host, or its proxy, may be at although it is not public; may be repeated
    #[arg(long, value_name = "ADDRESS[/BITS]:PORT")]
    allow_address: Vec<String>,
}

#[derive(Args, Clone, Debug)]
struct Register {
    /// The forge, where it is one place for everybody
    #[arg(long, value_parser = ["Bitbucket", "GitHub", "GitLab"], required_unless_present = "host", conflicts_with = "host")]
    provider: Option<String>,
    /// The host's ARN, for a forge that an organisation runs itself
    #[arg(long, value_name = "ARN")]
    host: Option<String>,
    /// A GitHub App instead of an OAuth client
    #[arg(long)]
    app: bool,
    /// The client's id, as the forge shows it
    #[arg(long, value_name = "ID", required_unless_present = "app")]
    client_id: Option<String>,
    /// A file with the client's secret; - reads standard input
    #[arg(long, value_name = "FILE", required_unless_present = "app", requires = "client_id")]
    client_secret_file: Option<PathBuf>,
    #[command(flatten)]
    made: MadeApp,
    /// The organisation that is to own the App; yourself where it is left out
    #[arg(long, value_name = "ORGANIZATION", requires = "app", conflicts_with = "client_id")]
    organization: Option<String>,
    /// What the App is to be called; no other of the forge may have the name
    #[arg(long, value_name = "NAME", requires = "app", conflicts_with = "client_id")]
    app_name: Option<String>,
    /// The API's JSON instead of text
    #[arg(long)]
    json: bool,
}

/// A GitHub App that the forge has already.
#[derive(Args, Clone, Debug)]
struct MadeApp {
    /// The App's number, where it is registered at the forge already
    #[arg(
        long,
        value_name = "NUMBER",
        requires_all = ["app", "client_id", "client_secret_file", "slug", "private_key_file", "webhook_secret_file"]
    )]
    app_id: Option<u32>,
    /// The App's name in URLs
    #[arg(long, value_name = "SLUG", requires = "app_id")]
    slug: Option<String>,
    /// The file with the App's private key, as GitHub gave it
    #[arg(long, value_name = "FILE", requires = "app_id")]
    private_key_file: Option<PathBuf>,
    /// A file with the secret of the App's webhook
    #[arg(long, value_name = "FILE", requires = "app_id")]
    webhook_secret_file: Option<PathBuf>,
}

impl MadeApp {
    fn read(&self) -> Result<Option<AppInput>> {
        let (Some(app_id), Some(slug), Some(key), Some(hook)) =
            (self.app_id, &self.slug, &self.private_key_file, &self.webhook_secret_file)
        else {
            return Ok(None);
        };
        let private_key = client_secret(key)?;
        ensure!(
            forges::github::check_key(&private_key),
            "{} is no RSA key in PEM: take the file that GitHub gave when the key was made",
            key.display()
        );
        let (slug, webhook_secret) = (slug.clone(), client_secret(hook)?);
        Ok(Some(AppInput { app_id, slug, private_key, webhook_secret }))
    }
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
        ("APP", |row| text(row, "appSlug")),
        ("CREATED", |row| moment(row, "createdAt")),
        ("REDIRECT URI", |row| text(row, "redirectUri")),
    ],
    nothing: "no forge is registered; `towpath forges register` registers an OAuth client of one",
};

static HOSTS: Listing = Listing {
    service: Service::CodeConnections,
    operation: "ListHosts",
    member: "Hosts",
    columns: &[
        ("NAME", |row| text(row, "Name")),
        ("PROVIDER", |row| text(row, "ProviderType")),
        ("ENDPOINT", |row| text(row, "ProviderEndpoint")),
        ("STATUS", |row| text(row, "Status")),
        ("ARN", |row| text(row, "HostArn")),
        ("MISSING", |row| text(row, "StatusMessage")),
    ],
    nothing: "no hosts; `aws codeconnections create-host` makes one",
};

/// Runs the command.
///
/// # Errors
/// The secret's file cannot be read, the server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => REGISTRATIONS.show(&client, json!({}), &flags, out).await,
        Action::Hosts(flags) => HOSTS.show(&client, json!({}), &flags, out).await,
        Action::Register(flags) if flags.app && flags.made.app_id.is_none() => {
            begin_app(&client, flags, out).await
        }
        Action::Register(flags) => register(&client, flags, out).await,
        Action::Reach(flags) => reach(&client, flags, out).await,
    }
}

/// The forge's dialect and place.
async fn place(client: &Client, flags: &Register) -> Result<(ProviderType, String)> {
    Ok(match (&flags.host, flags.provider.as_deref()) {
        (Some(arn), _) => (kind_of(client, arn).await?, arn.clone()),
        (None, Some("Bitbucket")) => (ProviderType::Bitbucket, "bitbucket.org".to_owned()),
        (None, Some("GitLab")) => (ProviderType::GitLab, "gitlab.com".to_owned()),
        (None, _) => (ProviderType::GitHub, "github.com".to_owned()),
    })
}

async fn register(client: &Client, flags: Register, out: &mut Output<'_>) -> Result<()> {
    let (kind, host) = place(client, &flags).await?;
    let file = flags.client_secret_file.as_ref().context("name --client-secret-file")?;
    let (client_secret, app) = (client_secret(file)?, flags.made.read()?);
    let client_id = flags.client_id.context("name --client-id")?;
    let input = RegisterForgeInput { kind, host, client_id, client_secret, app };
    let made: RegisterForgeOutput = client.call(Service::Towpath, "RegisterForge", &input).await?;
    if flags.json {
        return Ok(out.json(&made)?);
    }
    let mut rows = vec![
        ("registration", made.registration_id.to_string()),
        ("redirect URI", made.redirect_uri),
    ];
    let is_app = made.hook_url.is_some();
    rows.extend(made.hook_url.map(|url| ("webhook URL", url)));
    fields(out.answer, &rows)?;
    Ok(out.say(match is_app {
        true => "enter both at the forge, in the App's settings: callback URL and webhook URL",
        false => "enter the redirect URI at the forge, as the callback URL of the OAuth client",
    })?)
}

/// A person goes on in a browser; the forge makes the App, and this server takes its keys.
async fn begin_app(client: &Client, flags: Register, out: &mut Output<'_>) -> Result<()> {
    let (kind, host) = place(client, &flags).await?;
    let (organization, app_name) = (flags.organization, flags.app_name);
    let input = StartAppRegistrationHandshakeInput { kind, host, organization, app_name };
    let begun: StartAppRegistrationHandshakeOutput =
        client.call(Service::Towpath, "StartAppRegistrationHandshake", &input).await?;
    if flags.json {
        return Ok(out.json(&begun)?);
    }
    out.line(&begun.registration_url)?;
    let until = begun.expires_at.0.rfc3339();
    Ok(out.say(&format!(
        "open the link in a browser that is signed in at the forge; it works once, until {until}"
    ))?)
}

async fn reach(client: &Client, flags: Reach, out: &mut Output<'_>) -> Result<()> {
    let read = |path: &PathBuf| {
        let pem = std::fs::read_to_string(path);
        pem.with_context(|| format!("cannot read the certificates in {}", path.display()))
    };
    let tls_certificate = flags.authority_file.as_ref().map(read).transpose()?;
    if let Some(pem) = &tls_certificate {
        egress::Authorities::parse(pem)?;
    }
    for address in &flags.allow_address {
        address.parse::<egress::AllowedAddress>()?;
    }
    let password =
        |path: &PathBuf| secret_file::read(path, "the proxy's password", SECRET_FILE_BYTES_MAX);
    let input = ConfigureHostNetworkInput {
        host_arn: HostArn::new(flags.host),
        proxy: flags.proxy,
        proxy_user: flags.proxy_user,
        proxy_password: flags.proxy_password_file.as_ref().map(password).transpose()?,
        allowed_addresses: Some(flags.allow_address).filter(|it| !it.is_empty()),
        tls_certificate,
    };
    let _: ConfigureHostNetworkOutput =
        client.call(Service::Towpath, "ConfigureHostNetwork", &input).await?;
    Ok(out.say("from the next request on, the API's and git's alike")?)
}

async fn kind_of(client: &Client, host: &str) -> Result<ProviderType> {
    let input = GetHostInput { host_arn: HostArn::new(host) };
    let found: GetHostOutput = client.call(Service::CodeConnections, "GetHost", &input).await?;
    Ok(found.provider_type)
}

fn client_secret(path: &Path) -> Result<Secret> {
    secret_file::read(path, "the client's secret", SECRET_FILE_BYTES_MAX)
}

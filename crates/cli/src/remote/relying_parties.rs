//! `towpath oidc parties`: apps of Azure, providers and service accounts of Google that this server
//! plays, so that a step's identity can be tried before the real ones are set up.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use wire::Service;
use wire::towpath::{DeleteRelyingPartyInput, ListRelyingPartiesInput, PutRelyingPartyInput};

use super::table::{self, fields, moment, text};
use super::{Client, Output};
use crate::limits::DOCUMENT_BYTES_MAX;

/// What is done with them.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Action {
    /// Those of the account
    List {
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Set one up from JSON as the vendor's own tools write it, in place of one of the same name
    Put {
        #[command(flatten)]
        which: Which,
        /// The document; `-` reads it from the standard input
        file: PathBuf,
        /// The API's JSON instead of text
        #[arg(long)]
        json: bool,
    },
    /// Take one away
    Delete {
        #[command(flatten)]
        which: Which,
    },
    /// What the vendor's libraries read: Google's credential configuration, or Azure's variables
    Credentials {
        #[command(flatten)]
        which: Which,
        /// The file that the step's token is in
        #[arg(long, value_name = "FILE")]
        token_file: String,
        /// The service account to act as
        #[arg(long, value_name = "ADDRESS")]
        service_account: Option<String>,
    },
}

/// One of them.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Which {
    /// azure-app, google-provider or google-service-account
    kind: String,
    /// An app's client id (`new` makes one), POOL/PROVIDER, or a service account's address
    name: String,
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, a file cannot be read, or the output is closed.
pub(super) async fn run(client: &Client, action: Action, out: &mut Output<'_>) -> Result<()> {
    match action {
        Action::List { json } => {
            let found = list(client).await?;
            if json { Ok(out.json(&found)?) } else { show(&found, out) }
        }
        Action::Put { which, file, json } => {
            let document = document(&file)?;
            let name = (which.name != "new").then_some(which.name);
            let input = PutRelyingPartyInput { kind: which.kind, name, document };
            let put: Value = client.call(Service::Towpath, "PutRelyingParty", &input).await?;
            if json { Ok(out.json(&put)?) } else { show_put(&put, out) }
        }
        Action::Delete { which } => {
            let input = DeleteRelyingPartyInput { kind: which.kind, name: which.name };
            let _: Value = client.call(Service::Towpath, "DeleteRelyingParty", &input).await?;
            Ok(fields(out.answer, &[("deleted", input.name)])?)
        }
        Action::Credentials { which, token_file, service_account } => {
            let found = list(client).await?;
            let party = one(&found, &which)?;
            match text(party, "kind").as_str() {
                "azure-app" => azure(party, &token_file, out),
                "google-provider" => google(&found, party, &token_file, service_account, out),
                _ => bail!(
                    "credentials are an app's or a provider's; name the service account beside its provider"
                ),
            }
        }
    }
}

async fn list(client: &Client) -> Result<Value> {
    let input = ListRelyingPartiesInput::default();
    Ok(client.call(Service::Towpath, "ListRelyingParties", &input).await?)
}

fn document(file: &Path) -> Result<String> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().take(DOCUMENT_BYTES_MAX).read_to_string(&mut text),
        false => std::fs::File::open(file)
            .and_then(|it| it.take(DOCUMENT_BYTES_MAX).read_to_string(&mut text)),
    };
    read.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text)
}

fn one<'a>(found: &'a Value, which: &Which) -> Result<&'a Value> {
    let all = found["relyingParties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is = |it: &&Value| it["kind"] == *which.kind && it["name"] == *which.name;
    all.iter().find(is).with_context(|| {
        let Which { kind, name } = which;
        format!("there is no {kind} {name}: `towpath oidc parties list` shows those that are")
    })
}

fn show(found: &Value, out: &mut Output<'_>) -> Result<()> {
    let row = |row: &Value| vec![text(row, "kind"), text(row, "name"), moment(row, "updatedAt")];
    let rows: Vec<_> = found["relyingParties"].as_array().into_iter().flatten().map(row).collect();
    Ok(table::write(out.answer, &["KIND", "NAME", "SET UP"], &rows)?)
}

fn show_put(put: &Value, out: &mut Output<'_>) -> Result<()> {
    let named = [
        ("name", "name"),
        ("tenant", "tenantId"),
        ("authority", "authority"),
        ("audience", "audience"),
        ("tokens from", "tokenUrl"),
        ("tokens from", "serviceAccountImpersonationUrl"),
    ];
    let there = named.into_iter().filter(|(_, member)| put[member].is_string());
    let pairs: Vec<_> = there.map(|(label, member)| (label, text(put, member))).collect();
    Ok(fields(out.answer, &pairs)?)
}

/// The variables of `WorkloadIdentityCredential`.
fn azure(app: &Value, token_file: &str, out: &mut Output<'_>) -> Result<()> {
    let set = [
        ("AZURE_CLIENT_ID", text(app, "name")),
        ("AZURE_TENANT_ID", text(app, "tenantId")),
        ("AZURE_AUTHORITY_HOST", text(app, "authority")),
        ("AZURE_FEDERATED_TOKEN_FILE", token_file.to_owned()),
    ];
    for (name, value) in set {
        out.line(&format!("export {name}={value}"))?;
    }
    if !text(app, "authority").starts_with("https://") {
        out.say(
            "azure-identity speaks to https only: start the server with --tls-cert and --tls-key",
        )?;
    }
    Ok(())
}

/// Google's credential configuration file.
fn google(
    found: &Value,
    provider: &Value,
    token_file: &str,
    service_account: Option<String>,
    out: &mut Output<'_>,
) -> Result<()> {
    let mut configuration = json!({
        "type": "external_account",
        "audience": provider["audience"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": provider["tokenUrl"],
        "credential_source": { "file": token_file },
    });
    if let Some(name) = service_account {
        let which = Which { kind: "google-service-account".to_owned(), name };
        let url = &one(found, &which)?["serviceAccountImpersonationUrl"];
        configuration["service_account_impersonation_url"] = url.clone();
    }
    Ok(out.json(&configuration)?)
}

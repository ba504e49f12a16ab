//! `towpath audit`: the log as the server tells it, and a look at whether it is what was written,
//! which needs no server and takes no server's word.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::{AuditReport, DATABASE_FILE, Store, StoreConfig, Vault, Witness};
use wire::Service;

use super::environment::default_sealing_key;
use super::listing::{ListFlags, Listing};
use super::table::{moment, printable, text};
use super::{Client, Folder, Output};

/// What to do with the audit log.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Privileged actions of the account, newest first
    List(ListFlags),
    /// Read the whole log and say whether it was altered; exit 1 if it was
    Verify(Verify),
}

#[derive(Args, Clone, Debug)]
struct Verify {
    /// The PostgreSQL database, where the server has one
    #[arg(long, value_name = "URL", env = "TOWPATH_DATABASE")]
    database: Option<String>,
    /// The sealing key's file [default: $XDG_CONFIG_HOME/towpath/sealing.key]
    #[arg(long, value_name = "FILE", env = "TOWPATH_SEALING_KEY")]
    sealing_key: Option<PathBuf>,
    /// What was found as JSON
    #[arg(long)]
    json: bool,
}

static ENTRIES: Listing = Listing {
    service: Service::Towpath,
    operation: "ListAuditEntries",
    member: "entries",
    columns: &[
        ("AT", |row| moment(row, "at")),
        ("PRINCIPAL", |row| text(row, "principal")),
        ("ACTION", |row| text(row, "action")),
        ("RESOURCE", |row| text(row, "resource")),
        ("KEY", |row| text(row, "accessKeyId")),
        ("PARAMETERS", parameters),
        ("ENTRY", |row| text(row, "entryId")),
    ],
    nothing: "nothing was done yet",
};

/// Bytes of one parameter in the table; `--json` shows all of it.
const PARAMETER_BYTES_MAX: usize = 80;

/// What is told of a request, `name=value` each.
fn parameters(row: &Value) -> String {
    let told = row["requestParameters"].as_object().into_iter().flatten();
    let shown = told.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = if value.len() > PARAMETER_BYTES_MAX { "…" } else { &value };
        printable(&format!("{name}={value}"))
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}

/// Runs the command.
///
/// # Errors
/// The log was altered, cannot be read, the server refused or does not answer, or the output is
/// closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    match arguments.action {
        Action::List(flags) => {
            let client = Client::open(&arguments.folder)?;
            ENTRIES.show(&client, json!({}), &flags, out).await
        }
        Action::Verify(flags) => {
            let place = place(&arguments.folder, flags.database)?;
            let key = flags.sealing_key.unwrap_or_else(default_sealing_key);
            verify(&place, &key, flags.json, out).await
        }
    }
}

/// Reads the whole log of a store and says whether it was altered.
///
/// # Errors
/// It was, or it cannot be read, or the output is closed.
pub async fn verify(
    place: &StoreConfig,
    key: &Path,
    as_json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    // A key that is made now has signed nothing.
    ensure!(
        key.is_file(),
        "there is no sealing key at {}: name it with --sealing-key",
        key.display()
    );
    let store = Store::open(place).await.context("the audit log cannot be read")?;
    let witness = Witness::beside(key, place);
    let report = store.check_audit(&Vault::open(key)?, witness.read()?.as_ref()).await?;
    match as_json {
        true => out.json(&json_of(&report))?,
        false => tell(&report, witness.path(), out)?,
    }
    match report.flaws.len() {
        0 => Ok(()),
        flaws => bail!("the audit log was altered: {flaws} places do not hold"),
    }
}

fn place(folder: &Folder, database: Option<String>) -> Result<StoreConfig> {
    if let Some(url) = database {
        return Ok(StoreConfig::Postgres(url));
    }
    let path = folder.path();
    let found = path.join(DATABASE_FILE).is_file();
    ensure!(found, "{} holds no database: name a data folder with --data", path.display());
    Ok(StoreConfig::Folder(path))
}

fn tell(report: &AuditReport, witness: &Path, out: &mut Output<'_>) -> Result<()> {
    for flaw in &report.flaws {
        out.line(&flaw.to_string())?;
    }
    for head in &report.heads {
        out.line(&format!(
            "chain {}: entries {} to {}, {}",
            head.chain, head.first, head.last, head.hash
        ))?;
    }
    for chain in &report.unnamed {
        out.line(&format!(
            "chain {chain}: no signature names it: it was begun since the last one, or by who holds \
             the database"
        ))?;
    }
    if !report.witnessed {
        out.line(&format!(
            "no witness: {} is not there, or no sealing key here signed it. A log that was cut at its \
             end, together with what was signed of that, cannot be told from a whole one",
            witness.display()
        ))?;
    }
    let signed = match report.signed_at {
        Some(at) => format!("signed {} times, the last time {}", report.signed, at.rfc3339()),
        None => "never signed".to_owned(),
    };
    Ok(out.line(&format!("{} entries, {signed}", report.entries))?)
}

fn json_of(report: &AuditReport) -> serde_json::Value {
    json!({
        "entries": report.entries,
        "heads": report.heads,
        "signed": report.signed,
        "signedAt": report.signed_at.map(|at| at.rfc3339()),
        "witnessed": report.witnessed,
        "unnamedChains": report.unnamed,
        "flaws": report.flaws.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use store::SignedHeads;

    use super::*;

    #[tokio::test]
    async fn a_log_without_its_witness_says_what_then_cannot_be_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("sealing.key");
        let vault = Vault::open(&key).expect("a key");
        let place = StoreConfig::Folder(folder.path().join("data"));
        std::fs::create_dir(folder.path().join("data")).expect("a data folder");
        let said = async |as_json| {
            let (mut answer, mut words) = (Vec::new(), Vec::new());
            let mut out = Output { answer: &mut answer, words: &mut words };
            verify(&place, &key, as_json, &mut out).await.expect("it holds");
            String::from_utf8(answer).expect("text")
        };
        let without = said(false).await;
        assert!(
            without.contains("no witness: ") && without.contains("cut at its end"),
            "{without}"
        );
        assert!(said(true).await.contains(r#""witnessed": false"#));
        let witness = Witness::beside(&key, &place);
        witness.write(&SignedHeads::sign(&vault, Timestamp(1), Vec::new())).expect("written");
        let with = said(false).await;
        assert!(!with.contains("no witness"), "{with}");
        std::fs::write(witness.path(), "{}").expect("damaged");
        assert!(said(false).await.contains("no witness"), "what says nothing is none");
    }
}

//! `towpath artifacts`: what an execution made, and its bytes, checked against their digest.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::digest::{Context as Hash, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use wire::Service;
use wire::towpath::{GetArtifactInput, GetArtifactOutput};

use super::executions::actions;
use super::table::{self, fields, text};
use super::{Client, Folder, Output};

/// Flags of `artifacts`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The artifacts of an execution
    List {
        /// The pipeline's name
        pipeline: String,
        /// The execution's id
        execution: String,
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Download an artifact's archive
    Get {
        /// The pipeline's name
        pipeline: String,
        /// The execution's id
        execution: String,
        /// The artifact's name
        artifact: String,
        /// Where to write it [default: the artifact's name with .zip]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long)]
        force: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, what came is not what was stored, or the file cannot be
/// written.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List { pipeline, execution, json } => {
            let rows =
                actions(&client, &pipeline.as_str().into(), &execution.as_str().into()).await?;
            list(&rows, json, out)
        }
        Action::Get { pipeline, execution, artifact, output, force } => {
            let path = output.unwrap_or_else(|| PathBuf::from(format!("{artifact}.zip")));
            let input = GetArtifactInput {
                pipeline_name: pipeline.as_str().into(),
                pipeline_execution_id: execution.as_str().into(),
                artifact_name: artifact.as_str().into(),
                offset: None,
            };
            get(&client, input, (&path, force), out).await
        }
    }
}

fn list(actions: &[Value], json: bool, out: &mut Output<'_>) -> Result<()> {
    let made = |action: &Value| {
        let (stage, name) = (action["stageName"].clone(), action["actionName"].clone());
        let artifacts = action["output"]["outputArtifacts"].as_array().cloned().unwrap_or_default();
        artifacts.into_iter().map(move |mut artifact| {
            (artifact["stageName"], artifact["actionName"]) = (stage.clone(), name.clone());
            artifact
        })
    };
    let found: Vec<Value> = actions.iter().flat_map(made).collect();
    if json {
        return Ok(out.json(&json!({ "artifacts": found }))?);
    }
    if found.is_empty() {
        return Ok(out.say("no artifacts yet")?);
    }
    let row = |artifact: &Value| {
        let location = &artifact["s3location"];
        let cells = [(artifact, "name"), (artifact, "stageName"), (artifact, "actionName")];
        let cells = cells.into_iter().chain([(location, "bucket"), (location, "key")]);
        cells.map(|(value, member)| text(value, member)).collect()
    };
    let heading = ["ARTIFACT", "STAGE", "ACTION", "BUCKET", "KEY"];
    Ok(table::write(out.answer, &heading, &found.iter().map(row).collect::<Vec<_>>())?)
}

async fn get(
    client: &Client,
    mut input: GetArtifactInput,
    (path, force): (&Path, bool),
    out: &mut Output<'_>,
) -> Result<()> {
    ensure!(force || !path.exists(), "{}", taken(path));
    let mut download = Download::beside(path)?;
    let last = loop {
        let piece: GetArtifactOutput = client.call(Service::Towpath, "GetArtifact", &input).await?;
        download.take(&piece)?;
        match piece.next_offset {
            Some(next) if next == download.bytes => input.offset = Some(next),
            Some(next) => bail!("the server went on at byte {next}, not {}", download.bytes),
            None => break piece,
        }
    };
    download.finish(&last, path, force)?;
    let shown = [
        ("file", path.display().to_string()),
        ("bytes", last.size.to_string()),
        ("sha256", last.digest),
    ];
    Ok(fields(out.answer, &shown)?)
}

/// A file that gets its name once all of it is there and proved.
struct Download {
    file: NamedTempFile,
    hash: Hash,
    bytes: u64,
    /// The digest that the first piece named.
    digest: Option<String>,
}

impl Download {
    fn beside(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let file = NamedTempFile::new_in(folder);
        let file = file.with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self { file, hash: Hash::new(&SHA256), bytes: 0, digest: None })
    }

    fn take(&mut self, piece: &GetArtifactOutput) -> Result<()> {
        let digest = self.digest.get_or_insert_with(|| piece.digest.clone());
        // A retried action makes the artifact anew, and the newest is what is given.
        ensure!(*digest == piece.digest, "the artifact was made anew meanwhile: get it again");
        let chunk = STANDARD.decode(&piece.chunk).context("the server's piece is no base64")?;
        ensure!(!chunk.is_empty() || piece.next_offset.is_none(), "the server gave an empty piece");
        self.file.write_all(&chunk)?;
        self.hash.update(&chunk);
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    fn finish(self, last: &GetArtifactOutput, path: &Path, force: bool) -> Result<()> {
        let digest = hex::encode(self.hash.finish());
        ensure!(
            digest == last.digest && self.bytes == last.size,
            "what came is not what was stored: {} bytes with SHA-256 {digest} instead of {} bytes \
             with {}; nothing was written",
            self.bytes,
            last.size,
            last.digest
        );
        self.file.as_file().sync_all()?;
        let kept = match force {
            true => self.file.persist(path),
            false => self.file.persist_noclobber(path),
        };
        match kept {
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => bail!(taken(path)),
            kept => kept.with_context(|| format!("cannot write {}", path.display()))?,
        };
        Ok(())
    }
}

fn taken(path: &Path) -> String {
    let path = path.display();
    format!(
        "{path} is there already: name another file with --output, or write over it with --force"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Digest;

    fn piece(whole: &[u8], from: usize, to: usize) -> GetArtifactOutput {
        GetArtifactOutput {
            digest: Digest::of(whole).0,
            size: whole.len() as u64,
            chunk: STANDARD.encode(&whole[from..to]),
            next_offset: (to < whole.len()).then_some(to as u64),
            ..GetArtifactOutput::default()
        }
    }

    #[test]
    fn an_archive_gets_its_name_only_when_it_is_what_was_stored() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, whole) = (folder.path().join("code.zip"), b"an archive".as_slice());
        let mut download = Download::beside(&path).expect("begun");
        download.take(&piece(whole, 0, 4)).expect("the first piece");
        let last = piece(whole, 4, whole.len());
        download.take(&last).expect("the last piece");
        assert!(!path.exists());
        download.finish(&last, &path, false).expect("proved");
        assert_eq!(std::fs::read(&path).expect("there"), whole);
    }

    #[test]
    fn a_file_that_is_there_stays_unless_somebody_says_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, whole) = (folder.path().join("code.zip"), b"an archive".as_slice());
        std::fs::write(&path, "mine").expect("a file");
        let finish = |force| {
            let (mut download, last) =
                (Download::beside(&path).expect("begun"), piece(whole, 0, whole.len()));
            download.take(&last).expect("the piece");
            download.finish(&last, &path, force)
        };
        let said = finish(false).expect_err("refused").to_string();
        assert!(said.contains("--force") && said.contains("--output"), "{said}");
        assert_eq!(std::fs::read(&path).expect("there"), b"mine");
        finish(true).expect("written over");
        assert_eq!(std::fs::read(&path).expect("there"), whole);
    }

    #[test]
    fn what_is_not_what_was_stored_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, whole) = (folder.path().join("code.zip"), b"an archive".as_slice());
        let mut download = Download::beside(&path).expect("begun");
        let last = GetArtifactOutput { next_offset: None, ..piece(whole, 0, 4) };
        download.take(&last).expect("a piece");
        let said = download.finish(&last, &path, false).expect_err("refused").to_string();
        assert!(said.contains("4 bytes") && said.contains("10 bytes"), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
    }

    #[test]
    fn an_artifact_that_is_made_anew_meanwhile_is_not_mixed_with_the_old() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut download = Download::beside(&folder.path().join("x")).expect("begun");
        download.take(&piece(b"an archive", 0, 4)).expect("the first piece");
        let said = download.take(&piece(b"another archive", 4, 8)).expect_err("refused");
        assert!(said.to_string().contains("made anew"), "{said}");
    }
}

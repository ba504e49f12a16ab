//! Deploy to a bucket of the account: the artifact as one object, or each of its files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use blobs::Whole;
use blobs::limits::{ArchiveLimits, OBJECT_KEY_BYTES_MAX};
use domain::reason::FailureCode;
use domain::{BucketName, Timestamp};
use engine::{AttemptResult, Produced, StartAction};
use store::{BucketRow, ObjectRow};
use wire::s3::checksum::Checksum;

use crate::objects::{Keeping, name, plain};
use crate::perform::{Performed, Performer};

/// Why a deployment failed: what the author can mend.
struct Refused(String);

/// Performs a Deploy/AWS/S3/1 action.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn to_bucket(
    performer: &Performer,
    start: &StartAction,
    at: Timestamp,
) -> anyhow::Result<Performed> {
    let setting = |name: &str| start.work.configuration.get(name).cloned().unwrap_or_default();
    let bucket = BucketName::new(setting("BucketName"));
    let row = performer.store.get::<BucketRow>(BucketRow::at(&bucket)).await?;
    let result = match row.filter(|row| row.account == start.attempt.account) {
        None => Err(Refused(format!(
            "there is no bucket {bucket} in this account: make it with `towpath buckets create {bucket}`"
        ))),
        Some(_) => {
            let (performer, start) = (performer.clone(), start.clone());
            tokio::task::spawn_blocking(move || put(&performer, &start, &bucket, at)).await??
        }
    };
    let result = match result {
        Ok((summary, mut rows)) => {
            let said = start.work.configuration.get("CacheControl");
            let said = said.map(|text| ("cache-control".to_owned(), text.clone()));
            for row in &mut rows {
                row.headers.extend(said.clone());
            }
            name(&performer.store, &rows).await?;
            AttemptResult::Succeeded(Box::new(Produced {
                summary: Some(summary),
                ..Produced::default()
            }))
        }
        Err(Refused(message)) => {
            AttemptResult::Failed { code: FailureCode::ConfigurationError, message }
        }
    };
    Ok(Performed::Ended(Box::new((start.attempt.clone(), result, Vec::new()))))
}

/// What was put, in words and as rows that are still to be written.
type Put = (String, Vec<ObjectRow>);

fn put(
    performer: &Performer,
    start: &StartAction,
    bucket: &BucketName,
    at: Timestamp,
) -> anyhow::Result<Result<Put, Refused>> {
    let setting = |name: &str| start.work.configuration.get(name).cloned().unwrap_or_default();
    let Some(input) = start.work.inputs.first() else {
        return Ok(Err(Refused("the action has no input artifact".to_owned())));
    };
    if setting("CacheControl").contains(|letter: char| letter.is_control()) {
        let why = "CacheControl has a control character, which no header carries";
        return Ok(Err(Refused(why.to_owned())));
    }
    let archive = performer.blobs.whole(&input.artifact).context("the artifact to deploy")?;
    let key = setting("ObjectKey");
    if setting("Extract") == "true" {
        return extract(performer, archive, bucket, &key, at);
    }
    let row = put_object(performer, archive, bucket, &key, at)?;
    Ok(row.map(|row| (format!("{key} in {bucket}"), vec![row])))
}

fn put_object(
    performer: &Performer,
    mut content: impl Read,
    bucket: &BucketName,
    key: &str,
    at: Timestamp,
) -> anyhow::Result<Result<ObjectRow, Refused>> {
    if !(1..=OBJECT_KEY_BYTES_MAX).contains(&key.len()) || key.contains('\0') {
        let why = format!(
            "`{key}` cannot name an object: it must have 1 to {OBJECT_KEY_BYTES_MAX} bytes"
        );
        return Ok(Err(Refused(why)));
    }
    let mut keeping = Keeping::begin(&performer.blobs, Checksum::default())?;
    io::copy(&mut content, &mut keeping)?;
    Ok(Ok(plain(bucket, key, keeping.end(&performer.blobs)?, at)))
}

/// Each file of the archive under the key as a prefix.
fn extract(
    performer: &Performer,
    archive: Whole,
    bucket: &BucketName,
    prefix: &str,
    at: Timestamp,
) -> anyhow::Result<Result<Put, Refused>> {
    let folder = tempfile::tempdir()?;
    let limits = ArchiveLimits::default();
    let left_out = match blobs::archive::extract(archive, folder.path(), None, &limits) {
        Ok(extracted) => extracted.left_out,
        Err(why) => return Ok(Err(Refused(format!("the artifact cannot be unpacked: {why}")))),
    };
    let (mut files, mut rows) = (Vec::new(), Vec::new());
    walk(folder.path(), &mut files)?;
    for path in &files {
        let name = path.strip_prefix(folder.path())?.to_string_lossy().into_owned();
        let key = match prefix.trim_end_matches('/') {
            "" => name,
            prefix => format!("{prefix}/{name}"),
        };
        match put_object(performer, File::open(path)?, bucket, &key, at)? {
            Ok(row) => rows.push(row),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    let count = files.len();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let without = match left_out.is_empty() {
        true => String::new(),
        false => format!(", without {left_out}"),
    };
    Ok(Ok((format!("{files} in {bucket}{without}"), rows)))
}

/// Every regular file below a folder; links are not followed.
fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let (entry, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        match kind {
            kind if kind.is_dir() => walk(&entry, files)?,
            kind if kind.is_file() => files.push(entry),
            _ => {}
        }
    }
    Ok(())
}

//! Deploy to a bucket of the account: the artifact as one object, or each of its files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use blobs::Whole;
use blobs::limits::ArchiveLimits;
use domain::BucketName;
use domain::reason::FailureCode;
use engine::{AttemptResult, Produced, StartAction};
use store::BucketRow;

use crate::perform::{Performed, Performer};

/// Why a deployment failed: what the author can mend.
struct Refused(String);

/// Performs a Deploy/AWS/S3/1 action.
///
/// # Errors
/// The store or the disk did not answer.
pub async fn to_bucket(performer: &Performer, start: &StartAction) -> anyhow::Result<Performed> {
    let setting = |name: &str| start.work.configuration.get(name).cloned().unwrap_or_default();
    let bucket = BucketName::new(setting("BucketName"));
    let row = performer.store.get::<BucketRow>(BucketRow::at(&bucket)).await?;
    let result = match row.filter(|row| row.account == start.attempt.account) {
        None => Err(Refused(format!(
            "there is no bucket {bucket} in this account: make it with `towpath buckets create {bucket}`"
        ))),
        Some(_) => {
            let (performer, start) = (performer.clone(), start.clone());
            tokio::task::spawn_blocking(move || put(&performer, &start, &bucket)).await??
        }
    };
    let result = match result {
        Ok(summary) => AttemptResult::Succeeded(Box::new(Produced {
            summary: Some(summary),
            ..Produced::default()
        })),
        Err(Refused(message)) => {
            AttemptResult::Failed { code: FailureCode::ConfigurationError, message }
        }
    };
    Ok(Performed::Ended(Box::new((start.attempt.clone(), result, Vec::new()))))
}

fn put(
    performer: &Performer,
    start: &StartAction,
    bucket: &BucketName,
) -> anyhow::Result<Result<String, Refused>> {
    let setting = |name: &str| start.work.configuration.get(name).cloned().unwrap_or_default();
    let Some(input) = start.work.inputs.first() else {
        return Ok(Err(Refused("the action has no input artifact".to_owned())));
    };
    performer.blobs.create_bucket(bucket)?;
    let archive = performer.blobs.whole(&input.artifact).context("the artifact to deploy")?;
    let key = setting("ObjectKey");
    if setting("Extract") == "true" {
        return extract(performer, archive, bucket, &key);
    }
    Ok(put_object(performer, archive, bucket, &key).map(|()| format!("{key} in {bucket}")))
}

fn put_object(
    performer: &Performer,
    mut content: impl Read,
    bucket: &BucketName,
    key: &str,
) -> Result<(), Refused> {
    let mut put = || -> Result<(), blobs::ObjectError> {
        let mut draft = performer.blobs.draft()?;
        io::copy(&mut content, &mut draft)?;
        performer.blobs.put_object(bucket, key, draft)
    };
    put().map_err(|why| Refused(format!("{key}: {why}")))
}

/// Each file of the archive under the key as a prefix.
fn extract(
    performer: &Performer,
    archive: Whole,
    bucket: &BucketName,
    prefix: &str,
) -> anyhow::Result<Result<String, Refused>> {
    let folder = tempfile::tempdir()?;
    let limits = ArchiveLimits::default();
    let left_out = match blobs::archive::extract(archive, folder.path(), None, &limits) {
        Ok(extracted) => extracted.left_out,
        Err(why) => return Ok(Err(Refused(format!("the artifact cannot be unpacked: {why}")))),
    };
    let mut files = Vec::new();
    walk(folder.path(), &mut files)?;
    for path in &files {
        let name = path.strip_prefix(folder.path())?.to_string_lossy().into_owned();
        let key = match prefix.trim_end_matches('/') {
            "" => name,
            prefix => format!("{prefix}/{name}"),
        };
        if let Err(refused) = put_object(performer, File::open(path)?, bucket, &key) {
            return Ok(Err(refused));
        }
    }
    let count = files.len();
    let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let without = match left_out.is_empty() {
        true => String::new(),
        false => format!(", without {left_out}"),
    };
    Ok(Ok(format!("{files} in {bucket}{without}")))
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

//! A consistent copy of the data folder while the server runs: the database first, then the blobs
//! that it names; what is written meanwhile is new content and harms nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shared::Shared;

/// Writes a backup into a folder that does not exist yet; gives its size in bytes. The sealing key
/// is not part of it.
///
/// # Errors
/// The folder exists, the database is not ours to copy, or the disk does not take it.
pub async fn take(shared: &Shared, into: &Path) -> Result<u64> {
    if into.exists() {
        bail!("{} exists: name a folder that does not", into.display());
    }
    if into.starts_with(&shared.config.data) {
        bail!("{} lies in the data folder: name a folder elsewhere", into.display());
    }
    shared.desk.store.backup(into).await?;
    let (from, to) = (shared.config.data.join("blobs"), into.join("blobs"));
    tokio::task::spawn_blocking(move || copy(&from, &to)).await??;
    let (from, to) = (shared.config.data.join("credentials"), into.join("credentials"));
    fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    size(into)
}

/// Copies a tree; a file that is gone by the time it is reached was not needed.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type()? {
            kind if kind.is_dir() => copy(&source, &target)?,
            kind if kind.is_file() => match fs::copy(&source, &target) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(cause.into());
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(())
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

//! A consistent copy of the data folder while the server runs: the database first, then the blobs
//! that it names; what is written meanwhile is new content and harms nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::folder::private_folder;
use crate::shared::Shared;

/// Writes a backup into a folder that does not exist yet; gives its size in bytes. The sealing key
/// is not part of it.
///
/// # Errors
/// The folder exists, the database is not ours to copy, or the disk does not take it.
pub async fn take(shared: &Shared, into: &Path) -> Result<u64> {
    make(into, &shared.config.data)?;
    let filled = fill(shared, into).await;
    if filled.is_err() {
        // Half a backup must not be taken for one, and the next try needs the name.
        let _ = fs::remove_dir_all(into);
    }
    filled
}

/// Makes the folder, for its owner alone.
fn make(into: &Path, data: &Path) -> Result<()> {
    if into.exists() {
        bail!("{} exists: name a folder that does not", into.display());
    }
    let parent = into.parent().map(Path::canonicalize).transpose();
    let parent =
        parent.with_context(|| format!("there is no folder to make {} in", into.display()))?;
    if parent.is_some_and(|parent| data.canonicalize().is_ok_and(|data| parent.starts_with(data))) {
        bail!("{} lies in the data folder: name a folder elsewhere", into.display());
    }
    private_folder(into).with_context(|| format!("cannot make {}", into.display()))
}

async fn fill(shared: &Shared, into: &Path) -> Result<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_backup_gets_a_new_private_folder_outside_the_data() {
        let place = tempfile::tempdir().expect("a folder");
        let data = place.path().join("data");
        fs::create_dir(&data).expect("made");
        let refused = |into: &str, words: &str| {
            let text = make(&place.path().join(into), &data).expect_err(into).to_string();
            assert!(text.contains(words), "{into}: {text}");
        };
        refused("data", "exists");
        refused("data/backup", "lies in the data folder");
        refused("data/../data/backup", "lies in the data folder");
        refused("missing/backup", "there is no folder to make");

        let into = place.path().join("backup");
        make(&into, &data).expect("made");
        let mode = into.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

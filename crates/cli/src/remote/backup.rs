//! `towpath backup`, which a running server writes, and `towpath restore`, which needs none.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use store::DATABASE_FILE;
use wire::Service;
use wire::towpath::{BackupInput, BackupOutput};

use super::environment::default_sealing_key;
use super::table::fields;
use super::{Client, Folder, Output};

/// Flags of `backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupArguments {
    #[command(flatten)]
    folder: Folder,
    /// A folder that does not exist yet
    path: PathBuf,
    /// The API's JSON instead of text
    #[arg(long)]
    json: bool,
}

/// Flags of `restore`.
#[derive(Args, Clone, Debug)]
pub struct RestoreArguments {
    #[command(flatten)]
    folder: Folder,
    /// The folder that `towpath backup` wrote
    backup: PathBuf,
}

/// Where a copy lies until it is whole.
const UNFINISHED: &str = "restoring";

/// Asks the running server for a backup.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn backup(arguments: BackupArguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    let path = std::path::absolute(&arguments.path)?;
    let path = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    let input = BackupInput { path: path.to_owned() };
    let made: BackupOutput = client.call(Service::Towpath, "Backup", &input).await?;
    if arguments.json {
        return Ok(out.json(&made)?);
    }
    let at = made.taken_at.0.rfc3339();
    let rows = [("backup", made.path), ("bytes", made.bytes.to_string()), ("as of", at)];
    fields(out.answer, &rows)?;
    Ok(out.say(&about_the_key())?)
}

/// Puts a backup into an empty data folder, on which a server then starts.
///
/// # Errors
/// The data folder is not empty, or the backup is damaged, of a newer release, or cannot be copied.
pub fn restore(arguments: RestoreArguments, out: &mut Output<'_>) -> Result<()> {
    let data = arguments.folder.path();
    put_back(&arguments.backup, &data)?;
    fields(out.answer, &[("restored", data.display().to_string())])?;
    Ok(out.say(&about_the_key())?)
}

fn about_the_key() -> String {
    let place = default_sealing_key();
    format!(
        "the sealing key is no part of a backup: the server needs the one that it had, in {} or \
         where --sealing-key says",
        place.display()
    )
}

/// Copies a backup into a data folder that is empty or does not exist yet.
///
/// # Errors
/// As [`restore`].
pub fn put_back(backup: &Path, data: &Path) -> Result<()> {
    let holds_database = backup.join(DATABASE_FILE).is_file();
    ensure!(holds_database, "{} is no backup: it holds no {DATABASE_FILE}", backup.display());
    make_empty(data)?;
    // Copied beneath, checked, then moved: a server never finds half a folder.
    let unfinished = data.join(UNFINISHED);
    let whole =
        copy_tree(backup, &unfinished).and_then(|()| Ok(store::backup::check(&unfinished)?));
    if let Err(error) = whole {
        let _ = fs::remove_dir_all(&unfinished);
        return Err(error.context(format!("{} cannot be restored", backup.display())));
    }
    move_up(&unfinished, data).with_context(|| format!("cannot fill {}", data.display()))
}

fn make_empty(data: &Path) -> Result<()> {
    let making = DirBuilder::new().recursive(true).mode(0o700).create(data);
    making.with_context(|| format!("cannot make the data folder {}", data.display()))?;
    match fs::read_dir(data)?.next() {
        None => Ok(()),
        Some(_) => bail!(
            "{} is not empty: name a data folder that is, or does not exist yet, with --data",
            data.display()
        ),
    }
}

/// Folders for their owner alone, files as they are. A backup holds nothing else.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target, kind) = (entry.path(), to.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            copy_tree(&source, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).with_context(|| source.display().to_string())?;
            fs::File::open(&target)?.sync_all()?;
        } else {
            bail!("{} is neither a file nor a folder", source.display());
        }
    }
    Ok(fs::File::open(to)?.sync_all()?)
}

/// The database goes last: with it the folder is whole.
fn move_up(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        if name != DATABASE_FILE {
            fs::rename(from.join(&name), to.join(&name))?;
        }
    }
    fs::rename(from.join(DATABASE_FILE), to.join(DATABASE_FILE))?;
    fs::remove_dir(from).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    fs::File::open(to)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{Store, StoreConfig};

    async fn a_backup(folder: &Path) -> PathBuf {
        let (live, copy) = (folder.join("live"), folder.join("copy"));
        fs::create_dir_all(&live).expect("made");
        fs::create_dir_all(copy.join("blobs/aa")).expect("made");
        let store = Store::open(&StoreConfig::Folder(live)).await.expect("opened");
        store.backup(&copy).await.expect("copied");
        fs::write(copy.join("blobs/aa/1"), "bytes").expect("written");
        copy
    }

    #[tokio::test]
    async fn a_backup_fills_an_empty_folder_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let (copy, data) = (a_backup(folder.path()).await, folder.path().join("data"));
        put_back(&copy, &data).expect("restored");
        assert_eq!(fs::read(data.join("blobs/aa/1")).expect("there"), b"bytes");
        assert!(data.join(DATABASE_FILE).is_file() && !data.join(UNFINISHED).exists());
        let said = put_back(&copy, &data).expect_err("refused").to_string();
        assert!(said.contains("is not empty"), "{said}");
    }

    #[tokio::test]
    async fn what_is_no_backup_is_refused_and_leaves_the_folder_empty() {
        let folder = tempfile::tempdir().expect("a folder");
        let (empty, data) = (folder.path().join("empty"), folder.path().join("data"));
        fs::create_dir(&empty).expect("made");
        let said = put_back(&empty, &data).expect_err("refused").to_string();
        assert!(said.contains("is no backup"), "{said}");
        fs::write(empty.join(DATABASE_FILE), "not a database at all").expect("written");
        let said = put_back(&empty, &data).expect_err("refused").to_string();
        assert!(said.contains("cannot be restored"), "{said}");
        assert_eq!(fs::read_dir(&data).expect("made").count(), 0);
    }
}

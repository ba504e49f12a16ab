//! The data folder: one server at a time, and the two files by which others find it.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domain::{AccessKeyId, Region, Secret};

use crate::limits::{LOCK_PAUSE, LOCK_TRIES_MAX};

/// The folder, held by this process until it is dropped.
pub struct DataFolder {
    /// Where it is.
    pub path: PathBuf,
    lock: File,
}

/// A child that is about to become another program still has the lock's file: closing it is not enough.
impl Drop for DataFolder {
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

impl DataFolder {
    /// Makes the folder where it is missing and takes its lock. It is its owner's alone (0700),
    /// one that was there before too: mirrors and logs are nobody else's to read.
    ///
    /// # Errors
    /// Another server holds it (its process id is named), or the folder cannot be made.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = || unusable(path);
        private_folder(path).with_context(failed)?;
        let path = path.canonicalize()?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).with_context(failed)?;
        let lock = lock(&path.join("lock"))?;
        Ok(Self { path, lock })
    }

    /// Writes `server.json` (0600): how `towpath env` and the client commands find this server.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_address(&self, address: &str, region: &Region) -> Result<()> {
        let content = serde_json::json!({
            "address": address, "region": region, "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        write_private(&self.path.join("server.json"), &format!("{content:#}\n"))
    }

    /// Takes `server.json` away; a stopped server is not to be found.
    pub fn remove_address(&self) {
        let _ = std::fs::remove_file(self.path.join("server.json"));
    }

    /// Writes the first access key in the shared-credentials format, profile `default` (0600).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_credentials(&self, key: &AccessKeyId, secret: &Secret) -> Result<()> {
        let content = format!(
            "[default]\naws_access_key_id = {key}\naws_secret_access_key = {}\n",
            secret.expose()
        );
        write_private(&self.path.join("credentials"), &content)
    }

    /// A folder inside, made where it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn inside(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        private_folder(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }
}

/// Why a data folder cannot be had: whose it is, where it is somebody else's.
fn unusable(path: &Path) -> String {
    let (owner, own) = (std::fs::metadata(path), rustix::process::geteuid().as_raw());
    match owner.map(|it| it.uid()) {
        Ok(uid) if uid != own => format!(
            "the data folder {} belongs to another user (id {uid}, and this is {own}): start the server \
             as that user, or name another folder with --data",
            path.display()
        ),
        _ => format!("cannot make the data folder {}", path.display()),
    }
}

/// Makes a folder, and what is missing above it, for its owner alone.
pub(crate) fn private_folder(path: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Takes the lock. Where its holder was killed, a child of it may have it a moment longer: one that
/// is about to become another program, which lets go.
fn takes(file: &File, path: &Path) -> bool {
    for _ in 0..LOCK_TRIES_MAX {
        if file.try_lock().is_ok() {
            return true;
        }
        let holder = std::fs::read_to_string(path).unwrap_or_default();
        if Path::new("/proc").join(holder.trim()).exists() {
            return false;
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    false
}

fn lock(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let mut file =
        options.create(true).read(true).write(true).truncate(false).mode(0o600).open(path)?;
    if !takes(&file, path) {
        let holder = std::fs::read_to_string(path).unwrap_or_default();
        let folder = path.parent().unwrap_or(path).display();
        bail!(
            "another towpath server (process {}) uses the data folder {folder}: stop it first, or \
             give this one a folder of its own with --data",
            holder.trim()
        );
    }
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())?;
    Ok(file)
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_private(path: &Path, content: &str) -> Result<()> {
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_let_go_opens_again_though_a_child_has_its_lock_still() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path()).expect("the first opens it");
        let childs = first.lock.try_clone().expect("as a child has it");
        drop(first);
        DataFolder::open(folder.path()).expect("nobody holds it");
        drop(childs);
    }

    #[test]
    fn a_second_server_on_the_same_folder_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path()).expect("the first opens it");
        let second = DataFolder::open(folder.path()).err().expect("the second is refused");
        let text = second.to_string();
        assert!(
            text.contains(&std::process::id().to_string()) && text.contains("--data"),
            "{text}"
        );
        drop(first);
        DataFolder::open(folder.path()).expect("once it is free it opens again");
    }

    #[test]
    fn a_killed_servers_last_child_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        // No process has a number that large.
        std::fs::write(&path, "99999999").expect("written");
        let held = File::open(&path).expect("there");
        held.lock().expect("ours");
        std::thread::spawn(move || drop(held));
        DataFolder::open(folder.path()).expect("it lets go in time");
    }

    #[test]
    fn a_folder_that_others_could_read_is_closed_to_them() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("opened up");
        let data = DataFolder::open(folder.path()).expect("open");
        let inside = data.inside("mirrors").expect("made");
        for path in [folder.path(), &inside] {
            let mode = path.metadata().expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", path.display());
        }
    }

    #[test]
    fn credentials_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(folder.path()).expect("open");
        data.write_credentials(&"AKIAX".into(), &Secret::new("s")).expect("written");
        let mode =
            folder.path().join("credentials").metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

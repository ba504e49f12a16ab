//! What was signed last, in a file beside the sealing key: whoever has the database alone, and takes
//! away the newest entries with the newest signatures, is found out by it.

use super::signed::SignedHeads;
use crate::store::StoreConfig;
use crate::vault::{hex, write_draft};
use aws_lc_rs::digest;
use std::fs;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The file of one database.
#[derive(Clone, Debug)]
pub struct Witness(PathBuf);

impl Witness {
    /// The file beside a sealing key: a key may serve several databases.
    pub fn beside(key: &Path, of: &StoreConfig) -> Self {
        let place = match of {
            StoreConfig::Memory => "memory".to_owned(),
            StoreConfig::Folder(folder) => {
                fs::canonicalize(folder).as_deref().unwrap_or(folder).display().to_string()
            }
            StoreConfig::Postgres(url) => url.clone(),
        };
        let name = hex(&digest::digest(&digest::SHA256, place.as_bytes()).as_ref()[..8]);
        Self(key.with_extension(format!("audit-{name}")))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What it says; `None` where it is not there or says something else.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self) -> Result<Option<SignedHeads>> {
        match fs::read(&self.0) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// Remembers what was signed, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, signed: &SignedHeads) -> Result<()> {
        let draft = self.draft();
        // One that a crash left behind, of a process that had this one's id.
        let _ = fs::remove_file(&draft);
        write_draft(&draft, &serde_json::to_vec(signed)?)?;
        fs::rename(&draft, &self.0)
    }

    /// A name that nobody else writes under, the sealing key's own drafts least of all.
    fn draft(&self) -> PathBuf {
        static DRAFTS: AtomicU64 = AtomicU64::new(0);
        let mut name = self.0.clone().into_os_string();
        name.push(format!(".new-{}-{}", std::process::id(), DRAFTS.fetch_add(1, Relaxed)));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;
    use domain::Timestamp;

    #[test]
    fn a_key_that_is_added_meanwhile_and_another_witness_are_in_nobodys_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("sealing.key");
        let vault = Vault::open(&key).expect("a key");
        let place = |name: &str| StoreConfig::Folder(folder.path().join(name));
        let witnesses = ["one", "two", "two"].map(|name| Witness::beside(&key, &place(name)));
        std::thread::scope(|scope| {
            for witness in &witnesses {
                let signed = SignedHeads::sign(&vault, Timestamp(1), Vec::new());
                scope.spawn(move || (0..50).for_each(|_| witness.write(&signed).expect("written")));
            }
            (0..50).for_each(|_| vault.add_key().expect("added"));
        });
        let vault = Vault::open(&key).expect("keys, and nothing else");
        for witness in &witnesses {
            assert!(witness.read().expect("read").expect("there").holds(&vault));
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3, "no draft is left");
    }
}

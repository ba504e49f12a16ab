//! What was signed last, in a file beside the sealing key: whoever has the database alone, and takes
//! away the newest entries with the newest signatures, is found out by it.

use super::signed::SignedHeads;
use crate::store::StoreConfig;
use crate::vault::hex;
use aws_lc_rs::digest;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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
        let draft = self.0.with_extension(format!("new-{}", std::process::id()));
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec(signed)?)?;
        file.sync_all()?;
        fs::rename(&draft, &self.0)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

//! Seals secrets for the database, and opens them again: AES-256-GCM with the place of each secret
//! as additional data, so that a sealed value moved to another row, column or account does not
//! open. Signs what the database must not be able to say by itself: HMAC-SHA256 with a key made of
//! the sealing key.
//!
//! The key lies in a file of its own, by default outside the data folder, so that a backup does not
//! carry both. Who may open what is left to the rooms above.

mod key_file;

use crate::places::Place;
use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use aws_lc_rs::{hmac, rand};
use domain::Secret;
use key_file::{KEY_ID_BYTES, Key, bytes_of_hex, new_key, read, read_private, written};
pub(crate) use key_file::{hex, write_draft};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

/// The first byte of everything sealed: this layout.
const LAYOUT: u8 = 1;
/// Layout, key id, nonce; then the sealed text with its tag.
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key's file could not be read or made.
    #[error("the sealing key {path}: {why}")]
    KeyFile {
        /// The file.
        path: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// Others than its owner may read the key's file.
    #[error("the sealing key {path} has mode {mode:o}, others can read it: run chmod 600 on it")]
    KeyOpenToOthers {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The key's file holds something else.
    #[error("the sealing key {path} must hold one key a line, 64 hexadecimal digits each")]
    NotAKey {
        /// The file.
        path: String,
    },
    /// The secret was sealed with a key that is not in the file.
    #[error("a secret was sealed with another sealing key ({key}): use the key file it came from")]
    OtherKey {
        /// The key's id.
        key: String,
    },
    /// The sealed bytes were altered, or lie elsewhere than where they were sealed.
    #[error("a sealed secret in {table}.{column} was altered or moved from another place")]
    Altered {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// No randomness, or the cipher refused: nothing was sealed.
    #[error("a secret could not be sealed")]
    NotSealed,
}

/// The sealing keys. The last one seals and signs, all of them open and verify.
pub struct Vault {
    path: PathBuf,
    keys: RwLock<Arc<Vec<Arc<Key>>>>,
    /// As the file was when it was read last.
    read: Mutex<Option<(SystemTime, u64)>>,
}

/// A signature, and which of the sealing keys made it; both in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    key: String,
    tag: String,
}

impl Vault {
    /// Reads the keys of a file, making the file (0600, with one new key) where there is none.
    /// To rotate, add a line: it seals from the next start on, the older ones still open.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        let keys = RwLock::new(Arc::new(read(path)?));
        Ok(Self { path: path.to_owned(), keys, read: Mutex::new(written(path)) })
    }

    /// Adds a key to the file, which seals from now on. A crash leaves the file as it was or with the
    /// key in it, whole.
    ///
    /// # Errors
    /// The file cannot be read or written; then the keys stay as they were.
    pub fn add_key(&self) -> Result<(), VaultError> {
        let failed = |why| VaultError::KeyFile { path: self.path.display().to_string(), why };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let there = read_private(File::open(&self.path).map_err(failed)?, &self.path)?;
        let added = Secret::new(format!("{}\n{}", there.expose().trim_end(), new_key()?.expose()));
        let draft = self.path.with_extension(format!("new-{}", std::process::id()));
        write_draft(&draft, added.expose().as_bytes())
            .and_then(|()| std::fs::rename(&draft, &self.path))
            .map_err(failed)?;
        *keys = Arc::new(read(&self.path)?);
        Ok(())
    }

    /// The bytes that name the key that seals now, as they stand in what it sealed.
    ///
    /// # Panics
    /// Never: a vault has a key.
    pub fn newest(&self) -> Vec<u8> {
        self.keys().last().expect("a vault has a key").id.to_vec()
    }

    /// Whether the key that seals now sealed this.
    pub fn sealed_last(&self, sealed: &[u8]) -> bool {
        sealed.get(1..1 + KEY_ID_BYTES) == Some(&*self.newest())
    }

    /// The names of all keys, the one that seals last.
    pub fn names(&self) -> Vec<String> {
        self.keys().iter().map(|key| hex(&key.id)).collect()
    }

    fn key(&self, id: &[u8]) -> Option<Arc<Key>> {
        self.keys().iter().find(|key| key.id == id).cloned()
    }

    /// Reads the file again where it was written since: another server may seal with a key that a
    /// person added to both files. Says whether it did.
    fn read_again(&self) -> bool {
        let mut before = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let written = written(&self.path);
        if written.is_none() || *before == written {
            return false;
        }
        *before = written;
        let Ok(read) = read(&self.path) else { return false };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        true
    }

    fn keys(&self) -> Arc<Vec<Arc<Key>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seals a secret for its place.
    pub fn seal(&self, place: &Place<'_>, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        let keys = self.keys();
        let Key { id, sealing, .. } = &**keys.last().ok_or(VaultError::NotSealed)?;
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| VaultError::NotSealed)?;
        let mut sealed = Vec::with_capacity(HEADER_BYTES + secret.expose().len() + 16);
        sealed.push(LAYOUT);
        sealed.extend(id);
        sealed.extend(nonce);
        let aad = Aad::from(place.bytes(&sealed));
        let mut text = secret.expose().as_bytes().to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let done = sealing.seal_in_place_append_tag(nonce, aad, &mut text);
        done.map_err(|_| VaultError::NotSealed)?;
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    pub fn unseal(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Secret, VaultError> {
        let (table, column) = (place.table.to_owned(), place.column.to_owned());
        let altered = || VaultError::Altered { table: table.clone(), column: column.clone() };
        if sealed.len() < HEADER_BYTES || sealed[0] != LAYOUT {
            return Err(altered());
        }
        let (header, text) = sealed.split_at(HEADER_BYTES);
        let (id, nonce) = header[1..].split_at(KEY_ID_BYTES);
        let other = || VaultError::OtherKey { key: hex(id) };
        let known = self.key(id).or_else(|| self.read_again().then(|| self.key(id)).flatten());
        let key = known.ok_or_else(other)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| altered())?;
        let mut text = text.to_vec();
        let aad = Aad::from(place.bytes(header));
        let open = key.sealing.open_in_place(nonce, aad, &mut text).map_err(|_| altered())?.len();
        text.truncate(open);
        String::from_utf8(text).map(Secret::new).map_err(|_| altered())
    }

    /// Signs a text. Texts that mean different things begin with different words.
    ///
    /// # Panics
    /// Never: a vault has a key.
    pub fn sign(&self, text: &str) -> Signature {
        let keys = self.keys();
        let key = keys.last().expect("a vault has a key");
        let tag = hmac::sign(&key.signing, text.as_bytes());
        Signature { key: hex(&key.id), tag: hex(tag.as_ref()) }
    }

    /// Whether one of the keys here signed this text. Compared in constant time.
    pub fn signed(&self, text: &str, signature: &Signature) -> bool {
        let keys = self.keys();
        let key = keys.iter().find(|key| hex(&key.id) == signature.key);
        let tag = bytes_of_hex(&signature.tag);
        key.zip(tag)
            .is_some_and(|(key, tag)| hmac::verify(&key.signing, text.as_bytes(), &tag).is_ok())
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.keys().len())
    }
}

#[cfg(test)]
mod tests {
    use super::key_file::KEY_BYTES;
    use super::*;
    use domain::AccountId;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn place(account: &AccountId) -> Place<'_> {
        Place { table: "hooks", row: "h1", column: "sealed_secret", version: 0, account }
    }

    fn vault(folder: &Path) -> Vault {
        Vault::open(&folder.join("sealing.key")).expect("a vault")
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let (vault, account) = (vault(folder.path()), AccountId::new("000000000000"));
        let (here, other) = (place(&account), AccountId::new("111111111111"));
        let sealed = vault.seal(&here, &Secret::new("hunter2")).expect("it seals");
        assert!(!sealed.windows(7).any(|bytes| bytes == b"hunter2"));
        assert_eq!(vault.unseal(&here, &sealed).expect("it opens").expose(), "hunter2");
        for elsewhere in [
            Place { table: "tokens", ..here },
            Place { row: "h2", ..here },
            Place { column: "sealed_previous", ..here },
            Place { version: 1, ..here },
            Place { account: &other, ..here },
        ] {
            assert!(matches!(vault.unseal(&elsewhere, &sealed), Err(VaultError::Altered { .. })));
        }
    }

    #[test]
    fn altered_bytes_do_not_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let (vault, account) = (vault(folder.path()), AccountId::new("000000000000"));
        let sealed = vault.seal(&place(&account), &Secret::new("hunter2")).expect("it seals");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(vault.unseal(&place(&account), &altered).is_err(), "byte {at}");
            assert!(vault.unseal(&place(&account), &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn an_added_key_seals_and_the_older_one_still_opens() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, account) = (folder.path().join("sealing.key"), AccountId::new("000000000000"));
        let old = vault(folder.path()).seal(&place(&account), &Secret::new("old")).expect("sealed");
        let mut key = OpenOptions::new().append(true).open(&file).expect("the key's file");
        key.write_all(format!("{}\n", "ab".repeat(KEY_BYTES)).as_bytes()).expect("it is added");
        let both = vault(folder.path());
        let new = both.seal(&place(&account), &Secret::new("new")).expect("it seals");
        assert_ne!(old[1..5], new[1..5], "another key's id");
        assert_eq!(both.unseal(&place(&account), &old).expect("it opens").expose(), "old");
        std::fs::write(&file, "cd".repeat(KEY_BYTES)).expect("another key alone");
        let other = vault(folder.path()).unseal(&place(&account), &old);
        assert!(matches!(other, Err(VaultError::OtherKey { .. })));
    }

    #[test]
    fn a_key_that_is_added_while_it_is_used_seals_from_then_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let (vault, account) = (vault(folder.path()), AccountId::new("000000000000"));
        let (place, first) = (place(&account), vault.newest());
        let old = vault.seal(&place, &Secret::new("old")).expect("it seals");
        let signature = vault.sign("text");
        vault.add_key().expect("it is added");
        let new = vault.seal(&place, &Secret::new("new")).expect("it seals");
        assert_eq!((&old[1..5], &new[1..5]), (&*first, &*vault.newest()));
        assert_ne!(first, vault.newest());
        let again = self::vault(folder.path());
        for sealed in [&old, &new] {
            assert_eq!(vault.unseal(&place, sealed).ok(), again.unseal(&place, sealed).ok());
            assert!(again.unseal(&place, sealed).is_ok());
        }
        assert!(vault.signed("text", &signature) && again.names() == vault.names());
        let beside = self::vault(folder.path());
        vault.add_key().expect("another one");
        let newest = vault.seal(&place, &Secret::new("newest")).expect("it seals");
        assert!(
            beside.unseal(&place, &newest).is_ok(),
            "whoever runs beside it reads the file again"
        );
        let files = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/sealing.key");
        Vault::open(&file).expect("it is made, with its folder");
        let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).expect("opened up");
        assert!(matches!(Vault::open(&file), Err(VaultError::KeyOpenToOthers { mode: 0o640, .. })));
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("closed");
        for text in ["", "short", &"zz".repeat(32), &"+1".repeat(32)] {
            std::fs::write(&file, text).expect("written");
            assert!(matches!(Vault::open(&file), Err(VaultError::NotAKey { .. })), "{text}");
        }
    }
}

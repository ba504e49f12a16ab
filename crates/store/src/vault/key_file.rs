//! The file of the sealing keys: one a line, for its owner's eyes only.

use super::VaultError;
use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::{digest, hmac, rand};
use domain::Secret;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const KEY_ID_BYTES: usize = 4;
/// Longest file: a thousand keys.
const KEY_FILE_BYTES_MAX: u64 = 1000 * (2 * KEY_BYTES as u64 + 1);
/// What a signing key is made for: no other use of the sealing key gives the same bytes.
const SIGNING: &[u8] = b"towpath signing key 1";

/// A sealing key, and the signing key that is made of it.
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) sealing: LessSafeKey,
    pub(super) signing: hmac::Key,
}

type KeyId = [u8; KEY_ID_BYTES];

/// The keys of a file, made with one new key where there is none.
pub(super) fn read(path: &Path) -> Result<Vec<Arc<Key>>, VaultError> {
    let name = || path.display().to_string();
    let failed = |why| VaultError::KeyFile { path: name(), why };
    let text = match File::open(path) {
        Ok(file) => read_private(file, path)?,
        Err(why) if why.kind() == ErrorKind::NotFound => make(path)?,
        Err(why) => return Err(failed(why)),
    };
    let keys: Option<Vec<_>> =
        text.expose().lines().map(|line| key_of(line).map(Arc::new)).collect();
    keys.filter(|keys| !keys.is_empty()).ok_or_else(|| VaultError::NotAKey { path: name() })
}

/// When a file was written last, and how long it is: clocks of file systems are coarse.
pub(super) fn written(path: &Path) -> Option<(SystemTime, u64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

/// A line of the file.
pub(super) fn new_key() -> Result<Secret, VaultError> {
    let mut key = [0; KEY_BYTES];
    rand::fill(&mut key).map_err(|_| VaultError::NotSealed)?;
    Ok(Secret::new(hex(&key) + "\n"))
}

pub(super) fn read_private(file: File, path: &Path) -> Result<Secret, VaultError> {
    let failed = |why| VaultError::KeyFile { path: path.display().to_string(), why };
    let mode = file.metadata().map_err(failed)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(VaultError::KeyOpenToOthers { path: path.display().to_string(), mode });
    }
    let mut text = String::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Secret::new(text))
}

/// Written under another name and then linked, so that a crash leaves no half of a key and of two
/// that start at once one wins and both use its key.
fn make(path: &Path) -> Result<Secret, VaultError> {
    let text = new_key()?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let made = write_draft(&draft, text.expose().as_bytes());
    let made = made.and_then(|()| std::fs::hard_link(&draft, path));
    let removed = std::fs::remove_file(&draft);
    let failed = |why| VaultError::KeyFile { path: path.display().to_string(), why };
    match made {
        Ok(()) => removed.map(|()| text).map_err(failed),
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            read_private(File::open(path).map_err(failed)?, path)
        }
        Err(why) => Err(failed(why)),
    }
}

/// Writes a new file that only its owner reads, with the folder that it is in.
pub(crate) fn write_draft(draft: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = draft.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

fn key_of(line: &str) -> Option<Key> {
    let key = bytes_of_hex(line).filter(|key| key.len() == KEY_BYTES)?;
    let mut id = KeyId::default();
    id.copy_from_slice(&digest::digest(&digest::SHA256, &key).as_ref()[..KEY_ID_BYTES]);
    let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), SIGNING);
    let signing = hmac::Key::new(hmac::HMAC_SHA256, made.as_ref());
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?);
    Some(Key { id, sealing, signing })
}

pub(super) fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| (0..text.len()).step_by(2).map(pair).collect()).flatten()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

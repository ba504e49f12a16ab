//! Artifacts and objects by what they are: a file under the SHA-256 of its bytes.
//!
//! A name is given only to bytes that are already durable, so a reference committed after
//! [`Blobs::keep`] can never name a file that a power cut ate. The same bytes kept again replace
//! the file, which mends one that has rotted. Who still refers to an artifact is not known here.

use crate::draft::hash_from_start;
use crate::{Blobs, Draft, modified};
use domain::{ArtifactRef, Digest, Timestamp};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The store of every artifact that lies in the data folder, in [`ArtifactRef::store`].
pub const LOCAL: &str = "local";

/// Why an artifact could not be opened.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The bytes are not those that the reference names.
    #[error("artifact digest mismatch: {expected} was stored, its bytes are now {found}")]
    Mismatch {
        /// What the reference says.
        expected: Digest,
        /// What lies on the disk: a digest, or a size where that alone tells them apart.
        found: String,
    },
    /// Retention or a person removed it.
    #[error("artifact {0} is no longer stored")]
    Missing(Digest),
    /// The reference names no artifact of this store.
    #[error("{0} is no artifact of this store: its digest must be 64 lower-case hex digits")]
    NotOurs(Digest),
    /// The disk did not answer.
    #[error("artifact cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// One artifact on the disk, for the sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// When it was last kept; the sweep leaves young ones, whose reference may not be committed yet.
    pub kept_at: Timestamp,
}

/// How much lies in the folder, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Artifacts and objects.
    pub artifact_bytes: u64,
    /// Logs.
    pub log_bytes: u64,
}

impl Blobs {
    /// Gives a draft its name. When this returns, the bytes and the name survive a power cut.
    pub fn keep(&self, mut draft: Draft) -> io::Result<ArtifactRef> {
        let (digest, size) = draft.settle()?;
        draft.rename_to(&self.content_path(&digest))?;
        Ok(ArtifactRef { digest, size, store: LOCAL.to_owned() })
    }

    /// The same for bytes that must have this digest; `None`, and nothing kept, where they have
    /// another.
    pub fn keep_as(&self, mut draft: Draft, expected: &Digest) -> io::Result<Option<ArtifactRef>> {
        let (digest, size) = draft.settle()?;
        if digest != *expected {
            return Ok(None);
        }
        draft.rename_to(&self.content_path(&digest))?;
        Ok(Some(ArtifactRef { digest, size, store: LOCAL.to_owned() }))
    }

    /// Keeps bytes that are at hand.
    pub fn put(&self, bytes: &[u8]) -> io::Result<ArtifactRef> {
        let mut draft = self.draft()?;
        draft.write_all(bytes)?;
        self.keep(draft)
    }

    /// Opens an artifact whose every byte has been read and found to be what the reference says.
    pub fn open_checked(&self, artifact: &ArtifactRef) -> Result<File, ContentError> {
        let expected = artifact.digest.clone();
        let mut file = self.open_sized(artifact)?;
        let found = hex::encode(hash_from_start(&mut file)?);
        match found == expected.0 {
            true => Ok(file),
            false => Err(ContentError::Mismatch { expected, found }),
        }
    }

    /// Opens an artifact of which only the size was checked: for a reader in pieces, who checked the
    /// whole at the first one, or holds it against the digest himself.
    pub fn open_sized(&self, artifact: &ArtifactRef) -> Result<File, ContentError> {
        let expected = artifact.digest.clone();
        if !is_digest(&expected) || artifact.store != LOCAL {
            return Err(ContentError::NotOurs(expected));
        }
        let file = match File::open(self.content_path(&expected)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ContentError::Missing(expected));
            }
            opened => opened?,
        };
        let size = file.metadata()?.len();
        if size != artifact.size {
            let found = format!("{size} bytes instead of {}", artifact.size);
            return Err(ContentError::Mismatch { expected, found });
        }
        Ok(file)
    }

    /// Removes an artifact; says whether there was one.
    pub fn delete(&self, digest: &Digest) -> io::Result<bool> {
        if !is_digest(digest) {
            return Ok(false);
        }
        match fs::remove_file(self.content_path(digest)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            done => done.map(|()| true),
        }
    }

    /// Every artifact, in no order.
    pub fn list(&self) -> io::Result<Vec<Stored>> {
        let mut all = Vec::new();
        for folder in fs::read_dir(&self.content)? {
            for entry in fs::read_dir(folder?.path())? {
                let entry = entry?;
                let digest = Digest(entry.file_name().to_string_lossy().into_owned());
                let data = entry.metadata()?;
                let (size, kept_at) = (data.len(), modified(&data));
                all.push(Stored { digest, size, kept_at });
            }
        }
        Ok(all)
    }

    /// How much the folder holds. It walks every file: for a page or a metric, not for each call.
    pub fn usage(&self) -> io::Result<Usage> {
        Ok(Usage {
            artifact_bytes: bytes_below(&self.content)?,
            log_bytes: bytes_below(self.segments.folder())?,
        })
    }

    pub(crate) fn content_path(&self, digest: &Digest) -> PathBuf {
        self.content.join(&digest.0[..1]).join(&digest.0)
    }
}

/// Makes the folders of artifacts, one for each first digit. They are made at once and durable, so
/// that no artifact has to wait until its folder's name is.
pub(crate) fn make_folders(content: &Path) -> io::Result<()> {
    for digit in 0..16 {
        let folder = content.join(format!("{digit:x}"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    crate::draft::sync_folder(content)
}

fn is_digest(digest: &Digest) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digest.0.len() == 64 && digest.0.bytes().all(hex)
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        sum += if data.is_dir() { bytes_below(&entry.path())? } else { data.len() };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    fn store() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        (folder, blobs)
    }

    #[test]
    fn what_is_kept_reads_back_under_its_own_digest() {
        let (_folder, blobs) = store();
        let artifact = blobs.put(b"abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((artifact.digest.0.as_str(), artifact.size), (abc, 3));
        let mut text = String::new();
        blobs.open_checked(&artifact).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert_eq!(blobs.put(b"abc").unwrap(), artifact, "kept twice, stored once");
        assert_eq!(blobs.list().unwrap().len(), 1);
        assert_eq!(blobs.usage().unwrap().artifact_bytes, 3);
    }

    #[test]
    fn a_writer_that_goes_back_gets_the_digest_of_what_it_left() {
        let (_folder, blobs) = store();
        let mut draft = blobs.draft().unwrap();
        draft.write_all(b"xbc").unwrap();
        draft.rewind().unwrap();
        draft.write_all(b"a").unwrap();
        assert_eq!(blobs.keep(draft).unwrap(), blobs.put(b"abc").unwrap());
    }

    #[test]
    fn one_flipped_bit_is_found_and_keeping_it_again_mends_it() {
        let (_folder, blobs) = store();
        let artifact = blobs.put(b"abc").unwrap();
        fs::write(blobs.content_path(&artifact.digest), b"abb").unwrap();
        let refused = blobs.open_checked(&artifact).unwrap_err().to_string();
        assert!(refused.starts_with("artifact digest mismatch"), "{refused}");
        fs::write(blobs.content_path(&artifact.digest), b"abcd").unwrap();
        let refused = blobs.open_checked(&artifact).unwrap_err().to_string();
        assert!(refused.contains("4 bytes instead of 3"), "{refused}");
        blobs.put(b"abc").unwrap();
        assert!(blobs.open_checked(&artifact).is_ok());
    }

    #[test]
    fn what_is_no_artifact_of_ours_is_refused_by_name() {
        let (_folder, blobs) = store();
        let artifact = blobs.put(b"abc").unwrap();
        assert!(blobs.delete(&artifact.digest).unwrap());
        assert!(!blobs.delete(&artifact.digest).unwrap());
        assert!(matches!(blobs.open_checked(&artifact), Err(ContentError::Missing(_))));
        for wrong in ["", "ab", "../../../../etc/passwd", &"A".repeat(64)] {
            let digest = Digest(wrong.to_owned());
            assert!(!blobs.delete(&digest).unwrap());
            let artifact = ArtifactRef { digest, size: 1, store: LOCAL.to_owned() };
            assert!(matches!(blobs.open_checked(&artifact), Err(ContentError::NotOurs(_))));
        }
    }

    #[test]
    fn a_draft_that_is_dropped_leaves_nothing() {
        let (folder, blobs) = store();
        drop(blobs.draft().unwrap());
        assert_eq!(fs::read_dir(folder.path().join("drafts")).unwrap().count(), 0);
        fs::write(folder.path().join("drafts/left"), b"by a crash").unwrap();
        drop(Blobs::open(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path().join("drafts")).unwrap().count(), 0);
    }
}

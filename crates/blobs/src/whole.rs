//! An artifact for a reader of all its bytes.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use aws_lc_rs::digest::{SHA256, digest};
use domain::ArtifactRef;

use crate::limits::WHOLE_IN_MEMORY_BYTES_MAX;
use crate::{Blobs, ContentError};

/// Bytes that were all read and found to be what their reference says. Those of a small artifact
/// stay in memory: they are read once, and what is used is what was checked.
#[derive(Debug)]
pub enum Whole {
    /// A small artifact.
    Memory(Cursor<Vec<u8>>),
    /// A larger one.
    Disk(BufReader<File>),
}

impl Blobs {
    /// Reads an artifact, and holds its every byte against the reference.
    ///
    /// # Errors
    /// [`ContentError`]: it is not there, it is another one, or the disk did not answer.
    pub fn whole(&self, artifact: &ArtifactRef) -> Result<Whole, ContentError> {
        if artifact.size > WHOLE_IN_MEMORY_BYTES_MAX {
            return Ok(Whole::Disk(BufReader::new(self.open_checked(artifact)?)));
        }
        let mut bytes = Vec::with_capacity(artifact.size as usize + 1);
        self.open_sized(artifact)?.take(artifact.size + 1).read_to_end(&mut bytes)?;
        let (expected, found) = (artifact.digest.clone(), hex::encode(digest(&SHA256, &bytes)));
        match found == expected.0 {
            true => Ok(Whole::Memory(Cursor::new(bytes))),
            false => Err(ContentError::Mismatch { expected, found }),
        }
    }
}

impl Read for Whole {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => bytes.read(into),
            Self::Disk(file) => file.read(into),
        }
    }
}

impl Seek for Whole {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => bytes.seek(to),
            Self::Disk(file) => file.seek(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_small_artifact_and_a_large_one_read_alike_and_rot_is_found_in_both() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        for (size, in_memory) in
            [(3, true), (WHOLE_IN_MEMORY_BYTES_MAX, true), (WHOLE_IN_MEMORY_BYTES_MAX + 1, false)]
        {
            let mut content = vec![7; size as usize];
            let artifact = blobs.put(&content).unwrap();
            let mut whole = blobs.whole(&artifact).unwrap();
            assert_eq!(matches!(whole, Whole::Memory(_)), in_memory, "{size}");
            let mut read = Vec::new();
            whole.read_to_end(&mut read).unwrap();
            assert!(read == content, "{size}");
            assert_eq!(whole.seek(SeekFrom::End(-1)).unwrap(), size - 1);
            content[1] = 8;
            fs::write(blobs.content_path(&artifact.digest), &content).unwrap();
            assert!(matches!(blobs.whole(&artifact), Err(ContentError::Mismatch { .. })), "{size}");
        }
    }
}

//! Content that is being written and has no name yet. Dropped, it is gone.

use crate::Blobs;
use aws_lc_rs::digest;
use domain::Digest;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A file under way. What is written straight on is hashed on its way; whoever moves about in it
/// (an archive's writer does) pays with one more reading at the end.
pub struct Draft {
    file: NamedTempFile,
    hash: Option<digest::Context>,
}

impl Blobs {
    /// Begins a draft on the disk that holds the blobs.
    pub fn draft(&self) -> io::Result<Draft> {
        let file = NamedTempFile::new_in(&self.drafts)?;
        Ok(Draft { file, hash: Some(digest::Context::new(&digest::SHA256)) })
    }
}

impl Draft {
    /// Makes the bytes durable and says what they are: digest and size.
    pub(crate) fn settle(&mut self) -> io::Result<(Digest, u64)> {
        let file = self.file.as_file_mut();
        rustix::fs::fdatasync(&*file)?;
        let size = file.metadata()?.len();
        let digest = match self.hash.take() {
            Some(hash) => hash.finish(),
            None => hash_from_start(file)?,
        };
        Ok((Digest(hex::encode(digest)), size))
    }

    /// Moves the file to its place, over whatever was there, and makes the name durable.
    pub(crate) fn rename_to(self, target: &Path) -> io::Result<()> {
        self.file.persist(target).map_err(|refused| refused.error)?;
        target.parent().map_or(Ok(()), sync_folder)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // Asking where one stands moves nothing.
        if to != SeekFrom::Current(0) {
            self.hash = None;
        }
        self.file.seek(to)
    }
}

/// The SHA-256 of a whole file; leaves it at its start.
pub(crate) fn hash_from_start(file: &mut File) -> io::Result<digest::Digest> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut bytes = vec![0; 256 * 1024];
    file.rewind()?;
    loop {
        match file.read(&mut bytes)? {
            0 => break,
            read => hash.update(&bytes[..read]),
        }
    }
    file.rewind()?;
    Ok(hash.finish())
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

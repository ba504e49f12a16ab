//! The files of LFS that were brought, in a folder: by their hashes, as git-lfs arranges its own.

use super::{LfsError, Pointer, Wanted};
use crate::limits::LFS_KEPT_BYTES_MAX;
use aws_lc_rs::digest::{Context, SHA256};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A folder of files.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

/// A file that is coming. Dropped, it is gone.
pub(super) struct Draft<'a> {
    pointer: &'a Pointer,
    place: PathBuf,
    file: NamedTempFile,
    hash: Context,
    size: u64,
}

impl Kept {
    /// What is kept in this folder, which is made when the first file is.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether a pointer's file was brought.
    pub fn has(&self, pointer: &Pointer) -> bool {
        fs::metadata(self.place(pointer)).is_ok_and(|data| data.len() == pointer.size)
    }

    /// Puts a file in the place of its pointer in a working copy.
    ///
    /// # Errors
    /// The disk does not answer, or the file is not kept.
    pub fn put(&self, pointer: &Pointer, place: &Path) -> io::Result<()> {
        // The pointer's own mode stays: a file may be executable.
        io::copy(&mut File::open(self.place(pointer))?, &mut File::create(place)?).map(drop)
    }

    pub(super) fn draft<'a>(&self, pointer: &'a Pointer) -> io::Result<Draft<'a>> {
        let place = self.place(pointer);
        let above = place.parent().unwrap_or(&self.folder);
        fs::create_dir_all(above)?;
        let (file, hash) = (NamedTempFile::new_in(above)?, Context::new(&SHA256));
        Ok(Draft { pointer, place, file, hash, size: 0 })
    }

    /// Makes room: the oldest go that are not wanted now.
    pub(super) fn forget_oldest(&self, wanted: &[Wanted]) -> io::Result<()> {
        let wanted: HashSet<_> = wanted.iter().map(|(_, it)| self.place(it)).collect();
        let mut files = Vec::new();
        for folder in folders(&self.folder).flat_map(|folder| folders(&folder)) {
            for entry in fs::read_dir(folder)?.flatten() {
                let data = entry.metadata()?;
                files.push((data.modified()?, data.len(), entry.path()));
            }
        }
        files.sort_unstable();
        let mut bytes: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if bytes > LFS_KEPT_BYTES_MAX && !wanted.contains(&path) {
                fs::remove_file(path)?;
                bytes -= size;
            }
        }
        Ok(())
    }

    fn place(&self, Pointer { oid, .. }: &Pointer) -> PathBuf {
        self.folder.join(&oid[..2]).join(&oid[2..4]).join(oid)
    }
}

/// The folders in a folder; none where there is no such folder.
fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir())
}

impl Draft<'_> {
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hash.update(piece);
        self.size += piece.len() as u64;
        self.file.write_all(piece)
    }

    /// Keeps it, if it is what its pointer says; it appears whole or not at all.
    pub(super) fn keep(self, what: &str) -> Result<(), LfsError> {
        let mismatch = |why| LfsError::Mismatch { what: what.to_owned(), why };
        let Pointer { oid, size } = self.pointer;
        if self.size != *size {
            return Err(mismatch(format!("{} bytes instead of {size}", self.size)));
        }
        if hex::encode(self.hash.finish()) != *oid {
            return Err(mismatch("its SHA-256 is another one".to_owned()));
        }
        self.file.persist(&self.place).map_err(|cause| cause.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Digest;

    #[test]
    fn what_is_kept_is_what_the_pointer_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, bytes) = (Kept::new(folder.path().join("lfs")), b"a wheel");
        let pointer = Pointer { oid: Digest::of(bytes).0, size: bytes.len() as u64 };
        let taken = |pieces: &[&[u8]]| {
            let mut draft = kept.draft(&pointer).expect("a draft");
            pieces.iter().for_each(|piece| draft.write(piece).expect("it is written"));
            draft.keep("wheel.bin")
        };
        let refused = |bytes: &[u8]| taken(&[bytes]).expect_err("refused").to_string();
        assert!(
            refused(b"a whee").contains("wheel.bin came as another file: 6 bytes instead of 7")
        );
        assert!(refused(b"a wheeL").contains("SHA-256"));
        assert!(!kept.has(&pointer));
        taken(&[b"a ", b"wheel"]).expect("it is kept");
        assert!(kept.has(&pointer));
        kept.forget_oldest(&[]).expect("there is room");
        let place = folder.path().join("copy");
        kept.put(&pointer, &place).expect("it is put");
        assert_eq!(fs::read(place).expect("a file"), bytes);
    }
}

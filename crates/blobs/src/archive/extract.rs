//! Taking an archive apart: everything is judged first, then written beneath the folder by calls
//! that the kernel keeps inside it.

use super::name::{Unfit, check_name, stays_inside};
use super::{ArchiveError, LeftOut};
use crate::beneath;
use crate::limits::{ARCHIVE_LINK_BYTES_MAX, ArchiveLimits};
use rustix::fs::{Gid, Uid};
use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use zip::ZipArchive;
use zip::read::ZipFileEntry;
use zip::result::ZipError;

/// What is moved from an entry to its file at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// To whom the files shall belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Files, folders named by an entry, and links.
    pub entries: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// What was left out, and why.
    pub left_out: LeftOut,
}

/// Unpacks `archive` into the folder `into`, which exists and holds none of its files yet. Files are
/// 0644, or 0755 where the archive says executable; they belong to `owner`, or to this process.
pub fn extract(
    mut archive: impl Read + Seek,
    into: &Path,
    owner: Option<Owner>,
    limits: &ArchiveLimits,
) -> Result<Extracted, ArchiveError> {
    let budget = Budget { limits, archive_bytes: archive.seek(SeekFrom::End(0))?, out: 0 };
    let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
    let mut tree = Tree { root: beneath::folder(into)?, owner, budget, buffer };
    let mut zip = ZipArchive::new(archive).map_err(malformed)?;
    let (entries, mut left_out) = judge(&zip, tree.budget.limits)?;
    let (mut links, mut taken) = (Vec::new(), entries.len());
    for entry in &entries {
        let path = Path::new(&entry.path);
        match entry.kind {
            Kind::Folder => drop(tree.folders(path)?),
            Kind::File { executable } => {
                let mut content = zip.by_index(entry.index).map_err(malformed)?;
                tree.file(path, executable, &mut content)?;
            }
            Kind::Link => {
                let content = zip.by_index(entry.index).map_err(malformed)?;
                match link_target(&entry.path, content)? {
                    Some(target) => links.push((entry.path.as_str(), target)),
                    None => {
                        left_out.add(entry.path.as_bytes(), "a link that leads out");
                        taken -= 1;
                    }
                }
            }
        }
    }
    // Last, so that nothing is ever written through one.
    for (path, target) in links {
        tree.link(path, &target)?;
    }
    Ok(Extracted { entries: taken, bytes: tree.budget.out, left_out })
}

struct Entry {
    index: usize,
    path: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Folder,
    File { executable: bool },
    Link,
}

/// Every entry's path and kind, and what is left out for its name; or the first reason to refuse the
/// archive.
fn judge<R: Read + Seek>(
    zip: &ZipArchive<R>,
    limits: &ArchiveLimits,
) -> Result<(Vec<Entry>, LeftOut), ArchiveError> {
    if zip.len() > limits.entries_max {
        return Err(ArchiveError::TooMuch { what: "entries", max: limits.entries_max as u64 });
    }
    if zip.has_duplicate_names() {
        return Err(ArchiveError::Malformed("two entries have one name".to_owned()));
    }
    let (mut entries, mut bytes) = (Vec::with_capacity(zip.len()), 0u64);
    let mut left_out = LeftOut::default();
    for index in 0..zip.len() {
        let entry = zip.by_index_data(index).map_err(malformed)?;
        let raw = entry.name_raw();
        let path = match check_name(raw, limits.depth_max) {
            Ok(path) => path.to_owned(),
            Err(Unfit::Refused(why)) => return Err(refused(&String::from_utf8_lossy(raw), why)),
            Err(Unfit::LeftOut(why)) => {
                left_out.add(raw, why);
                continue;
            }
        };
        let kind = kind_of(&entry, &path)?;
        if entry.encrypted() {
            return Err(refused(&path, "it is encrypted"));
        }
        bytes = bytes.saturating_add(entry.size());
        entries.push(Entry { index, path, kind });
    }
    if bytes > limits.bytes_max {
        return Err(ArchiveError::TooMuch { what: "bytes", max: limits.bytes_max });
    }
    check_twins(&entries)?;
    Ok((entries, left_out))
}

/// What the entry at a path is to be.
pub(super) fn kind_of(entry: &ZipFileEntry<'_>, path: &str) -> Result<Kind, ArchiveError> {
    // Not `unix_mode()`: that leaves out the very bits that are refused here.
    let is_unix = entry.system() == zip::System::Unix;
    let mode = if is_unix { entry.external_attributes() >> 16 } else { 0 };
    let is_folder = entry.name_raw().ends_with(b"/");
    kind(mode, is_folder).map_err(|why| refused(path, why))
}

fn kind(mode: u32, is_folder: bool) -> Result<Kind, &'static str> {
    if mode & 0o6000 != 0 {
        return Err("it is set-user-id or set-group-id");
    }
    match (mode & 0o170_000, is_folder) {
        (0 | 0o040_000, true) => Ok(Kind::Folder),
        (0 | 0o100_000, false) => Ok(Kind::File { executable: mode & 0o100 != 0 }),
        (0o120_000, false) => Ok(Kind::Link),
        (0o040_000 | 0o100_000 | 0o120_000, _) => {
            Err("its name and its mode disagree on what it is")
        }
        _ => Err("it is neither a file, a folder nor a symbolic link"),
    }
}

/// Refuses two entries at one path, and an entry below a file or a link.
fn check_twins(entries: &[Entry]) -> Result<(), ArchiveError> {
    let solid = entries.iter().filter(|entry| entry.kind != Kind::Folder);
    let solid: HashSet<&str> = solid.map(|entry| entry.path.as_str()).collect();
    for entry in entries {
        let path = entry.path.as_str();
        if entry.kind == Kind::Folder && solid.contains(path) {
            return Err(refused(path, "another entry has the same path"));
        }
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        if let Some(part) = above.find(|part| solid.contains(part)) {
            return Err(refused(part, "another entry lies below it"));
        }
    }
    Ok(())
}

/// Where a link points to, if that is inside.
fn link_target(path: &str, content: impl Read) -> Result<Option<Vec<u8>>, ArchiveError> {
    let mut target = Vec::new();
    content.take(ARCHIVE_LINK_BYTES_MAX + 1).read_to_end(&mut target).map_err(unreadable)?;
    Ok(Some(target).filter(|target| stays_inside(path, target)))
}

fn refused(entry: &str, why: &'static str) -> ArchiveError {
    ArchiveError::Entry { entry: entry.to_owned(), why }
}

/// How much may still come out.
struct Budget<'a> {
    limits: &'a ArchiveLimits,
    archive_bytes: u64,
    out: u64,
}

impl Budget<'_> {
    /// Counts bytes that came out, whatever the archive had declared.
    fn spend(&mut self, bytes: usize) -> Result<(), ArchiveError> {
        self.out += bytes as u64;
        let ArchiveLimits { bytes_max, ratio_max, ratio_from_bytes, .. } = *self.limits;
        if self.out > bytes_max {
            return Err(ArchiveError::TooMuch { what: "bytes", max: bytes_max });
        }
        if self.out > ratio_from_bytes && self.out / self.archive_bytes.max(1) > ratio_max {
            return Err(ArchiveError::TooMuch {
                what: "bytes out for one byte in",
                max: ratio_max,
            });
        }
        Ok(())
    }
}

/// The folder that is being filled.
struct Tree<'a> {
    root: OwnedFd,
    owner: Option<Owner>,
    budget: Budget<'a>,
    /// One for all files: most are far smaller.
    buffer: Box<[u8]>,
}

impl Tree<'_> {
    fn folders(&self, path: &Path) -> Result<OwnedFd, ArchiveError> {
        Ok(beneath::make_folders(&self.root, path, 0o755, |made| self.give(made))?)
    }

    fn file(
        &mut self,
        path: &Path,
        executable: bool,
        content: &mut impl Read,
    ) -> Result<(), ArchiveError> {
        let mode = if executable { 0o755 } else { 0o644 };
        let mut file = match beneath::create(&self.root, path, mode) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.folders(path.parent().unwrap_or(Path::new("")))?;
                beneath::create(&self.root, path, mode)?
            }
            made => made?,
        };
        self.give(&file)?;
        loop {
            match content.read(&mut self.buffer).map_err(unreadable)? {
                0 => return Ok(()),
                read => {
                    self.budget.spend(read)?;
                    file.write_all(&self.buffer[..read])?;
                }
            }
        }
    }

    fn link(&self, path: &str, target: &[u8]) -> Result<(), ArchiveError> {
        let Some((above, name)) = beneath::split(Path::new(path)) else { return Ok(()) };
        let folder = self.folders(&above)?;
        Ok(rustix::fs::symlinkat(target, &folder, name).map_err(io::Error::from)?)
    }

    fn give(&self, made: impl AsFd) -> io::Result<()> {
        let Some(Owner { uid, gid }) = self.owner else { return Ok(()) };
        Ok(rustix::fs::fchown(made, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?)
    }
}

fn malformed(error: ZipError) -> ArchiveError {
    ArchiveError::Malformed(error.to_string())
}

fn unreadable(error: io::Error) -> ArchiveError {
    ArchiveError::Malformed(error.to_string())
}

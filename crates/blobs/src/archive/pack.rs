//! Making an archive of a tree: the same bytes for the same content, whoever made the tree and when.
//!
//! The tree may have been made by a hostile step that is gone by now: no link is followed, what is
//! neither file, folder nor a link that stays inside is left out and named.

use super::name::{check_name, stays_inside};
use super::select::selects;
use super::{ArchiveError, LeftOut};
use crate::limits::{ArchiveLimits, PACK_STORED_BYTES_MAX};
use crate::{Draft, beneath};
use rustix::fs::{AtFlags, Dir, FileType};
use std::fs::File;
use std::io::{self, BufWriter};
use std::os::fd::OwnedFd;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What went in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Files and links.
    pub entries: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// What was selected and left out, and why.
    pub left_out: LeftOut,
}

/// Writes the files below `folder` that `patterns` name (all, where there are none) into `draft`.
/// Folders are not entries of their own. An error where patterns name nothing.
pub fn pack(
    folder: &Path,
    patterns: &[String],
    limits: &ArchiveLimits,
    draft: &mut Draft,
) -> Result<Packed, ArchiveError> {
    let mut walk = Walk { root: beneath::folder(folder)?, patterns, limits, found: Vec::new() };
    let mut packed = Packed::default();
    walk.visit_all(&mut packed.left_out)?;
    if walk.found.is_empty() && !patterns.is_empty() {
        return Err(ArchiveError::NothingMatches(patterns.join(", ")));
    }
    walk.found.sort_by(|one, other| one.path.cmp(&other.path));
    let method = match walk.found.iter().map(|found| found.size).sum::<u64>() {
        0..=PACK_STORED_BYTES_MAX => CompressionMethod::Stored,
        _ => CompressionMethod::Deflated,
    };
    let mut zip = ZipWriter::new(BufWriter::with_capacity(256 * 1024, draft));
    for found in &walk.found {
        let written = write_entry(&mut zip, &walk.root, found, method)?;
        packed.entries += 1;
        packed.bytes += written;
    }
    let out = zip.finish().map_err(unwritable)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(packed)
}

struct Found {
    path: String,
    size: u64,
    executable: bool,
    /// Where it is a link.
    target: Option<String>,
}

struct Walk<'a> {
    root: OwnedFd,
    patterns: &'a [String],
    limits: &'a ArchiveLimits,
    found: Vec<Found>,
}

impl Walk<'_> {
    /// Visits every folder, without recursion: a step may nest them as deep as it likes.
    fn visit_all(&mut self, left_out: &mut LeftOut) -> Result<(), ArchiveError> {
        let mut waiting = vec![String::new()];
        while let Some(folder) = waiting.pop() {
            let opened = beneath::open_folder(&self.root, Path::new(&folder))?;
            for entry in Dir::read_from(&opened).map_err(io::Error::from)? {
                let name = entry.map_err(io::Error::from)?.file_name().to_owned();
                if matches!(name.to_bytes(), b"." | b"..") {
                    continue;
                }
                let slash = if folder.is_empty() { "" } else { "/" };
                let raw = [folder.as_bytes(), slash.as_bytes(), name.to_bytes()].concat();
                let data = rustix::fs::statat(&opened, &name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_err(io::Error::from)?;
                match check_name(&raw, self.limits.depth_max) {
                    Err(unfit) => left_out.add(&raw, unfit.why()),
                    Ok(path) if FileType::from_raw_mode(data.st_mode) == FileType::Directory => {
                        waiting.push(path.to_owned());
                    }
                    Ok(path) if selects(self.patterns, path) => {
                        self.take(path.to_owned(), &data, left_out)?;
                    }
                    Ok(_) => {}
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        path: String,
        data: &rustix::fs::Stat,
        left_out: &mut LeftOut,
    ) -> Result<(), ArchiveError> {
        let target = match FileType::from_raw_mode(data.st_mode) {
            FileType::RegularFile => None,
            FileType::Symlink => match self.link_inside(&path)? {
                Some(target) => Some(target),
                None => {
                    left_out.add(path.as_bytes(), "a link that leads out");
                    return Ok(());
                }
            },
            _ => {
                left_out.add(path.as_bytes(), "neither a file, a folder nor a symbolic link");
                return Ok(());
            }
        };
        if self.found.len() == self.limits.entries_max {
            let max = self.limits.entries_max as u64;
            return Err(ArchiveError::TooMuch { what: "entries", max });
        }
        let executable = data.st_mode & 0o100 != 0;
        self.found.push(Found { path, size: data.st_size as u64, executable, target });
        Ok(())
    }

    fn link_inside(&self, path: &str) -> io::Result<Option<String>> {
        let Some((above, name)) = beneath::split(Path::new(path)) else { return Ok(None) };
        let folder = beneath::open_folder(&self.root, &above)?;
        let target = rustix::fs::readlinkat(&folder, name, Vec::new())?;
        let inside = stays_inside(path, target.to_bytes());
        Ok(inside.then(|| target.to_string_lossy().into_owned()))
    }
}

fn write_entry(
    zip: &mut ZipWriter<BufWriter<&mut Draft>>,
    root: &OwnedFd,
    found: &Found,
    method: CompressionMethod,
) -> Result<u64, ArchiveError> {
    let mode = if found.executable { 0o755 } else { 0o644 };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level((method == CompressionMethod::Deflated).then_some(1))
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(mode)
        .large_file(found.size > u64::from(u32::MAX));
    if let Some(target) = &found.target {
        let options = options.unix_permissions(0o777);
        zip.add_symlink(&*found.path, &**target, options).map_err(unwritable)?;
        return Ok(0);
    }
    let mut file: File = beneath::open(root, Path::new(&found.path))?;
    zip.start_file(&*found.path, options).map_err(unwritable)?;
    Ok(io::copy(&mut file, zip)?)
}

fn unwritable(error: zip::result::ZipError) -> ArchiveError {
    ArchiveError::Io(error.into())
}

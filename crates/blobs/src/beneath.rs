//! Opening a path below a folder so that nothing on the way can lead out of it: the kernel itself
//! refuses `..`, symbolic links and mounts of its own making (`openat2`, Linux 5.6).

use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

const STAY: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

/// Opens a folder by its own path, to look beneath it.
pub(crate) fn folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Opens what lies at `path` beneath `root`, which must exist. A pipe there does not block.
pub(crate) fn open(root: impl AsFd, path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(rustix::fs::openat2(root, path, flags, Mode::empty(), STAY)?.into())
}

/// Opens a folder beneath `root`.
pub(crate) fn open_folder(root: impl AsFd, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    Ok(rustix::fs::openat2(root, path, flags, Mode::empty(), STAY)?)
}

/// Makes a new file beneath `root`; one that exists is an error.
pub(crate) fn create(root: impl AsFd, path: &Path, mode: u32) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    Ok(rustix::fs::openat2(root, path, flags, Mode::from_raw_mode(mode), STAY)?.into())
}

/// Makes the folder at `path` and those above it, as far as they are missing, and opens it.
/// `made` is told each one that is new.
pub(crate) fn make_folders(
    root: impl AsFd,
    path: &Path,
    mode: u32,
    mut made: impl FnMut(&OwnedFd) -> io::Result<()>,
) -> io::Result<OwnedFd> {
    let mut current = open_folder(&root, Path::new("."))?;
    for part in path.iter() {
        let new = make_folder(&current, part, mode)?;
        current = open_folder(&current, Path::new(part))?;
        if new {
            made(&current)?;
        }
    }
    Ok(current)
}

fn make_folder(parent: &OwnedFd, name: &OsStr, mode: u32) -> io::Result<bool> {
    match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(mode)) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::EXIST) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The folder of a path and its last part; `None` where it has none.
pub(crate) fn split(path: &Path) -> Option<(PathBuf, &OsStr)> {
    Some((path.parent()?.to_path_buf(), path.file_name()?))
}

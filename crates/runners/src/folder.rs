//! Where jobs have their files while they run.
//!
//! A step's user must be able to enter its workspace, and the server's data folder lets nobody in.
//! So, for a server that is root, jobs lie elsewhere when the preferred folder cannot be entered.

use rustix::fs::{AtFlags, Dir, FileType, FlockOperation, IFlags, Mode, OFlags};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The folder in which jobs have theirs. Dropped, it is gone, unless a job or another runner has it.
#[derive(Debug)]
pub(crate) struct Jobs {
    path: PathBuf,
    /// Locked by each runner that uses the folder: a server's runner may end after that of the next
    /// server, in the same process, has begun.
    mark: OwnedFd,
}

impl Jobs {
    /// Makes the folder, emptied of what an earlier process left: `preferred`, or one under `/var/tmp`
    /// where this process gives steps a user of their own and `preferred` cannot be entered by it.
    pub(crate) fn open(preferred: &Path, gives_uids: bool) -> io::Result<Self> {
        let jobs = loop {
            // Whoever had the folder last may take it away until it is marked.
            match make(preferred, gives_uids).and_then(Self::mark) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                marked => break marked?,
            }
        };
        for entry in fs::read_dir(&jobs.path)? {
            remove(&entry?.path())?;
        }
        spread(&jobs.mark);
        Ok(jobs)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn mark(path: PathBuf) -> io::Result<Self> {
        let mark = open_folder(rustix::fs::CWD, &path)?;
        // Where a file system knows no locks nobody can have the folder alone, so it stays.
        let _ = rustix::fs::flock(&mark, FlockOperation::LockShared);
        let (marked, there) = (rustix::fs::fstat(&mark)?, fs::symlink_metadata(&path)?);
        if (marked.st_dev, marked.st_ino) != (there.dev(), there.ino()) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self { path, mark })
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        if rustix::fs::flock(&self.mark, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

fn make(preferred: &Path, gives_uids: bool) -> io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o711).create(preferred)?;
    let preferred = preferred.canonicalize()?;
    match gives_uids && !enterable(&preferred)? {
        true => elsewhere(&preferred),
        false => Ok(preferred),
    }
}

/// Asks ext4 to put each job's folder into another part of the disk, as it does with the folders of
/// users. For every new file it steps over each inode near by that was freed in the last minute, one
/// by one: where jobs come and go in one place, 200 files took it 5 ms at first and 400 soon after.
fn spread(folder: &OwnedFd) {
    let flags = rustix::fs::ioctl_getflags(folder);
    // Other file systems do not know the word, and do not need it.
    let _ = flags.and_then(|flags| rustix::fs::ioctl_setflags(folder, flags | IFlags::TOPDIR));
}

/// Whether every folder on the way lets any user pass.
fn enterable(path: &Path) -> io::Result<bool> {
    for folder in path.ancestors() {
        if fs::metadata(folder)?.mode() & 0o001 == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn elsewhere(preferred: &Path) -> io::Result<PathBuf> {
    let named = domain::derived_uuid(&[&preferred.to_string_lossy()]);
    let folder = Path::new("/var/tmp").join(format!("towpath-steps-{}", &named[..13]));
    match fs::DirBuilder::new().mode(0o711).create(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    let data = fs::symlink_metadata(&folder)?;
    // Anyone may make a folder there, and this one's name can be known in advance.
    if !data.is_dir() || data.uid() != rustix::process::geteuid().as_raw() {
        let text = format!("{} belongs to somebody else: remove it", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// Removes a file, or a folder and all below it, however deep a step has nested it: every folder is
/// first moved up to the top, so neither the stack nor the descriptors can run out.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        data => {
            if !data?.is_dir() {
                return fs::remove_file(path);
            }
        }
    }
    let top = open_folder(rustix::fs::CWD, path)?;
    let mut number = 0u64;
    loop {
        let mut folders = Vec::new();
        for (name, is_folder) in entries(&top)? {
            match is_folder {
                true => folders.push(name),
                false => rustix::fs::unlinkat(&top, &*name, AtFlags::empty())?,
            }
        }
        if folders.is_empty() {
            return fs::remove_dir(path);
        }
        for folder in folders {
            empty(&top, &folder, &mut number)?;
            rustix::fs::unlinkat(&top, &*folder, AtFlags::REMOVEDIR)?;
        }
    }
}

type Name = std::ffi::CString;

/// Empties one folder directly below `top`: files go, folders move up into `top`.
fn empty(top: &OwnedFd, name: &Name, number: &mut u64) -> io::Result<()> {
    // A step may have shut its own folders; where we are not root this opens them again.
    let _ = rustix::fs::chmodat(top, &**name, Mode::RWXU, AtFlags::empty());
    let folder = open_folder(top, &**name)?;
    for (name, is_folder) in entries(&folder)? {
        if !is_folder {
            rustix::fs::unlinkat(&folder, &*name, AtFlags::empty())?;
            continue;
        }
        // Moving a folder writes its `..`, which needs its own permission.
        let _ = rustix::fs::chmodat(&folder, &*name, Mode::RWXU, AtFlags::empty());
        loop {
            *number += 1;
            let target = format!(".removed-{number}");
            let flags = rustix::fs::RenameFlags::NOREPLACE;
            match rustix::fs::renameat_with(&folder, &*name, top, target, flags) {
                Err(rustix::io::Errno::EXIST) => {}
                moved => break moved?,
            }
        }
    }
    Ok(())
}

fn entries(folder: &OwnedFd) -> io::Result<Vec<(Name, bool)>> {
    let mut all = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_owned();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let data = rustix::fs::statat(folder, &*name, AtFlags::SYMLINK_NOFOLLOW)?;
        all.push((name, FileType::from_raw_mode(data.st_mode) == FileType::Directory));
    }
    Ok(all)
}

fn open_folder(at: impl std::os::fd::AsFd, path: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(at, path, flags, Mode::empty())?)
}

/// Bytes on the disk below `folder`; `None` where a step nests so deep that nobody can say. It
/// looks at names and sizes only, so a step that changes the tree meanwhile deceives but itself.
pub(crate) fn measure(folder: &Path) -> Option<u64> {
    let (mut sum, mut waiting) = (0u64, vec![folder.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => return None,
            // Removed or shut since it was listed.
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let Ok(data) = entry.metadata() else { continue };
            sum = sum.saturating_add(data.blocks().saturating_mul(512));
            if data.is_dir() {
                waiting.push(entry.path());
            }
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_any_depth_is_removed_and_links_are_not_followed() {
        let world = tempfile::tempdir().unwrap();
        let (tree, beside) = (world.path().join("tree"), world.path().join("beside"));
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::write(&beside, "kept").unwrap();
        std::os::unix::fs::symlink(world.path(), tree.join("a/b/link")).unwrap();
        fs::write(tree.join(".removed-1"), "in the way").unwrap();
        let mut folder = open_folder(rustix::fs::CWD, &tree).unwrap();
        for _ in 0..3000 {
            rustix::fs::mkdirat(&folder, "d", Mode::RWXU).unwrap();
            folder = open_folder(&folder, "d").unwrap();
        }
        assert_eq!(measure(&tree), None, "too deep to be measured");
        remove(&tree).unwrap();
        assert!(!tree.exists() && beside.exists());
        remove(&tree).unwrap();
    }

    #[test]
    fn a_shut_folder_sends_jobs_elsewhere_and_leftovers_go() {
        let world = tempfile::tempdir().unwrap();
        let shut = world.path().join("data/jobs");
        fs::create_dir_all(shut.join("left/over")).unwrap();
        fs::set_permissions(world.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let jobs = Jobs::open(&shut, false).unwrap();
        assert_eq!(jobs.path(), shut.canonicalize().unwrap());
        assert_eq!(fs::read_dir(&shut).unwrap().count(), 0);
        let elsewhere = Jobs::open(&shut, true).unwrap();
        assert!(elsewhere.path().starts_with("/var/tmp"), "{elsewhere:?}");
        for folder in [world.path(), &world.path().join("data"), &shut] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
        }
        assert_eq!(Jobs::open(&shut, true).unwrap().path(), jobs.path());
    }

    #[test]
    fn the_last_to_leave_takes_the_folder_away() {
        let world = tempfile::tempdir().unwrap();
        let folder = world.path().join("jobs");
        let before = Jobs::open(&folder, false).unwrap();
        let after = Jobs::open(&folder, false).unwrap();
        drop(before);
        fs::create_dir(after.path().join("job")).unwrap();
        fs::remove_dir(after.path().join("job")).unwrap();
        drop(after);
        assert!(!folder.exists());
    }
}

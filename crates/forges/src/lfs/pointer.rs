//! The small files that stand in a repository for those that LFS keeps (git-lfs's specification).

use super::{LfsError, Wanted};
use crate::git::GitCommand;
use crate::limits::{LFS_FILES_MAX, LFS_POINTER_BYTES_MAX, LISTING_BYTES_MAX};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// What the first line of a pointer is.
const VERSION: &str = "version https://git-lfs.github.com/spec/v1\n";

/// What stands in the repository for a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pointer {
    /// SHA-256 of the file, in lower-case hex.
    pub oid: String,
    /// Its bytes.
    pub size: u64,
}

impl Pointer {
    /// Reads a pointer; `None` for any other file.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() >= LFS_POINTER_BYTES_MAX as usize {
            return None;
        }
        let rest = std::str::from_utf8(bytes).ok()?.strip_prefix(VERSION)?;
        let value = |key: &str| rest.lines().find_map(|line| line.strip_prefix(key));
        let (oid, size) = (value("oid sha256:")?, value("size ")?);
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let digits = size.bytes().all(|byte| byte.is_ascii_digit());
        let good = oid.len() == 64 && oid.bytes().all(hex) && digits;
        good.then_some(Self { oid: oid.to_owned(), size: size.parse().ok()? })
    }
}

/// The pointers in a working copy whose `.git` is in it: of the files that `.gitattributes` gives to
/// LFS, as git-lfs itself goes by it.
///
/// # Errors
/// git does not tell, or there is a pointer that cannot be followed.
pub async fn pointers(copy: &Path) -> Result<Vec<Wanted>, PointersError> {
    let listing = ["ls-files", "-z", "--", ":(attr:filter=lfs)"];
    let listing = GitCommand::at(&copy.join(".git"), listing).work_tree(copy);
    let listed = listing.run_into(Vec::new(), LISTING_BYTES_MAX).await?;
    let paths = listed.split(|byte| *byte == 0).filter_map(|path| std::str::from_utf8(path).ok());
    let mut found = Vec::new();
    for path in paths.filter(|path| !path.is_empty()) {
        if let Some(pointer) = at(path, &copy.join(path))? {
            found.push((path.to_owned(), pointer));
        }
        if found.len() > LFS_FILES_MAX {
            return Err(LfsError::TooMany { count_max: LFS_FILES_MAX }.into());
        }
    }
    Ok(found)
}

/// Why the pointers of a working copy cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PointersError {
    /// git did not tell.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
    /// One of them is not followed.
    #[error(transparent)]
    Lfs(#[from] LfsError),
}

/// The pointer that is there, if one is; a link is not followed.
fn at(path: &str, place: &Path) -> Result<Option<Pointer>, LfsError> {
    let data = match fs::symlink_metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        data => data?,
    };
    if !data.is_file() || data.len() >= LFS_POINTER_BYTES_MAX {
        return Ok(None);
    }
    let bytes = fs::read(place)?;
    let pointer = Pointer::read(&bytes);
    let extended = bytes.windows(5).any(|it| it == b"\next-");
    match pointer.is_some() && extended {
        true => Err(LfsError::Extension { path: path.to_owned() }),
        false => Ok(pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    #[test]
    fn a_pointer_is_three_lines_and_nothing_else_is_one() {
        fn check(text: &str, expect: bool) {
            assert_eq!(Pointer::read(text.as_bytes()).is_some(), expect, "{text}");
        }
        let version = VERSION.trim_end();
        check(&format!("{version}\noid sha256:{OID}\nsize 12345\n"), true);
        check(&format!("{version}\next-0-x sha256:{OID}\noid sha256:{OID}\nsize 1\n"), true);
        check(&format!("{version}\noid sha256:{}\nsize 1\n", &OID[1..]), false);
        check(&format!("{version}\noid sha256:{}\nsize 1\n", OID.to_uppercase()), false);
        check(&format!("{version}\noid sha256:../../../etc/passwd\nsize 1\n"), false);
        check(&format!("{version}\noid sha256:{OID}\n"), false);
        check(&format!("{version}\noid sha256:{OID}\nsize -1\n"), false);
        check(&format!("{version}\noid sha256:{OID}\nsize +1\n"), false);
        check(&format!("{version}\noid sha256:{OID}\nsize \n"), false);
        check(&format!("{version}\noid sha256:{OID}\nsize 99999999999999999999\n"), false);
        check(&format!("oid sha256:{OID}\nsize 1\n"), false);
        check(&format!("{version}\noid sha256:{OID}\nsize 1\n{}", "x".repeat(1024)), false);
    }

    #[test]
    fn a_link_is_no_pointer_and_an_extension_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        let text = format!("{VERSION}oid sha256:{OID}\nsize 1\n");
        fs::write(place("it"), &text).expect("a file");
        std::os::unix::fs::symlink("it", place("link")).expect("a link");
        let more = format!("{VERSION}ext-0-x sha256:{OID}\noid sha256:{OID}\nsize 1\n");
        fs::write(place("more"), more).expect("a file");
        assert!(at("it", &place("it")).expect("it is read").is_some());
        assert_eq!(at("link", &place("link")).expect("it is seen"), None);
        assert_eq!(at("none", &place("none")).expect("it is missed"), None);
        let refused = at("more", &place("more")).expect_err("it is refused");
        assert!(refused.to_string().starts_with("more goes through an extension"), "{refused}");
    }
}

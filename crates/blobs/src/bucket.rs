//! Objects in buckets: `buckets/<bucket>/<key>`, a plain file in a plain tree, so that whoever runs
//! the server can look at them with the tools they have.
//!
//! A tree cannot hold both `a` and `a/b`; the second of two such keys is refused. Who may read or
//! write a bucket is not decided here.

use crate::key::{check_bucket, check_key};
use crate::{Blobs, Draft, beneath, modified};
use domain::{BucketName, Timestamp};
use rustix::fs::AtFlags;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why an object could not be put, read or removed.
#[derive(Debug, Error)]
pub enum ObjectError {
    /// No such bucket.
    #[error("there is no bucket {0}")]
    NoBucket(BucketName),
    /// No such object.
    #[error("there is no object {key} in bucket {bucket}")]
    NoObject {
        /// The bucket.
        bucket: BucketName,
        /// The key.
        key: String,
    },
    /// The name breaks the rule for buckets.
    #[error(
        "`{0}` cannot name a bucket: 3 to 63 lower-case letters, digits, hyphens and single dots, \
         beginning and ending with a letter or digit"
    )]
    BucketName(String),
    /// The key breaks the rule for keys.
    #[error("`{key}` cannot name an object: {why}")]
    Key {
        /// The key as given.
        key: String,
        /// What would be right.
        why: &'static str,
    },
    /// One key would have to be a file and a folder.
    #[error("`{0}` cannot be stored beside a key that it begins with, or that begins with it")]
    FileAndFolder(String),
    /// It still holds objects.
    #[error("bucket {0} is not empty")]
    NotEmpty(BucketName),
    /// The disk did not answer.
    #[error("object cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// An object as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was put.
    pub modified: Timestamp,
}

impl Blobs {
    /// Makes a bucket; says whether it is new.
    pub fn create_bucket(&self, bucket: &BucketName) -> Result<bool, ObjectError> {
        check_bucket(bucket.as_str())?;
        let path = self.buckets.join(bucket.as_str());
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => Ok(crate::draft::sync_folder(&self.buckets).map(|()| true)?),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a bucket that holds nothing.
    pub fn delete_bucket(&self, bucket: &BucketName) -> Result<(), ObjectError> {
        check_bucket(bucket.as_str())?;
        match fs::remove_dir(self.buckets.join(bucket.as_str())) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                Err(ObjectError::NotEmpty(bucket.clone()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ObjectError::NoBucket(bucket.clone()))
            }
            done => Ok(done?),
        }
    }

    /// Every bucket, in order.
    pub fn list_buckets(&self) -> io::Result<Vec<BucketName>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.buckets)? {
            names.push(BucketName::new(entry?.file_name().to_string_lossy()));
        }
        names.sort();
        Ok(names)
    }

    /// Puts an object, over the one of that key if there is one. Durable when it returns; a reader
    /// sees the old one whole or the new one whole.
    pub fn put_object(
        &self,
        bucket: &BucketName,
        key: &str,
        mut draft: Draft,
    ) -> Result<(), ObjectError> {
        check_key(key)?;
        let root = self.bucket(bucket)?;
        draft.settle()?;
        let _tree = self.tree.lock();
        let placed = place(&root, Path::new(key), draft.path());
        placed.map_err(|error| {
            match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
                Some(rustix::io::Errno::NOTDIR | rustix::io::Errno::ISDIR) => {
                    ObjectError::FileAndFolder(key.to_owned())
                }
                _ => error.into(),
            }
        })
    }

    /// Opens an object for reading.
    pub fn open_object(
        &self,
        bucket: &BucketName,
        key: &str,
    ) -> Result<(File, ObjectInfo), ObjectError> {
        check_key(key)?;
        let none = || ObjectError::NoObject { bucket: bucket.clone(), key: key.to_owned() };
        let file = match beneath::open(self.bucket(bucket)?, Path::new(key)) {
            Err(error) if is_absent(&error) => return Err(none()),
            opened => opened?,
        };
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(none());
        }
        let (key, size, modified) = (key.to_owned(), data.len(), modified(&data));
        Ok((file, ObjectInfo { key, size, modified }))
    }

    /// Removes an object and the folders that it leaves empty; says whether there was one.
    pub fn delete_object(&self, bucket: &BucketName, key: &str) -> Result<bool, ObjectError> {
        check_key(key)?;
        let root = self.bucket(bucket)?;
        let _tree = self.tree.lock();
        Ok(remove(&root, Path::new(key))?)
    }

    /// At most `max` objects whose keys begin with `prefix` and come after `after`, by the bytes of
    /// their keys.
    pub fn list_objects(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: &str,
        max: usize,
    ) -> Result<Vec<ObjectInfo>, ObjectError> {
        drop(self.bucket(bucket)?);
        let mut list = Listing { prefix, after, max, found: Vec::new() };
        list.visit(&self.buckets.join(bucket.as_str()), "")?;
        Ok(list.found)
    }

    fn bucket(&self, bucket: &BucketName) -> Result<OwnedFd, ObjectError> {
        check_bucket(bucket.as_str())?;
        match beneath::folder(&self.buckets.join(bucket.as_str())) {
            Err(error) if is_absent(&error) => Err(ObjectError::NoBucket(bucket.clone())),
            opened => Ok(opened?),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn place(root: &OwnedFd, key: &Path, draft: &Path) -> io::Result<()> {
    let (folder, name) = beneath::split(key).ok_or(io::ErrorKind::InvalidInput)?;
    let folder = beneath::make_folders(root, &folder, 0o700, |_| Ok(()))?;
    rustix::fs::renameat(rustix::fs::CWD, draft, &folder, name)?;
    Ok(rustix::fs::fsync(&folder)?)
}

fn remove(root: &OwnedFd, key: &Path) -> io::Result<bool> {
    let (mut path, name) = beneath::split(key).ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match beneath::open_folder(root, &path) {
        Err(error) if is_absent(&error) => return Ok(false),
        opened => opened?,
    };
    match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::ISDIR) => return Ok(false),
        done => done?,
    }
    // Upwards until a folder still holds something.
    while let Some((above, name)) = beneath::split(&path).map(|(a, n)| (a, n.to_owned())) {
        let parent = beneath::open_folder(root, &above)?;
        if rustix::fs::unlinkat(&parent, &*name, AtFlags::REMOVEDIR).is_err() {
            break;
        }
        path = above;
    }
    Ok(true)
}

struct Listing<'a> {
    prefix: &'a str,
    after: &'a str,
    max: usize,
    found: Vec<ObjectInfo>,
}

impl Listing<'_> {
    /// Visits a folder in the order of whole keys: a folder sorts as its name with a slash, so that
    /// `a-b` comes before `a/b`.
    fn visit(&mut self, folder: &Path, above: &str) -> io::Result<()> {
        let mut entries: Vec<(String, PathBuf, fs::Metadata)> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let (entry, slash) =
                (entry?, |data: &fs::Metadata| if data.is_dir() { "/" } else { "" });
            let data = entry.metadata()?;
            let key = format!("{above}{}{}", entry.file_name().to_string_lossy(), slash(&data));
            entries.push((key, entry.path(), data));
        }
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        for (key, path, data) in entries {
            if self.found.len() == self.max {
                break;
            }
            if data.is_dir() && self.may_hold(&key) {
                self.visit(&path, &key)?;
            } else if !data.is_dir() && key.starts_with(self.prefix) && *key > *self.after {
                let (size, modified) = (data.len(), modified(&data));
                self.found.push(ObjectInfo { key, size, modified });
            }
        }
        Ok(())
    }

    fn may_hold(&self, folder: &str) -> bool {
        let prefixed = folder.starts_with(self.prefix) || self.prefix.starts_with(folder);
        prefixed && (self.after.starts_with(folder) || folder > self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Read, Write};

    fn store() -> (tempfile::TempDir, Blobs, BucketName) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let bucket = BucketName::new("artifacts");
        assert!(blobs.create_bucket(&bucket).unwrap());
        assert!(!blobs.create_bucket(&bucket).unwrap());
        (folder, blobs, bucket)
    }

    fn put(blobs: &Blobs, bucket: &BucketName, key: &str, text: &str) -> Result<(), ObjectError> {
        let mut draft = blobs.draft().unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        blobs.put_object(bucket, key, draft)
    }

    fn keys(blobs: &Blobs, bucket: &BucketName, prefix: &str, after: &str) -> Vec<String> {
        let found = blobs.list_objects(bucket, prefix, after, 100).unwrap();
        found.into_iter().map(|object| object.key).collect()
    }

    #[test]
    fn an_object_is_put_read_replaced_and_removed() {
        let (_folder, blobs, bucket) = store();
        put(&blobs, &bucket, "site/index.html", "one").unwrap();
        put(&blobs, &bucket, "site/index.html", "second").unwrap();
        let (mut file, info) = blobs.open_object(&bucket, "site/index.html").unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), info.size), ("second", 6));
        assert!(matches!(blobs.delete_bucket(&bucket), Err(ObjectError::NotEmpty(_))));
        assert!(blobs.delete_object(&bucket, "site/index.html").unwrap());
        assert!(!blobs.delete_object(&bucket, "site/index.html").unwrap());
        blobs.delete_bucket(&bucket).unwrap();
        assert!(matches!(put(&blobs, &bucket, "a", ""), Err(ObjectError::NoBucket(_))));
    }

    #[test]
    fn a_tree_takes_no_key_that_is_both_file_and_folder() {
        let (_folder, blobs, bucket) = store();
        put(&blobs, &bucket, "a/b", "").unwrap();
        for key in ["a", "a/b/c"] {
            assert!(matches!(put(&blobs, &bucket, key, ""), Err(ObjectError::FileAndFolder(_))));
            assert!(matches!(blobs.open_object(&bucket, key), Err(ObjectError::NoObject { .. })));
            assert!(!blobs.delete_object(&bucket, key).unwrap());
        }
    }

    #[test]
    fn a_link_planted_in_the_tree_leads_nowhere() {
        let (folder, blobs, bucket) = store();
        let tree = folder.path().join("buckets/artifacts");
        std::os::unix::fs::symlink("/etc", tree.join("etc")).unwrap();
        assert!(blobs.open_object(&bucket, "etc/passwd").is_err());
        assert!(put(&blobs, &bucket, "etc/passwd", "mine").is_err());
        assert!(put(&blobs, &bucket, "../../outside", "mine").is_err());
        assert!(!folder.path().join("outside").exists());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn lists_are_the_sorted_keys_whatever_the_tree_looks_like(
            names in proptest::collection::btree_set("[ab/-]{1,6}", 1..12),
            prefix in "[ab/-]{0,2}", after in "[ab/-]{0,3}",
        ) {
            let (_folder, blobs, bucket) = store();
            let stored: Vec<_> =
                names.into_iter().filter(|key| put(&blobs, &bucket, key, "").is_ok()).collect();
            let expect: Vec<_> = stored
                .into_iter()
                .filter(|key| key.starts_with(&*prefix) && **key > *after)
                .collect();
            prop_assert_eq!(keys(&blobs, &bucket, &prefix, &after), expect);
        }
    }
}

//! Objects as they lay before they were kept by what they are: files of a tree, `buckets/BUCKET/KEY`.
//! They are found here, and taken over by the server.

use crate::{Blobs, modified};
use domain::{BucketName, Timestamp};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One such file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderObject {
    /// The bucket.
    pub bucket: BucketName,
    /// The key.
    pub key: String,
    /// Where it lies.
    pub path: PathBuf,
    /// When it was put.
    pub modified: Timestamp,
}

impl Blobs {
    /// Every such file that there is; links are not followed.
    pub fn older_objects(&self) -> io::Result<Vec<OlderObject>> {
        let mut found = Vec::new();
        if !self.buckets.exists() {
            return Ok(found);
        }
        for bucket in fs::read_dir(&self.buckets)? {
            let bucket = bucket?;
            let name = BucketName::new(bucket.file_name().to_string_lossy());
            visit(&bucket.path(), "", &name, &mut found)?;
        }
        Ok(found)
    }

    /// Removes the tree, whose files were taken over.
    pub fn remove_older_objects(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.buckets) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

fn visit(
    folder: &Path,
    above: &str,
    bucket: &BucketName,
    found: &mut Vec<OlderObject>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, data) = (entry.path(), entry.metadata()?);
        let key = format!("{above}{}", entry.file_name().to_string_lossy());
        if data.is_dir() {
            visit(&path, &format!("{key}/"), bucket, found)?;
        } else if data.is_file() {
            let (bucket, modified) = (bucket.clone(), modified(&data));
            found.push(OlderObject { bucket, key, path, modified });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_tree_are_found_by_their_keys_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(blobs.older_objects().unwrap(), []);
        let tree = folder.path().join("buckets/site");
        fs::create_dir_all(tree.join("css")).unwrap();
        fs::write(tree.join("index.html"), "hello").unwrap();
        fs::write(tree.join("css/a.css"), "body").unwrap();
        std::os::unix::fs::symlink("/etc", tree.join("etc")).unwrap();
        let mut keys: Vec<_> =
            blobs.older_objects().unwrap().into_iter().map(|it| it.key).collect();
        keys.sort();
        assert_eq!(keys, ["css/a.css", "index.html"]);
        blobs.remove_older_objects().unwrap();
        blobs.remove_older_objects().unwrap();
        assert!(!folder.path().join("buckets").exists());
    }
}

//! Objects of data folders from before they were contents: taken over once, at the start.

use std::fs::{self, File};
use std::io;

use anyhow::{Context, Result};
use blobs::{Blobs, OlderObject};
use effects::objects::{Keeping, name, plain};
use store::{ObjectRow, Store};
use wire::s3::checksum::Checksum;

/// Gives each such file a row, then removes the tree. A start that was cut off does it again.
///
/// # Errors
/// The disk or the store did not answer.
pub async fn take_over(store: &Store, blobs: &Blobs) -> Result<()> {
    let older = blobs.older_objects()?;
    let rows: Result<Vec<ObjectRow>> = older.iter().map(|object| keep(blobs, object)).collect();
    let rows = rows.context("objects of an earlier version cannot be taken over")?;
    name(store, &rows).await?;
    for object in &older {
        fs::remove_file(&object.path)?;
    }
    if !older.is_empty() {
        tracing::info!(count = older.len(), "objects of an earlier version were taken over");
    }
    Ok(blobs.remove_older_objects()?)
}

fn keep(blobs: &Blobs, object: &OlderObject) -> Result<ObjectRow> {
    let mut keeping = Keeping::begin(blobs, Checksum::default())?;
    io::copy(&mut File::open(&object.path)?, &mut keeping)?;
    Ok(plain(&object.bucket, &object.key, keeping.end(blobs)?, object.modified))
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::StoreConfig;

    #[tokio::test]
    async fn a_tree_of_files_becomes_objects_and_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("blobs");
        let store = Store::open(&StoreConfig::Memory).await.expect("a store");
        let tree = folder.path().join("buckets/site/css");
        fs::create_dir_all(&tree).expect("folders");
        fs::write(tree.join("a.css"), "body").expect("a file");
        for _ in 0..2 {
            take_over(&store, &blobs).await.expect("taken over");
        }
        let key = ObjectRow::at(&"site".into(), &"css/a.css".to_owned());
        let row = store.get::<ObjectRow>(key).await.expect("it reads").expect("a row");
        assert_eq!((row.artifact.size, row.etag.len()), (4, 32));
        assert!(
            blobs.open_checked(&row.artifact).is_ok() && !folder.path().join("buckets").exists()
        );
    }
}

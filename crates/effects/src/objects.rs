//! Contents that become objects: kept by what they are, then named in a bucket.

use std::collections::BTreeMap;
use std::io::{self, Write};

use blobs::{Blobs, Draft};
use domain::{BucketName, Timestamp};
use md5::{Digest, Md5};
use store::{Changes, CommitError, ObjectRow, Record, Store, View, Want};
use wire::s3::Received;
use wire::s3::checksum::Checksum;

/// A content under way, with the MD5 that S3's clients know it by and a checksum.
pub struct Keeping {
    draft: Draft,
    md5: Md5,
    sum: Checksum,
}

impl Keeping {
    /// Begins one.
    ///
    /// # Errors
    /// The disk did not answer.
    pub fn begin(blobs: &Blobs, sum: Checksum) -> io::Result<Self> {
        Ok(Self { draft: blobs.draft()?, md5: Md5::new(), sum })
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// The disk did not answer.
    pub fn end(self, blobs: &Blobs) -> io::Result<Received> {
        let (artifact, md5) = (blobs.keep(self.draft)?, hex::encode(self.md5.finalize()));
        Ok(Received { artifact, md5, checksum: self.sum.finish() })
    }
}

impl Write for Keeping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.draft.write(bytes)?;
        self.md5.update(&bytes[..written]);
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

/// The row of an object that somebody put without a word about it.
pub fn plain(bucket: &BucketName, key: &str, received: Received, at: Timestamp) -> ObjectRow {
    let kind = ("content-type".to_owned(), "binary/octet-stream".to_owned());
    ObjectRow {
        bucket: bucket.clone(),
        object_key: key.to_owned(),
        artifact: received.artifact,
        modified: at,
        etag: received.md5,
        headers: BTreeMap::from([kind]),
        metadata: BTreeMap::new(),
        tags: BTreeMap::new(),
        checksum: Some(received.checksum),
        assembled: None,
    }
}

/// Names contents, over whatever had their names before; some at a time, so that a large deployment
/// does not hold the store for long. Naming them again changes nothing.
///
/// # Errors
/// The store did not answer.
pub async fn name(store: &Store, rows: &[ObjectRow]) -> anyhow::Result<()> {
    for rows in rows.chunks(crate::limits::OBJECTS_AT_ONCE) {
        while !attempt(store, rows).await? {}
    }
    Ok(())
}

/// False where one of them changed meanwhile.
async fn attempt(store: &Store, rows: &[ObjectRow]) -> anyhow::Result<bool> {
    let (mut seen, mut changes) = (View::new(), Changes::of_loop());
    let wants: Vec<Want> = rows.iter().map(|row| row.key().into()).collect();
    store.load(&wants, &mut seen).await?;
    for row in rows {
        changes.put(&seen, row.clone());
    }
    match store.commit(changes).await {
        Ok(_) => Ok(true),
        Err(CommitError::Stale) => Ok(false),
        Err(cause) => Err(cause.into()),
    }
}

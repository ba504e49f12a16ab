//! Contents that become objects: kept by what they are, then named in a bucket.

use std::collections::BTreeMap;
use std::io::{self, Write};

use blobs::{Blobs, Draft};
use domain::{BucketName, Timestamp};
use md5::{Digest, Md5};
use store::versions::{place, to_place};
use store::{BucketRow, Changes, CommitError, ObjectRow, Record, Store, View, Want};
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
        version_id: None,
        marker: None,
    }
}

/// Names contents, over whatever had their names before, which stays as an older version where the
/// bucket keeps any; some at a time, so that a large deployment
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
    let wants = rows.iter().flat_map(|row| [row.key(), BucketRow::at(&row.bucket)]);
    store.load(&wants.map(Want::from).collect::<Vec<_>>(), &mut seen).await?;
    let bucket = |row: &ObjectRow| seen.row::<BucketRow>(BucketRow::at(&row.bucket)).cloned();
    let places = rows.iter().filter_map(|row| to_place(&bucket(row)?, &row.object_key));
    let places: Vec<Want> = places.collect();
    let buckets: Vec<Option<BucketRow>> = rows.iter().map(bucket).collect();
    store.load(&places, &mut seen).await?;
    for (row, bucket) in rows.iter().zip(buckets) {
        let there = seen.row::<ObjectRow>(row.key());
        let version_id = version(row);
        match bucket {
            Some(_) if there.is_some_and(|it| it.version() == version_id) => {}
            Some(bucket) => {
                place(&mut changes, &seen, &bucket, row.clone(), version_id);
            }
            None => changes.put(&seen, row.clone()),
        }
    }
    // The buckets too: one that was deleted meanwhile takes nothing any more.
    changes.saw(&seen);
    match store.commit(changes).await {
        Ok(_) => Ok(true),
        Err(CommitError::Stale) => Ok(false),
        Err(cause) => Err(cause.into()),
    }
}

/// The version that a row is where its bucket keeps any; the same each time that it is named.
fn version(row: &ObjectRow) -> String {
    let (digest, at) = (row.artifact.digest.to_string(), row.modified.0.to_string());
    domain::derived_uuid(&[row.bucket.as_str(), &row.object_key, &digest, &at]).replace('-', "")
}

//! Versions of objects. The latest version of a name is its row among the objects, be it an object or
//! a marker that says there is none; those before it have rows of their own, and come back when it
//! is deleted.

use std::collections::BTreeMap;

use domain::{ArtifactRef, BucketName, Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::record::Key;
use crate::{BucketRow, Changes, ObjectRow, VersionRow, View, Want};

/// The version of an object that was put while its bucket kept none.
pub const NULL_VERSION: &str = "null";

const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What a bucket does with what is written over. One that ever kept versions says so for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// It stays, under its version.
    Enabled,
    /// It stays if it has a version; what is written now gets none.
    Suspended,
}

impl ObjectRow {
    /// The id of its version.
    pub fn version(&self) -> &str {
        self.version_id.as_deref().unwrap_or(NULL_VERSION)
    }

    /// Whether it says that there is no object.
    pub fn is_marker(&self) -> bool {
        self.marker == Some(true)
    }

    /// The row that says that there is no object. It names the empty content.
    pub fn marker(bucket: &BucketName, key: &str, at: Timestamp) -> Self {
        let digest = Digest(EMPTY_SHA256.to_owned());
        Self {
            bucket: bucket.clone(),
            object_key: key.to_owned(),
            artifact: ArtifactRef { digest, size: 0, store: "local".to_owned() },
            modified: at,
            etag: String::new(),
            headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            checksum: None,
            assembled: None,
            version_id: None,
            marker: Some(true),
        }
    }
}

impl From<ObjectRow> for VersionRow {
    fn from(row: ObjectRow) -> Self {
        Self {
            version_id: row.version().to_owned(),
            bucket: row.bucket,
            object_key: row.object_key,
            artifact: row.artifact,
            modified: row.modified,
            etag: row.etag,
            headers: row.headers,
            metadata: row.metadata,
            tags: row.tags,
            checksum: row.checksum,
            assembled: row.assembled,
            marker: row.marker,
        }
    }
}

impl From<VersionRow> for ObjectRow {
    fn from(row: VersionRow) -> Self {
        Self {
            bucket: row.bucket,
            object_key: row.object_key,
            artifact: row.artifact,
            modified: row.modified,
            etag: row.etag,
            headers: row.headers,
            metadata: row.metadata,
            tags: row.tags,
            checksum: row.checksum,
            assembled: row.assembled,
            version_id: Some(row.version_id).filter(|id| id != NULL_VERSION),
            marker: row.marker,
        }
    }
}

/// What a decision has to see to place something under a name, besides the object that is there.
pub fn to_place(bucket: &BucketRow, key: &str) -> Option<Want> {
    let suspended = bucket.versioning == Some(Versioning::Suspended);
    suspended.then(|| version_key(&bucket.name, key, NULL_VERSION).into())
}

/// What is written into a bucket keeps it: a deletion that has begun sees that and goes no further.
pub fn keep(changes: &mut Changes, seen: &View, bucket: &BucketRow) {
    if bucket.leaving.is_some() {
        changes.put(seen, BucketRow { leaving: None, ..bucket.clone() });
    }
}

/// Makes a row the latest version of its name, and keeps the one before it where the bucket keeps
/// versions; `version_id` is the id that it gets there. Gives the row as it was written.
pub fn place(
    changes: &mut Changes,
    seen: &View,
    bucket: &BucketRow,
    row: ObjectRow,
    version_id: String,
) -> ObjectRow {
    keep(changes, seen, bucket);
    let key = ObjectRow::at(&row.bucket, &row.object_key);
    let before = seen.row::<ObjectRow>(key).cloned();
    // A later version is later, also where a clock stood still or went back.
    let modified =
        before.as_ref().map_or(row.modified, |it| row.modified.max(Timestamp(it.modified.0 + 1)));
    let row = match bucket.versioning {
        None => ObjectRow { version_id: None, ..row },
        Some(Versioning::Suspended) => ObjectRow { version_id: None, modified, ..row },
        Some(Versioning::Enabled) => ObjectRow { version_id: Some(version_id), modified, ..row },
    };
    if bucket.versioning == Some(Versioning::Suspended) {
        let null = version_key(&row.bucket, &row.object_key, NULL_VERSION);
        if seen.row::<VersionRow>(null.clone()).is_some() {
            changes.delete::<VersionRow>(seen, null);
        }
    }
    if let Some(before) =
        before.filter(|before| bucket.versioning.is_some() && before.version() != row.version())
    {
        changes.insert(VersionRow::from(before));
    }
    changes.put(seen, row.clone());
    row
}

/// What a decision has to see to remove one version, besides the object that is there.
pub fn to_remove(bucket: &BucketName, key: &str, version_id: &str, seen: &View) -> Vec<Want> {
    let newest = VersionRow::newest_of(bucket, key);
    let known = seen.known_list::<VersionRow>(&newest);
    let known = known.into_iter().map(|row| version_key(bucket, key, &row.version_id).into());
    let named = [version_key(bucket, key, version_id).into(), newest.into()];
    named.into_iter().chain(known).collect()
}

/// Removes one version for good; the one before it is the latest then, if it was. Gives what was
/// removed.
pub fn remove(
    changes: &mut Changes,
    seen: &View,
    (bucket, key): (&BucketName, &str),
    version_id: &str,
) -> Option<VersionRow> {
    let latest = ObjectRow::at(bucket, &key.to_owned());
    let row = seen.row::<ObjectRow>(latest.clone());
    let Some(row) = row.filter(|row| row.version() == version_id) else {
        let older = version_key(bucket, key, version_id);
        let removed = seen.row::<VersionRow>(older.clone()).cloned()?;
        changes.delete::<VersionRow>(seen, older);
        return Some(removed);
    };
    match seen.list::<VersionRow>(&VersionRow::newest_of(bucket, key)).into_iter().next() {
        None => changes.delete::<ObjectRow>(seen, latest),
        Some(before) => {
            changes.delete::<VersionRow>(seen, version_key(bucket, key, &before.version_id));
            changes.put(seen, ObjectRow::from(before.clone()));
        }
    }
    Some(row.clone().into())
}

/// Where an older version lies.
pub fn version_key(bucket: &BucketName, key: &str, version_id: &str) -> Key {
    VersionRow::at(bucket, &key.to_owned(), &version_id.to_owned())
}

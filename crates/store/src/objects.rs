//! Objects in buckets, and uploads in parts. The bytes lie in `blobs` by what they are; a row names
//! them. What pipelines leave in a bucket has rows of its own (`executions.rs`).

use std::collections::BTreeMap;

use crate::record::record;
use domain::{ArtifactRef, BucketName, Timestamp};
use serde::{Deserialize, Serialize};

record! {
    /// An object.
    ObjectRow in "objects";
    key { bucket: BucketName, object_key: String }
    columns { artifact: ArtifactRef, modified: Timestamp }
    doc {
        /// Without its quotes.
        etag: String,
        /// What its answers say besides: `content-type`, …
        headers: BTreeMap<String, String>,
        metadata: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        /// Its checksum: the member's name, and its text.
        checksum: Option<(String, String)>,
        /// The upload that it was put together by, where it was.
        assembled: Option<Assembled>,
        /// None for the version that is called `null`.
        version_id: Option<String>,
        /// That it is a delete marker, and no object.
        marker: Option<bool>,
    }
    lists {
        /// A bucket's objects whose keys are `from` or more and less than `end`, by key.
        between(bucket: &BucketName, from: &str, end: &str, limit: i64)
            "WHERE bucket = ? AND object_key >= ? AND object_key < ? ORDER BY object_key LIMIT ?"
            [bucket, from, end, limit];
        /// Any one object of the bucket.
        any_of(bucket: &BucketName)
            "WHERE bucket = ? ORDER BY object_key LIMIT 1" [bucket];
    }
}

record! {
    /// A version of an object, or a delete marker, that is not the latest one.
    VersionRow in "object_versions";
    key { bucket: BucketName, object_key: String, version_id: String }
    columns { artifact: ArtifactRef, modified: Timestamp }
    doc {
        etag: String,
        headers: BTreeMap<String, String>,
        metadata: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        checksum: Option<(String, String)>,
        assembled: Option<Assembled>,
        marker: Option<bool>,
    }
    lists {
        /// The one that was the latest before the latest.
        newest_of(bucket: &BucketName, object_key: &str)
            "WHERE bucket = ? AND object_key = ? ORDER BY modified DESC LIMIT 1"
            [bucket, object_key];
        /// Those of `key` before a moment, then those of later keys, each key's latest first.
        between(bucket: &BucketName, key: &str, before: Timestamp, end: &str, limit: i64)
            "WHERE bucket = ? AND (object_key > ? OR (object_key = ? AND modified < ?)) AND \
             object_key < ? ORDER BY object_key, modified DESC LIMIT ?"
            [bucket, key, key, &before, end, limit];
    }
}

/// What an object was put together from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as the columns of a row")]
pub struct Assembled {
    pub upload: String,
    pub parts: Vec<Piece>,
}

/// A part of an object that is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as the columns of a row")]
pub struct Piece {
    pub number: u32,
    pub size: u64,
    /// The member's name, and its text.
    pub checksum: Option<(String, String)>,
}

record! {
    /// An upload in parts that is neither completed nor aborted.
    UploadRow in "uploads";
    key { bucket: BucketName, object_key: String, upload: String }
    columns { created: Timestamp }
    doc {
        headers: BTreeMap<String, String>,
        metadata: BTreeMap<String, String>,
        tags: BTreeMap<String, String>,
        /// The algorithm of its checksums, where its beginning named one: `CRC32`, …
        checksum_algorithm: Option<String>,
        /// `COMPOSITE` or `FULL_OBJECT`.
        checksum_type: Option<String>,
    }
    lists {
        /// A bucket's uploads from `from` (a key) on, those of that key after `upload`.
        from(bucket: &BucketName, from: &str, upload: &str, end: &str, limit: i64)
            "WHERE bucket = ? AND (object_key > ? OR (object_key = ? AND upload > ?)) AND \
             object_key < ? ORDER BY object_key, upload LIMIT ?"
            [bucket, from, from, upload, end, limit];
        /// A bucket's uploads.
        of_bucket(bucket: &BucketName, limit: i64)
            "WHERE bucket = ? ORDER BY object_key, upload LIMIT ?" [bucket, limit];
    }
}

record! {
    /// A part of an upload.
    PartRow in "parts";
    key { upload: String, part: u32 }
    columns { artifact: ArtifactRef, modified: Timestamp }
    doc { md5: String, checksum: Option<(String, String)> }
    lists {
        /// An upload's parts after `after`.
        of_upload(upload: &str, after: u32, limit: i64)
            "WHERE upload = ? AND part > ? ORDER BY part LIMIT ?" [upload, after, limit];
    }
}

//! What a key names: an object that somebody put, or what a pipeline left there.

use std::collections::BTreeMap;

use domain::{ArtifactRef, BucketName, Timestamp};
use identity::{Ask, judge};
use store::versions::{NULL_VERSION, to_place, version_key};
use store::{ArtifactRow, Assembled, BucketRow, ObjectRow, VersionRow, View, Want};
use wire::s3::refused;

use super::{about, bucket_arn, denied, keys, object_arn};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::turn::Now;

/// An object as readers see it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub key: String,
    pub artifact: ArtifactRef,
    pub modified: Timestamp,
    pub etag: String,
    pub headers: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub checksum: Option<(String, String)>,
    pub assembled: Option<Assembled>,
    /// The version that it is.
    pub version_id: String,
    /// Whether it says that there is no object.
    pub marker: bool,
}

impl From<&ObjectRow> for Found {
    fn from(row: &ObjectRow) -> Self {
        Self {
            key: row.object_key.clone(),
            artifact: row.artifact.clone(),
            modified: row.modified,
            etag: row.etag.clone(),
            headers: row.headers.clone(),
            metadata: row.metadata.clone(),
            tags: row.tags.clone(),
            checksum: row.checksum.clone(),
            assembled: row.assembled.clone(),
            version_id: row.version().to_owned(),
            marker: row.is_marker(),
        }
    }
}

impl From<&VersionRow> for Found {
    fn from(row: &VersionRow) -> Self {
        Self::from(&ObjectRow::from(row.clone()))
    }
}

impl From<&ArtifactRow> for Found {
    /// Its ETag is no MD5, and says so by its form, which is that of an object in parts.
    fn from(row: &ArtifactRow) -> Self {
        let digest: String = row.artifact.digest.to_string().chars().take(32).collect();
        let kind = ("content-type".to_owned(), "application/zip".to_owned());
        Self {
            key: row.object_key.clone(),
            artifact: row.artifact.clone(),
            modified: row.created,
            etag: format!("{digest}-1"),
            headers: BTreeMap::from([kind]),
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            checksum: None,
            assembled: None,
            version_id: NULL_VERSION.to_owned(),
            marker: false,
        }
    }
}

/// Everything that a key may name, once its bucket is known.
pub(super) fn wants(bucket: &str, key: &str, seen: &View) -> Vec<Want> {
    let mut wants = super::wants(bucket, seen);
    let name = BucketName::new(bucket);
    if let Some(row) = seen.known::<BucketRow>(BucketRow::at(&name)) {
        wants.push(ObjectRow::at(&name, &key.to_owned()).into());
        wants.push(ArtifactRow::of_object(&row.account, &name, key).into());
        wants.extend(to_place(row, key));
    }
    wants
}

/// The same, and one version of it.
pub(super) fn version_wants(
    bucket: &str,
    key: &str,
    version_id: Option<&String>,
    seen: &View,
) -> Vec<Want> {
    let mut wants = wants(bucket, key, seen);
    wants.extend(version_id.map(|id| version_key(&BucketName::new(bucket), key, id).into()));
    wants
}

/// What the key names in a bucket that is there.
pub(super) fn find(row: &BucketRow, key: &str, seen: &View) -> Option<Found> {
    match seen.row::<ObjectRow>(ObjectRow::at(&row.name, &key.to_owned())) {
        Some(object) => Some(Found::from(object)).filter(|found| !found.marker),
        None => left_by_a_pipeline(row, key, seen).map(Found::from),
    }
}

/// What the key names, or named as of a version.
///
/// # Errors
/// `NoSuchVersion`; `MethodNotAllowed` where it is a delete marker.
pub(super) fn find_version(
    row: &BucketRow,
    key: &str,
    version_id: Option<&String>,
    seen: &View,
) -> Result<Option<Found>, Refused> {
    let Some(id) = version_id else { return Ok(find(row, key, seen)) };
    let latest = seen.row::<ObjectRow>(ObjectRow::at(&row.name, &key.to_owned())).map(Found::from);
    let latest = latest.or_else(|| left_by_a_pipeline(row, key, seen).map(Found::from));
    let older = || seen.row::<VersionRow>(version_key(&row.name, key, id)).map(Found::from);
    match latest.filter(|found| found.version_id == *id).or_else(older) {
        None => Err(refused("NoSuchVersion", 404, "The specified version does not exist.")),
        Some(found) if found.marker => Err(refused(
            "MethodNotAllowed",
            405,
            "The specified method is not allowed against this resource: it is a delete marker.",
        )),
        found => Ok(found),
    }
}

/// The ask about one version, which is an action of its own.
pub(super) fn of_version(ask: Ask, action: &str, version_id: Option<&String>) -> Ask {
    match version_id {
        None => ask,
        Some(id) => {
            let mut keys = crate::keys::of("s3:VersionId", id);
            keys.extend(&ask.keys);
            Ask { action: action.to_owned(), ..ask }.with(keys)
        }
    }
}

/// What is asked of an object, with what is known of its bucket and the tags that it has.
pub(super) fn about_object(caller: &Caller, bucket: &str, key: &str, seen: &View, ask: Ask) -> Ask {
    let mut keys = keys::of_existing(known_tags(bucket, key, None, seen));
    keys.extend(&ask.keys);
    about(caller, bucket, seen, ask.with(keys))
}

/// An object, by its bucket and its key, as what an operation is about.
pub(super) struct Object<'a>(pub &'a str, pub &'a str);

impl Subject for Object<'_> {
    fn resource(&self, _caller: &Caller) -> String {
        object_arn(self.0, self.1)
    }

    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about_object(caller, self.0, self.1, seen, ask)
    }

    fn wants(&self, _caller: &Caller, seen: &View) -> Vec<Want> {
        wants(self.0, self.1, seen)
    }
}

/// The tags of what the key names, or named as of a version, as far as it is known.
pub(super) fn known_tags<'a>(
    bucket: &str,
    key: &str,
    version_id: Option<&String>,
    seen: &'a View,
) -> Option<&'a BTreeMap<String, String>> {
    let bucket = BucketName::new(bucket);
    let latest = seen.known::<ObjectRow>(ObjectRow::at(&bucket, &key.to_owned()));
    let is_meant = |row: &&ObjectRow| version_id.is_none_or(|id| row.version() == id);
    let older = || seen.known::<VersionRow>(version_key(&bucket, key, version_id?));
    match latest.filter(is_meant) {
        Some(row) => Some(&row.tags),
        None => older().map(|row| &row.tags),
    }
}

fn left_by_a_pipeline<'a>(row: &BucketRow, key: &str, seen: &'a View) -> Option<&'a ArtifactRow> {
    let left = seen.list::<ArtifactRow>(&ArtifactRow::of_object(&row.account, &row.name, key));
    left.into_iter().next()
}

/// That nobody writes over, or deletes, what a pipeline left.
pub(super) fn check_writable(row: &BucketRow, key: &str, seen: &View) -> Result<(), Refused> {
    match left_by_a_pipeline(row, key, seen) {
        None => Ok(()),
        Some(left) => Err(denied(&format!(
            "this is an artifact of execution {} of pipeline {}, which stays as it is for as long as it is kept",
            left.execution, left.pipeline
        ))),
    }
}

/// That a key names nothing is for those to know who may list the bucket.
pub(super) fn no_such_key(caller: &Caller, bucket: &str, seen: &View, now: &Now) -> Refused {
    let ask = about(caller, bucket, seen, Ask::new("s3:ListBucket", bucket_arn(bucket)));
    match judge(&caller.principal, &ask, now.at) {
        Ok(_) => refused("NoSuchKey", 404, "The specified key does not exist."),
        Err(_) => {
            denied("there may be no such key, which only those are told who may list the bucket")
        }
    }
}

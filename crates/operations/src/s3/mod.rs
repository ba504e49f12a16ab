//! S3: buckets and objects. The content of an object is kept before its turn; the turn gives it a
//! name, or does not, and the sweep takes what got none.
//!
//! Every call is judged by the caller's policies and the bucket's, under the account that owns the
//! bucket. What pipelines leave in a bucket is shown as objects that nobody can write.

mod acting;
mod attributes;
mod bucket;
mod complete;
mod conditions;
mod content;
mod copy;
mod cors;
mod keys;
mod listing;
mod names;
mod object;
mod policy;
mod range;
mod sums;
mod tagging;
mod upload;
mod uploads;
mod versioning;
mod versions;

pub use attributes::Get as GetAttributes;
pub use bucket::{Create, Delete, Head, List, Location};
pub use complete::Complete;
pub use copy::Copy;
pub use cors::{
    Delete as DeleteCors, Get as GetCors, Put as PutCors, rules as cors_rules, told as cors_told,
};
pub use listing::{List as ListObjects, ListV2 as ListObjectsV2};
pub use object::{Delete as DeleteObject, Get as GetObject, Put as PutObject};
pub use policy::{Delete as DeletePolicy, Get as GetPolicy, Put as PutPolicy};
pub use tagging::{Delete as DeleteTags, Get as GetTags, Put as PutTags};
pub use upload::{Abort, CopyPart, Create as CreateUpload, Part};
pub use uploads::{ListParts, ListUploads};

pub use versioning::{Get as GetVersioning, Put as PutVersioning};
pub use versions::List as ListVersions;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::BucketName;
use identity::Ask;
use identity::policy::Attached;
use store::{BucketRow, Key, ObjectRow, ResourcePolicyRow, View, Want};
use wire::s3::refused;

use crate::caller::Caller;
use crate::refusal::Refused;
use crate::standing::read_bound;
use crate::subject::Subject;

/// A bucket's ARN.
pub(crate) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// An object's ARN.
pub(crate) fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

/// A bucket's row, and the policy on it.
pub(crate) fn wants(bucket: &str, seen: &View) -> Vec<Want> {
    let name = BucketName::new(bucket);
    let mut wants: Vec<Want> = vec![BucketRow::at(&name).into()];
    wants.extend(seen.known::<BucketRow>(BucketRow::at(&name)).map(|row| policy_key(row).into()));
    wants
}

/// Where the policy on a bucket lies, in its owner's account.
fn policy_key(row: &BucketRow) -> Key {
    ResourcePolicyRow::at(&row.account, &format!("bucket/{}", row.name))
}

fn policy(row: &BucketRow, seen: &View) -> Option<Arc<Attached>> {
    let policy = seen.row::<ResourcePolicyRow>(policy_key(row))?;
    Some(read_bound("the bucket's policy", &policy.text, policy.principals.as_ref()))
}

/// What is asked, with what is known of the bucket: its owner and its policy. A bucket that is not
/// there is asked for as one of the caller's.
pub(crate) fn about(caller: &Caller, bucket: &str, seen: &View, ask: Ask) -> Ask {
    let name = BucketName::new(bucket);
    let row = seen.row::<BucketRow>(BucketRow::at(&name));
    let owner = row.map_or_else(|| caller.account().clone(), |row| row.account.clone());
    let mut keys = crate::keys::of("s3:ResourceAccount", owner.as_str());
    keys.extend(&ask.keys);
    ask.with(keys).of(owner).under(row.and_then(|row| policy(row, seen)))
}

/// A bucket, as what an operation is about.
struct Bucket<'a>(&'a str);

impl Subject for Bucket<'_> {
    fn resource(&self, _caller: &Caller) -> String {
        bucket_arn(self.0)
    }

    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        about(caller, self.0, seen, ask)
    }

    fn wants(&self, _caller: &Caller, seen: &View) -> Vec<Want> {
        wants(self.0, seen)
    }
}

/// The bucket, which must be there, and of the account that the caller expects.
pub(crate) fn bucket<'a>(
    bucket: &str,
    expected_owner: Option<&String>,
    seen: &'a View,
) -> Result<&'a BucketRow, Refused> {
    names::check_bucket(bucket)?;
    let row = seen.row::<BucketRow>(BucketRow::at(&BucketName::new(bucket)));
    let row =
        row.ok_or_else(|| refused("NoSuchBucket", 404, "The specified bucket does not exist"))?;
    match expected_owner {
        Some(owner) if owner != row.account.as_str() => {
            Err(denied("the bucket is another account's than expected"))
        }
        _ => Ok(row),
    }
}

/// `AccessDenied` for another reason than a policy.
fn denied(why: &str) -> Refused {
    refused("AccessDenied", 403, format!("Access Denied: {why}"))
}

/// The id of a version, where the bucket has any.
fn version_of(bucket: &BucketRow, object: &ObjectRow) -> Option<String> {
    bucket.versioning.map(|_| object.version().to_owned())
}

/// The same as a header, for answers in XML.
fn version_header(version_id: Option<String>) -> BTreeMap<String, String> {
    version_id.map(|id| ("x-amz-version-id".to_owned(), id)).into_iter().collect()
}

/// An ETag as it is written.
fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

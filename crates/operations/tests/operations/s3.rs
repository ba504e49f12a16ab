//! Buckets and objects over the API, as far as their turns go: the contents themselves are named, and
//! nobody reads them here.

mod callers;
mod conditions;
mod leaving;
mod listing;
mod objects;
mod uploads;
mod versions;

use crate::identity::{allowing, user};
use crate::world::{ACCOUNT, OTHER, World};
use domain::{AccessKeyId, ArtifactRef, BucketName, Digest, Region, Secret, Timestamp};
use operations::refusal::Refused;
use operations::table::ROWS;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{ArtifactRow, DenialRow, ObjectRow, UploadRow};
use wire::s3::Target;
use wire::sigv4::{Claim, Credentials, Expected, SigV4Refusal, sign, verify_head};
use wire::{Request, Service};

const S3: Service = Service::S3;

fn ask(world: &mut World, operation: &str, input: Value) -> Result<Value, Refused> {
    world.ask(ACCOUNT, S3, operation, &input.to_string())
}

fn received(letter: char, size: u64) -> Value {
    let artifact = ArtifactRef {
        digest: Digest(letter.to_string().repeat(64)),
        size,
        store: "local".to_owned(),
    };
    json!({"artifact": artifact, "md5": letter.to_string().repeat(32), "checksum": ["ChecksumCRC32", "NSRBwg=="]})
}

fn put(world: &mut World, key: &str) -> Result<Value, Refused> {
    ask(world, "PutObject", json!({"Bucket": "site", "Key": key, "Received": received('a', 3)}))
}

fn with_bucket() -> World {
    let mut world = World::new();
    ask(&mut world, "CreateBucket", json!({"Bucket": "site"})).expect("it is new");
    world
}

fn code(answer: Result<Value, Refused>) -> String {
    answer.map_or_else(|refused| refused.code.to_string(), |_| "done".to_owned())
}

fn object(key: &str) -> Value {
    json!({"Bucket": "site", "Key": key})
}

/// An object, without a call of its own.
fn left(world: &mut World, key: &str) {
    let artifact = serde_json::from_value(received('a', 3)["artifact"].clone()).expect("one");
    world.put(ObjectRow {
        bucket: BucketName::new("site"),
        object_key: key.to_owned(),
        artifact,
        modified: Timestamp(5),
        etag: String::new(),
        headers: BTreeMap::new(),
        metadata: BTreeMap::new(),
        tags: BTreeMap::new(),
        checksum: None,
        assembled: None,
        version_id: None,
        marker: None,
    });
}

/// What a turn of the bucket's deletion comes to.
fn delete_bucket(world: &mut World) -> String {
    match ask(world, "DeleteBucket", json!({"Bucket": "site"})) {
        Ok(output) if output["Leaving"] == true => "leaving".to_owned(),
        Ok(_) => "deleted".to_owned(),
        Err(refused) => refused.code.to_string(),
    }
}

/// Every page of a list, keys and prefixes in one order.
fn paged(world: &mut World, prefix: &str, delimiter: &str, most: u32) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut input =
            json!({"Bucket": "site", "Prefix": prefix, "Delimiter": delimiter, "MaxKeys": most});
        if !token.is_null() {
            input["ContinuationToken"] = token;
        }
        let page = ask(world, "ListObjectsV2", input).expect("a page");
        let texts = |list: &str, member: &str| -> Vec<String> {
            let items = page[list].as_array().cloned().unwrap_or_default();
            items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
        };
        let mut own = texts("Contents", "Key");
        own.extend(texts("CommonPrefixes", "Prefix"));
        own.sort();
        assert!(own.len() <= most as usize);
        all.extend(own);
        if page["IsTruncated"] != true {
            return all;
        }
        token = page["NextContinuationToken"].clone();
    }
}

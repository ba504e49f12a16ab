//! Buckets and objects over the API, as far as their turns go: the contents themselves are named, and
//! nobody reads them here.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AccessKeyId, ArtifactRef, BucketName, Digest, Region, Secret, Timestamp};
use operations::refusal::Refused;
use operations::table::ROWS;
use proptest::prelude::*;
use serde_json::{Value, json};
use store::{ArtifactRow, DenialRow, ObjectRow, UploadRow};
use wire::s3::Target;
use wire::sigv4::{Claim, Credentials, Expected, SigV4Refusal, sign, verify_head};
use wire::{Request, Service};

use crate::identity::{allowing, user};
use crate::world::{ACCOUNT, OTHER, World};

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

#[test]
fn an_object_is_put_read_copied_tagged_and_deleted() {
    let mut world = with_bucket();
    let whether = ask(&mut world, "PutObject", object("a")).expect("it may be put");
    assert_eq!(
        (whether["ETag"].as_str(), code(ask(&mut world, "GetObject", object("a")))),
        (Some(""), "NoSuchKey".to_owned())
    );
    put(&mut world, "a").expect("it is put");
    let got =
        ask(&mut world, "GetObject", json!({"Bucket": "site", "Key": "a", "Range": "bytes=1-"}))
            .expect("it is there");
    assert_eq!(
        (&got["ContentRange"], &got["Content"]["offset"]),
        (&json!("bytes 1-2/3"), &json!(1))
    );
    let copied = ask(
        &mut world,
        "CopyObject",
        json!({"Bucket": "site", "Key": "b", "CopySource": "site/a"}),
    )
    .expect("copied");
    assert_eq!(copied["ETag"], got["ETag"]);
    let tags = json!({"Bucket": "site", "Key": "b", "TagSet": [{"Key": "team", "Value": "canal"}]});
    ask(&mut world, "PutObjectTagging", tags).expect("tagged");
    let shown = ask(&mut world, "GetObjectTagging", object("b")).expect("tags");
    assert_eq!(shown["TagSet"]["Tag"][0]["Value"], "canal");
    assert_eq!(code(ask(&mut world, "DeleteBucket", json!({"Bucket": "site"}))), "BucketNotEmpty");
    for key in ["a", "b", "b"] {
        assert_eq!(code(ask(&mut world, "DeleteObject", object(key))), "done");
    }
    assert_eq!(delete_bucket(&mut world), "leaving");
    assert_eq!(delete_bucket(&mut world), "deleted");
    assert_eq!(code(ask(&mut world, "GetObject", object("a"))), "NoSuchBucket");
}

/// What a turn of the bucket's deletion comes to.
fn delete_bucket(world: &mut World) -> String {
    match ask(world, "DeleteBucket", json!({"Bucket": "site"})) {
        Ok(output) if output["Leaving"] == true => "leaving".to_owned(),
        Ok(_) => "deleted".to_owned(),
        Err(refused) => refused.code.to_string(),
    }
}

#[test]
fn a_bucket_that_is_written_into_while_it_leaves_stays() {
    let mut world = with_bucket();
    assert_eq!(delete_bucket(&mut world), "leaving");
    put(&mut world, "a").expect("it is put");
    assert_eq!(delete_bucket(&mut world), "BucketNotEmpty");
    ask(&mut world, "DeleteObject", object("a")).expect("it goes");
    assert_eq!(delete_bucket(&mut world), "leaving", "that writer took it back");
    ask(&mut world, "CreateMultipartUpload", object("a")).expect("begun");
    assert_eq!(delete_bucket(&mut world), "leaving", "and this one");
    assert_eq!(delete_bucket(&mut world), "deleted");
    assert_eq!(code(put(&mut world, "a")), "NoSuchBucket");
}

#[test]
fn an_upload_dies_with_its_bucket() {
    let mut world = with_bucket();
    let begun = ask(&mut world, "CreateMultipartUpload", object("payroll.csv")).expect("begun");
    let part = json!({"Bucket": "site", "Key": "payroll.csv", "UploadId": begun["UploadId"],
        "PartNumber": 1, "Received": received('a', 3)});
    ask(&mut world, "UploadPart", part.clone()).expect("a part");
    while delete_bucket(&mut world) == "leaving" {}
    let by_other = |world: &mut World, operation: &str, input: &Value| {
        world.ask(OTHER, S3, operation, &input.to_string())
    };
    by_other(&mut world, "CreateBucket", &json!({"Bucket": "site"})).expect("the name is free");
    let uploads = by_other(&mut world, "ListMultipartUploads", &json!({"Bucket": "site"}));
    assert_eq!(uploads.expect("a list")["Upload"].as_array().map_or(0, Vec::len), 0);
    let complete = json!({"Bucket": "site", "Key": "payroll.csv", "UploadId": begun["UploadId"],
        "Parts": [{"ETag": "a".repeat(32), "PartNumber": 1}]});
    for (operation, input) in [("CompleteMultipartUpload", &complete), ("UploadPart", &part)] {
        assert_eq!(code(by_other(&mut world, operation, input)), "NoSuchUpload", "{operation}");
    }
}

#[test]
fn what_an_older_release_left_of_a_bucket_is_not_the_next_ones() {
    let mut world = World::new();
    world.put(UploadRow {
        bucket: BucketName::new("site"),
        object_key: "k".to_owned(),
        upload: "u".to_owned(),
        created: Timestamp(5),
        headers: BTreeMap::new(),
        metadata: BTreeMap::new(),
        tags: BTreeMap::new(),
        checksum_algorithm: None,
        checksum_type: None,
    });
    ask(&mut world, "CreateBucket", json!({"Bucket": "site"})).expect("it is new");
    let uploads = ask(&mut world, "ListMultipartUploads", json!({"Bucket": "site"}));
    assert_eq!(uploads.expect("a list")["Upload"].as_array().map_or(0, Vec::len), 0);
}

#[test]
fn a_list_that_took_all_its_looks_goes_on_with_the_very_next_key() {
    let mut world = with_bucket();
    // Each of these folders is more than one look; the key lies where the next would begin.
    for folder in 0..8 {
        for number in 0..=1000 {
            left(&mut world, &format!("p{folder}/{number:04}"));
        }
    }
    left(&mut world, "p70");
    let expect: Vec<String> =
        (0..8).map(|folder| format!("p{folder}/")).chain(["p70".to_owned()]).collect();
    assert_eq!(paged(&mut world, "", "/", 1000), expect);
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

#[test]
fn refusals_have_s3s_own_codes() {
    let mut world = with_bucket();
    put(&mut world, "a").expect("it is put");
    let mut check = |operation: &str, input: Value, expect: &str| {
        assert_eq!(code(ask(&mut world, operation, input.clone())), expect, "{operation} {input}");
    };
    check("CreateBucket", json!({"Bucket": "site"}), "done");
    check("CreateBucket", json!({"Bucket": "Site"}), "InvalidBucketName");
    check("CreateBucket", json!({"Bucket": "192.168.0.1"}), "InvalidBucketName");
    for name in ["console", "metrics", "a.-b", "a-.b", "xn--abc", "a-s3alias", "x--ol-s3"] {
        check("CreateBucket", json!({"Bucket": name}), "InvalidBucketName");
    }
    for directive in ["MetadataDirective", "TaggingDirective"] {
        let copy =
            json!({"Bucket": "site", "Key": "b", "CopySource": "site/a", directive: "BOGUS"});
        check("CopyObject", copy, "InvalidArgument");
    }
    check(
        "CreateBucket",
        json!({"Bucket": "other", "LocationConstraint": "eu-west-1"}),
        "InvalidLocationConstraint",
    );
    check("PutObject", json!({"Bucket": "none", "Key": "k"}), "NoSuchBucket");
    check("PutObject", object(&"k".repeat(1025)), "KeyTooLongError");
    check("PutObject", object("a\0b"), "ValidationException");
    check(
        "PutObject",
        json!({"Bucket": "site", "Key": "k", "ACL": "public-read"}),
        "AccessControlListNotSupported",
    );
    check(
        "PutObject",
        json!({"Bucket": "site", "Key": "k", "StorageClass": "GLACIER"}),
        "InvalidStorageClass",
    );
    check(
        "PutObject",
        json!({"Bucket": "site", "Key": "k", "Metadata": {"m": "x".repeat(2048)}}),
        "MetadataTooLarge",
    );
    check(
        "PutObject",
        json!({"Bucket": "site", "Key": "a", "IfNoneMatch": "*"}),
        "PreconditionFailed",
    );
    check("PutObject", json!({"Bucket": "site", "Key": "z", "IfMatch": "e"}), "NoSuchKey");
    check("GetObject", json!({"Bucket": "site", "Key": "a", "Range": "bytes=3-"}), "InvalidRange");
    check("GetObject", json!({"Bucket": "site", "Key": "a", "PartNumber": 2}), "InvalidPartNumber");
    check("GetObject", json!({"Bucket": "site", "Key": "a", "PartNumber": 0}), "InvalidArgument");
    check(
        "GetObject",
        json!({"Bucket": "site", "Key": "a", "PartNumber": 1, "Range": "bytes=0-"}),
        "InvalidRequest",
    );
    check(
        "GetObjectAttributes",
        json!({"Bucket": "site", "Key": "a", "ObjectAttributes": "Colour"}),
        "InvalidArgument",
    );
    check(
        "DeleteObject",
        json!({"Bucket": "site", "Key": "a", "IfMatch": "e"}),
        "PreconditionFailed",
    );
    check(
        "DeleteObject",
        json!({"Bucket": "site", "Key": "z", "IfMatch": "*"}),
        "PreconditionFailed",
    );
    check("CreateBucket", json!({"Bucket": "site-s3alias"}), "InvalidBucketName");
    check(
        "CreateMultipartUpload",
        json!({"Bucket": "site", "Key": "k", "ChecksumAlgorithm": "SHA1", "ChecksumType": "FULL_OBJECT"}),
        "InvalidRequest",
    );
    check(
        "GetObject",
        json!({"Bucket": "site", "Key": "a", "ExpectedBucketOwner": OTHER}),
        "AccessDenied",
    );
    check(
        "CopyObject",
        json!({"Bucket": "site", "Key": "a", "CopySource": "site/a"}),
        "InvalidRequest",
    );
    check("CopyObject", json!({"Bucket": "site", "Key": "b", "CopySource": "site/z"}), "NoSuchKey");
    check(
        "CopyObject",
        json!({"Bucket": "site", "Key": "b", "CopySource": "nothing"}),
        "InvalidArgument",
    );
    check("ListObjectsV2", json!({"Bucket": "site", "ContinuationToken": "%"}), "InvalidArgument");
    check("ListObjects", json!({"Bucket": "site", "EncodingType": "rot13"}), "InvalidArgument");
    check("GetBucketPolicy", json!({"Bucket": "site"}), "NoSuchBucketPolicy");
    check("PutBucketPolicy", json!({"Bucket": "site", "Policy": "{}"}), "MalformedPolicy");
    check(
        "UploadPart",
        json!({"Bucket": "site", "Key": "k", "UploadId": "u", "PartNumber": 1}),
        "NoSuchUpload",
    );
}

#[test]
fn an_upload_in_parts_becomes_an_object_once() {
    let mut world = with_bucket();
    let begun = ask(
        &mut world,
        "CreateMultipartUpload",
        json!({"Bucket": "site", "Key": "big", "ContentType": "text/plain"}),
    );
    let id = begun.expect("begun")["UploadId"].clone();
    let of = |more: Value| {
        let mut input = json!({"Bucket": "site", "Key": "big", "UploadId": id});
        input
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        input
    };
    for (number, letter, size) in [(1, 'a', 5 << 20), (2, 'b', 1)] {
        ask(
            &mut world,
            "UploadPart",
            of(json!({"PartNumber": number, "Received": received(letter, size)})),
        )
        .expect("a part");
    }
    assert_eq!(
        code(ask(&mut world, "UploadPart", of(json!({"PartNumber": 10_001})))),
        "InvalidArgument"
    );
    let parts = ask(&mut world, "ListParts", of(json!({"MaxParts": 1}))).expect("parts");
    assert_eq!((&parts["IsTruncated"], &parts["NextPartNumberMarker"]), (&json!(true), &json!(1)));
    let uploads =
        ask(&mut world, "ListMultipartUploads", json!({"Bucket": "site"})).expect("uploads");
    assert_eq!(uploads["Upload"][0]["Key"], "big");
    let named = json!({"Parts": [{"ETag": "a".repeat(32), "PartNumber": 1}, {"ETag": "b".repeat(32), "PartNumber": 2}]});
    let plan = ask(&mut world, "CompleteMultipartUpload", of(named.clone())).expect("a plan");
    assert_eq!(plan["Assemble"].as_array().map(Vec::len), Some(2));
    let mut whole = of(named);
    whole["Received"] = received('c', (5 << 20) + 1);
    let done = ask(&mut world, "CompleteMultipartUpload", whole.clone()).expect("an object");
    assert!(done["ETag"].as_str().is_some_and(|etag| etag.ends_with("-2\"")), "{done}");
    let again = ask(&mut world, "CompleteMultipartUpload", whole.clone()).expect("it is heard");
    assert_eq!(again, done);
    let got = ask(&mut world, "HeadObject", object("big")).expect("it is there");
    assert_eq!(got["Headers"]["content-type"], "text/plain");
    put(&mut world, "big").expect("it is put");
    assert_eq!(code(ask(&mut world, "CompleteMultipartUpload", whole)), "NoSuchUpload");
}

/// Every version of a bucket, page after page: key, id, whether it is the latest, whether a marker.
fn versions(world: &mut World, most: u32) -> Vec<(String, String, bool, bool)> {
    let (mut all, mut markers) = (Vec::new(), json!({}));
    loop {
        let mut input = json!({"Bucket": "site", "MaxKeys": most});
        for (from, to) in
            [("NextKeyMarker", "KeyMarker"), ("NextVersionIdMarker", "VersionIdMarker")]
        {
            if let Some(marker) = markers.get(from) {
                input[to] = marker.clone();
            }
        }
        let page = ask(world, "ListObjectVersions", input).expect("a page");
        let mut own = Vec::new();
        for (list, marker) in [("Version", false), ("DeleteMarker", true)] {
            for item in page[list].as_array().into_iter().flatten() {
                let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
                own.push((text("Key"), text("VersionId"), item["IsLatest"] == true, marker));
            }
        }
        assert!(own.len() <= most as usize);
        all.extend(own);
        if page["IsTruncated"] != true {
            return all;
        }
        markers = page;
    }
}

#[test]
fn a_bucket_that_keeps_versions_gives_each_back() {
    let mut world = with_bucket();
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    put(&mut world, "k").expect("before there were versions");
    let status = |world: &mut World, status: &str| {
        let input = json!({"Bucket": "site", "Status": status});
        code(ask(world, "PutBucketVersioning", input))
    };
    assert_eq!(status(&mut world, "On"), "IllegalVersioningConfigurationException");
    assert_eq!(status(&mut world, "Enabled"), "done");
    let first = text(&put(&mut world, "k").expect("put"), "VersionId");
    let second = text(&put(&mut world, "k").expect("put"), "VersionId");
    let marker = ask(&mut world, "DeleteObject", object("k")).expect("deleted");
    assert_eq!(marker["DeleteMarker"], true);
    let marker = text(&marker, "VersionId");
    assert_eq!(code(ask(&mut world, "GetObject", object("k"))), "NoSuchKey");
    assert!(paged(&mut world, "", "", 5).is_empty());
    let of = |id: &str| json!({"Bucket": "site", "Key": "k", "VersionId": id});
    for id in ["null", &first, &second] {
        let got = ask(&mut world, "GetObject", of(id)).expect("a version");
        assert_eq!(text(&got, "VersionId"), id);
    }
    assert_eq!(code(ask(&mut world, "GetObject", of("other"))), "NoSuchVersion");
    assert_eq!(code(ask(&mut world, "GetObject", of(&marker))), "MethodNotAllowed");
    let entry = |id: &str, latest, marker| ("k".to_owned(), id.to_owned(), latest, marker);
    let all = [
        entry(&marker, true, true),
        entry(&second, false, false),
        entry(&first, false, false),
        entry("null", false, false),
    ];
    for most in [1, 2, 3, 9] {
        let mut found = versions(&mut world, most);
        found.sort_by_key(|entry| all.iter().position(|it| it == entry));
        assert_eq!(found, all, "pages of {most}");
    }
    assert_eq!(code(ask(&mut world, "DeleteBucket", json!({"Bucket": "site"}))), "BucketNotEmpty");
    assert_eq!(code(ask(&mut world, "DeleteObject", of(&marker))), "done");
    let got = ask(&mut world, "GetObject", object("k")).expect("it is back");
    assert_eq!(text(&got, "VersionId"), second);
    let back =
        json!({"Bucket": "site", "Key": "k", "CopySource": format!("site/k?versionId={first}")});
    ask(&mut world, "CopyObject", back).expect("an older one, brought back");
    assert_eq!(status(&mut world, "Suspended"), "done");
    assert_eq!(text(&put(&mut world, "k").expect("put"), "VersionId"), "null");
    assert_eq!(versions(&mut world, 9).len(), 4, "the one without a version was written over");
    for (_, id, ..) in versions(&mut world, 9) {
        assert_eq!(code(ask(&mut world, "DeleteObject", of(&id))), "done");
    }
    assert_eq!(code(ask(&mut world, "DeleteBucket", json!({"Bucket": "site"}))), "done");
}

#[test]
fn a_version_is_read_and_deleted_by_actions_of_its_own() {
    let mut world = with_bucket();
    ask(&mut world, "PutBucketVersioning", json!({"Bucket": "site", "Status": "Enabled"}))
        .expect("set");
    let id = put(&mut world, "k").expect("put")["VersionId"].clone();
    let of = json!({"Bucket": "site", "Key": "k", "VersionId": id});
    for (operation, plain, versioned) in [
        ("GetObject", "s3:GetObject", "s3:GetObjectVersion"),
        ("DeleteObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    ] {
        let mut by = |action: &str| {
            let user = user(Some(&allowing(&[action.to_owned()])));
            code(world.ask_by(&user, S3, operation, &of.to_string()))
        };
        assert_eq!((by(plain), by(versioned)), ("AccessDeniedException".into(), "done".into()));
    }
}

#[test]
fn another_account_needs_the_buckets_policy_and_its_own() {
    let mut world = with_bucket();
    put(&mut world, "a").expect("it is put");
    let get = object("a").to_string();
    let by = |world: &mut World, account: &str| code(world.ask(account, S3, "GetObject", &get));
    assert_eq!(
        (by(&mut world, ACCOUNT), by(&mut world, OTHER)),
        ("done".to_owned(), "AccessDeniedException".to_owned())
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::site/*"}]});
    ask(&mut world, "PutBucketPolicy", json!({"Bucket": "site", "Policy": policy.to_string()}))
        .expect("a policy");
    assert_eq!(by(&mut world, OTHER), "done");
    let delete = object("a").to_string();
    assert_eq!(code(world.ask(OTHER, S3, "DeleteObject", &delete)), "AccessDeniedException");
    assert_eq!(
        code(ask(&mut world, "DeleteObject", object("a"))),
        "AccessDeniedException",
        "a denial is for everybody"
    );
    let denials = world.list::<DenialRow>(DenialRow::of_account(&OTHER.into(), 10));
    assert_eq!(denials.len(), 2, "each refusal is kept, for whoever asks why");
    let elsewhere = policy.to_string().replace("site/*", "other/*");
    assert_eq!(
        code(ask(&mut world, "PutBucketPolicy", json!({"Bucket": "site", "Policy": elsewhere}))),
        "MalformedPolicy"
    );
    assert_eq!(code(ask(&mut world, "DeleteBucketPolicy", json!({"Bucket": "site"}))), "done");
    assert_eq!(by(&mut world, OTHER), "AccessDeniedException");
}

#[test]
fn conditions_on_prefixes_and_the_connection_hold() {
    let mut world = with_bucket();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::site",
        "Condition": {"StringLike": {"s3:prefix": "team/*"}, "Bool": {"aws:SecureTransport": "true"},
            "NumericLessThanEquals": {"s3:max-keys": "10"}}}]});
    let ann = user(Some(&policy));
    let mut list = |prefix: &str, most: u32| {
        let input = json!({"Bucket": "site", "Prefix": prefix, "MaxKeys": most});
        code(world.ask_by(&ann, S3, "ListObjectsV2", &input.to_string()))
    };
    assert_eq!(list("team/a", 10), "done");
    assert_eq!(list("other/", 10), "AccessDeniedException");
    assert_eq!(list("team/a", 11), "AccessDeniedException");
    // Who may not list is not told whether a key is there.
    let reader = user(Some(&allowing(&["s3:GetObject".to_owned()])));
    let missing = world.ask_by(&reader, S3, "GetObject", &object("none").to_string());
    assert_eq!(code(missing), "AccessDenied");
}

#[test]
fn what_a_pipeline_left_is_an_object_that_nobody_writes_over() {
    let mut world = with_bucket();
    world.put(ArtifactRow {
        account: ACCOUNT.into(),
        pipeline: "p".into(),
        execution: "e".into(),
        stage: "s".into(),
        action: "a".into(),
        attempt: 1,
        name: "out".into(),
        artifact: ArtifactRef {
            digest: Digest("d".repeat(64)),
            size: 9,
            store: "local".to_owned(),
        },
        bucket: BucketName::new("site"),
        object_key: "p/out/1".to_owned(),
        created: Timestamp(5),
    });
    put(&mut world, "p/a").expect("beside it");
    let listed = ask(&mut world, "ListObjectsV2", json!({"Bucket": "site"})).expect("a list");
    assert_eq!(listed["Contents"].as_array().map(Vec::len), Some(2));
    let got = ask(&mut world, "GetObject", object("p/out/1")).expect("it is there");
    assert_eq!(got["ContentLength"], 9);
    for operation in ["PutObject", "DeleteObject"] {
        assert_eq!(
            code(ask(&mut world, operation, object("p/out/1"))),
            "AccessDenied",
            "{operation}"
        );
    }
}

/// A list as S3 documents it, written for this test only.
fn naive(keys: &BTreeSet<String>, prefix: &str, delimiter: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let folded = (!delimiter.is_empty()).then(|| rest.find(delimiter)).flatten();
        let entry = folded.map_or_else(
            || key.clone(),
            |at| key[..prefix.len() + at + delimiter.len()].to_owned(),
        );
        if shown.last() != Some(&entry) {
            shown.push(entry);
        }
    }
    shown
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn pages_of_any_size_make_up_the_documented_list(
        keys in proptest::collection::btree_set("[ab/ü]{1,5}", 0..14),
        prefix in "[ab/]{0,2}", delimiter in "[/b]?", most in 1_u32..6,
    ) {
        let mut world = with_bucket();
        for key in &keys {
            put(&mut world, key).expect("it is put");
        }
        prop_assert_eq!(paged(&mut world, &prefix, &delimiter, most), naive(&keys, &prefix, &delimiter));
    }
}

/// The head of a request for each operation.
fn head(name: &str) -> (&'static str, &'static str, &'static str, bool) {
    match name {
        "ListBuckets" => ("GET", "/", "", false),
        "CreateBucket" => ("PUT", "/site", "", false),
        "HeadBucket" => ("HEAD", "/site", "", false),
        "DeleteBucket" => ("DELETE", "/site", "", false),
        "GetBucketLocation" => ("GET", "/site", "location", false),
        "GetBucketPolicy" => ("GET", "/site", "policy", false),
        "PutBucketPolicy" => ("PUT", "/site", "policy", false),
        "DeleteBucketPolicy" => ("DELETE", "/site", "policy", false),
        "GetBucketCors" => ("GET", "/site", "cors", false),
        "PutBucketCors" => ("PUT", "/site", "cors", false),
        "DeleteBucketCors" => ("DELETE", "/site", "cors", false),
        "GetBucketVersioning" => ("GET", "/site", "versioning", false),
        "PutBucketVersioning" => ("PUT", "/site", "versioning", false),
        "ListObjectVersions" => ("GET", "/site", "versions", false),
        "ListObjects" => ("GET", "/site", "prefix=a", false),
        "ListObjectsV2" => ("GET", "/site", "list-type=2", false),
        "ListMultipartUploads" => ("GET", "/site", "uploads", false),
        "GetObject" => ("GET", "/site/k", "", false),
        "HeadObject" => ("HEAD", "/site/k", "", false),
        "GetObjectAttributes" => ("GET", "/site/k", "attributes", false),
        "PutObject" => ("PUT", "/site/k", "", false),
        "CopyObject" => ("PUT", "/site/k", "", true),
        "DeleteObject" => ("DELETE", "/site/k", "", false),
        "CreateMultipartUpload" => ("POST", "/site/k", "uploads=", false),
        "UploadPart" => ("PUT", "/site/k", "partNumber=1&uploadId=u", false),
        "UploadPartCopy" => ("PUT", "/site/k", "partNumber=1&uploadId=u", true),
        "CompleteMultipartUpload" => ("POST", "/site/k", "uploadId=u", false),
        "AbortMultipartUpload" => ("DELETE", "/site/k", "uploadId=u", false),
        "ListParts" => ("GET", "/site/k", "uploadId=u", false),
        "GetObjectTagging" => ("GET", "/site/k", "tagging", false),
        "PutObjectTagging" => ("PUT", "/site/k", "tagging", false),
        "DeleteObjectTagging" => ("DELETE", "/site/k", "tagging", false),
        other => panic!("{other} has no head here"),
    }
}

/// There is no anonymous way to a bucket either, and a key's id without its secret is none.
#[test]
fn every_operation_of_s3_refuses_a_caller_who_is_unsigned_or_unknown() {
    let region = Region::new("us-east-1");
    let expected = || Expected { region: &region, service: "s3" };
    let at = Timestamp(1_700_000_000_000);
    for row in ROWS.iter().filter(|row| row.service == S3) {
        let (method, path, query, copies) = head(row.name);
        let mut headers = vec![("host", "ci.example.com")];
        headers.extend(copies.then_some(("x-amz-copy-source", "/site/o")));
        let unsigned = Request { method, path, query, headers: &headers, body: b"" };
        assert!(matches!(Claim::read(&unsigned), Err(SigV4Refusal::Missing)), "{}", row.name);
        let guess = Credentials {
            access_key_id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE"),
            secret_access_key: Secret::new("a guess"),
            session_token: None,
        };
        let added = sign(&unsigned, &guess, expected(), at);
        let mut signed = headers.clone();
        signed.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = Request { headers: &signed, ..unsigned };
        assert!(wire::s3::is_meant(&request), "{}", row.name);
        let Target { operation, .. } = wire::s3::route(&request, None).expect(row.name);
        assert_eq!(operation, row.name);
        let claim = Claim::read(&request).expect(row.name);
        let verified = |secret| verify_head(&request, &claim, &Secret::new(secret), expected(), at);
        assert!(verified("the secret").is_err(), "{} took a guess", row.name);
        assert!(verified("a guess").is_ok(), "{}: what was refused is the guess", row.name);
    }
}

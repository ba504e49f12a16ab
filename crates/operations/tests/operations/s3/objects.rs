//! Objects: put, read, copied, tagged, deleted; refused in S3's own words; left by pipelines.

use super::*;

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

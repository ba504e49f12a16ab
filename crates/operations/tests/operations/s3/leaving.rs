//! A bucket leaves, with all that hangs on it.

use super::*;

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

//! Uploads in parts.

use super::*;

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

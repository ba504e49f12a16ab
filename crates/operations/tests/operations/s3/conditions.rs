//! What conditions see of a call: how it was signed, whether its write makes an object and over what.

use super::*;
use wire::s3::Signed;

/// What one who may do all of S3's but this is told.
fn denied_under(world: &mut World, condition: &Value, operation: &str, input: &Value) -> bool {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}]});
    let answer = world.ask_by(&user(Some(&policy)), S3, operation, &input.to_string());
    code(answer) == "AccessDeniedException"
}

#[test]
fn a_condition_sees_how_a_call_was_signed() {
    fn check(signed: &Signed, condition: Value, expect: bool) {
        let mut world = with_bucket();
        put(&mut world, "a").expect("it is put");
        world.arrival.signed = Some(signed.clone());
        let denied = denied_under(&mut world, &condition, "GetObject", &object("a"));
        assert_eq!(denied, expect, "{signed:?} {condition}");
    }
    let old = Signed::by_link_of_version_2();
    let link = Signed { version: "AWS4-HMAC-SHA256", age: Some(1200), ..old.clone() };
    let hash = "0".repeat(64);
    let call = Signed { place: "REST-HEADER", age: None, content: hash, ..link.clone() };
    let by_link = json!({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}});
    check(&call, by_link.clone(), false);
    check(&link, by_link.clone(), true);
    check(&old, by_link, true);
    let other = json!({"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}});
    check(&link, other.clone(), false);
    check(&old, other, true);
    check(&link, json!({"NumericGreaterThan": {"s3:signatureAge": "1199"}}), true);
    check(&link, json!({"NumericGreaterThan": {"s3:signatureAge": "1200"}}), false);
    check(&old, json!({"NumericEquals": {"s3:signatureAge": 0}}), true);
    check(&call, json!({"Null": {"s3:signatureAge": "true"}}), true);
    let unsigned = json!({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}});
    check(&link, unsigned.clone(), true);
    check(&call, unsigned, false);
    check(&call, json!({"NumericLessThan": {"s3:TlsVersion": "1.3"}}), false);
    check(&call, json!({"NumericLessThan": {"s3:TlsVersion": 1.4}}), true);
    check(&call, json!({"StringNotEquals": {"s3:ResourceAccount": ACCOUNT}}), false);
    check(&call, json!({"StringEquals": {"s3:ResourceAccount": ACCOUNT}}), true);
}

#[test]
fn a_condition_sees_whether_a_write_makes_an_object_and_over_what() {
    let mut world = with_bucket();
    put(&mut world, "a").expect("it is put");
    let begun = ask(&mut world, "CreateMultipartUpload", object("c")).expect("begun");
    let id = begun["UploadId"].clone();
    let with = |key: &str, more: Value| {
        let mut input = object(key);
        input.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        input
    };
    let mut check = |operation: &str, input: Value, condition: &Value, expect: bool| {
        let denied = denied_under(&mut world, condition, operation, &input);
        assert_eq!(denied, expect, "{operation} {input} {condition}");
    };
    // S3's own example of a bucket in which nothing is written over.
    let once = json!({"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}});
    let only_new = json!({"IfNoneMatch": "*"});
    let copy = json!({"CopySource": "site/a"});
    let part = json!({"UploadId": id, "PartNumber": 1});
    check("PutObject", object("b"), &once, true);
    check("PutObject", with("b", only_new.clone()), &once, false);
    check("CopyObject", with("b", copy.clone()), &once, true);
    check("CreateMultipartUpload", object("b"), &once, false);
    check("UploadPart", with("c", part.clone()), &once, false);
    let piece = json!({"UploadId": id, "PartNumber": 1, "CopySource": "site/a"});
    check("UploadPartCopy", with("c", piece), &once, false);
    let whole = json!({"UploadId": id, "Parts": [{"PartNumber": 1, "ETag": "e"}]});
    check("CompleteMultipartUpload", with("c", whole), &once, true);
    check("GetObject", object("a"), &once, false);
    let made = json!({"Bool": {"s3:ObjectCreationOperation": "false"}});
    check("UploadPart", with("c", part), &made, true);
    let unnamed = json!({"Null": {"s3:if-match": "true"}});
    check("DeleteObject", object("a"), &unnamed, true);
    check("DeleteObject", with("a", json!({"IfMatch": "*"})), &unnamed, false);
    let replaced = json!({"StringEquals": {"s3:x-amz-metadata-directive": "REPLACE"}});
    check("CopyObject", with("b", copy.clone()), &replaced, false);
    let anew = json!({"CopySource": "site/a", "MetadataDirective": "REPLACE"});
    check("CopyObject", with("b", anew), &replaced, true);
}

#[test]
fn tags_go_along_with_a_copy_of_whoever_may_read_and_set_them() {
    let mut world = with_bucket();
    let mut tagged = object("a");
    tagged["Tagging"] = json!("class=secret");
    tagged["Received"] = received('a', 3);
    ask(&mut world, "PutObject", tagged).expect("it is put");
    let mut by = |actions: &[&str], more: Value| {
        let mut actions: Vec<String> = actions.iter().map(|it| format!("s3:{it}")).collect();
        actions.extend(["s3:GetObject", "s3:PutObject"].map(str::to_owned));
        let mut input = json!({"Bucket": "site", "Key": "b", "CopySource": "site/a"});
        input.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        code(world.ask_by(&user(Some(&allowing(&actions))), S3, "CopyObject", &input.to_string()))
    };
    let (denied, done) = ("AccessDeniedException", "done");
    assert_eq!(by(&[], json!({})), denied);
    assert_eq!(by(&["GetObjectTagging"], json!({})), denied);
    assert_eq!(by(&["PutObjectTagging"], json!({})), denied);
    assert_eq!(by(&["GetObjectTagging", "PutObjectTagging"], json!({})), done);
    assert_eq!(by(&[], json!({"TaggingDirective": "REPLACE"})), done, "it has none of them");
    let mut tagging = allowing(&["s3:*".to_owned()]);
    tagging["Statement"] = json!([tagging["Statement"], {"Effect": "Deny", "Action": "s3:PutObjectTagging",
        "Resource": "*", "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "secret"}}}]);
    let input = json!({"Bucket": "site", "Key": "b", "CopySource": "site/a"}).to_string();
    let answer = world.ask_by(&user(Some(&tagging)), S3, "CopyObject", &input);
    assert_eq!(code(answer), denied, "the tags are asked about as if they were sent");
}

#[test]
fn a_bucket_that_takes_encrypted_uploads_alone_takes_none() {
    let mut world = with_bucket();
    put(&mut world, "a").expect("it is put");
    // As CodePipeline's own wizard writes it for the bucket of artifacts.
    let policy = json!({"Version": "2012-10-17", "Id": "SSEAndSSLPolicy", "Statement": [
        {"Sid": "DenyUnEncryptedObjectUploads", "Effect": "Deny", "Principal": "*",
            "Action": "s3:PutObject", "Resource": "arn:aws:s3:::site/*", "Condition": {
                "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
        {"Sid": "DenyInsecureConnections", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::site/*", "Condition": {
                "Bool": {"aws:SecureTransport": "false"}}}]});
    world.arrival.secure = true;
    let input = json!({"Bucket": "site", "Policy": policy.to_string()});
    ask(&mut world, "PutBucketPolicy", input).expect("it is saved");
    assert_eq!(code(put(&mut world, "b")), "AccessDeniedException");
    ask(&mut world, "GetObject", object("a")).expect("reading takes no encryption");
    world.arrival.secure = false;
    let in_clear = ask(&mut world, "GetObject", object("a"));
    assert_eq!(code(in_clear), "AccessDeniedException");
}

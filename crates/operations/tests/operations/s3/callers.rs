//! Who may: other accounts, conditions, and nobody without a signature.

use super::*;

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

//! Buckets over HTTP, by links: what only shows where calls meet on the wire.

use domain::Region;
use egress::{Method, Request, Url};
use serde_json::json;
use testkit::World;
use wire::Service::Towpath;
use wire::sigv4::{Expected, presign};

/// A link to one call, good for a minute.
fn link(world: &World, method: &Method, path: &str, query: &str) -> Url {
    let (region, headers) = (Region::new("us-east-1"), [("host", world.caller.host())]);
    let call = wire::Request { method: method.as_str(), path, query, headers: &headers, body: b"" };
    let expected = Expected { region: &region, service: "s3" };
    let query = presign(&call, &world.caller.credentials, expected, 60, world.shared().now());
    let mut url = world.caller.at(path);
    url.set_query(Some(&query));
    url
}

/// Follows one; status and answer.
async fn follow(world: &World, method: Method, url: Url, body: &str) -> (u16, String) {
    let mut request = Request::new(method, url);
    request.body = body.as_bytes().to_vec();
    let answer = world.caller.send(request).await;
    (answer.status.as_u16(), String::from_utf8(answer.body).expect("text"))
}

/// Sends one call by a link, with a body where it is a PUT of an object.
async fn linked(world: &World, method: Method, path: &str) -> (u16, String) {
    let url = link(world, &method, path, "x-amz-checksum-mode=ENABLED");
    let of_object = method == Method::PUT && path.matches('/').count() > 1;
    follow(world, method, url, if of_object { "content" } else { "" }).await
}

/// S3's own examples of what a bucket's policy says of links.
#[tokio::test(flavor = "multi_thread")]
async fn a_buckets_policy_shuts_out_links_by_their_age_and_by_what_they_sign() {
    let world = World::start().await;
    assert_eq!(linked(&world, Method::PUT, "/site").await.0, 200);
    assert_eq!(linked(&world, Method::PUT, "/site/k").await.0, 200);
    let deny = async |condition: serde_json::Value| {
        let policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Principal": "*",
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*", "Condition": condition } });
        let url = link(&world, &Method::PUT, "/site", "policy=");
        let (status, said) = follow(&world, Method::PUT, url, &policy.to_string()).await;
        assert_eq!(status, 204, "{said}");
    };
    deny(json!({ "NumericGreaterThan": { "s3:signatureAge": "10000" } })).await;
    let url = link(&world, &Method::GET, "/site/k", "");
    assert_eq!(follow(&world, Method::GET, url.clone(), "").await.0, 200, "it is new");
    world.step(11);
    assert_eq!(follow(&world, Method::GET, url, "").await.0, 403, "it is good, and too old here");
    assert_eq!(linked(&world, Method::GET, "/site/k").await.0, 200, "another one is new");
    for (key, value) in [
        ("s3:authType", "REST-QUERY-STRING"),
        ("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("s3:signatureversion", "AWS4-HMAC-SHA256"),
    ] {
        deny(json!({ "StringEquals": { key: value } })).await;
        assert_eq!(linked(&world, Method::GET, "/site/k").await.0, 403, "{key}");
        deny(json!({ "StringNotEquals": { key: value } })).await;
        assert_eq!(linked(&world, Method::GET, "/site/k").await.0, 200, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_answered_is_there_though_its_bucket_was_to_go() {
    let world = World::start().await;
    let (mut kept, mut gone) = (0, 0);
    for _ in 0..60 {
        assert_eq!(linked(&world, Method::PUT, "/site").await.0, 200, "the name is free");
        let put = linked(&world, Method::PUT, "/site/k");
        let delete = linked(&world, Method::DELETE, "/site");
        let (put, delete) = tokio::join!(put, delete);
        match (put.0, delete.0) {
            (200, 409) => {
                kept += 1;
                let (status, content) = linked(&world, Method::GET, "/site/k").await;
                assert_eq!((status, &*content), (200, "content"));
                assert_eq!(linked(&world, Method::DELETE, "/site/k").await.0, 204);
                assert_eq!(linked(&world, Method::DELETE, "/site").await.0, 204);
            }
            (404, 204) => {
                gone += 1;
                assert!(put.1.contains("<BucketName>site</BucketName>"), "{}", put.1);
            }
            _ => panic!("{put:?} {delete:?}"),
        }
    }
    println!("{kept} objects kept their bucket, {gone} found it gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_sign_is_refused_in_s3s_words() {
    let world = World::start().await;
    world.must(Towpath, "CreateBucket", &json!({ "bucketName": "site" })).await;
    let answer = world.caller.get("/site/k").await;
    let text = String::from_utf8(answer.body).expect("text");
    assert_eq!(answer.status.as_u16(), 403, "{text}");
    assert!(
        text.contains("<Code>AccessDenied</Code>") && text.contains("<Resource>/site/k</Resource>")
    );
    let form = [("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned())];
    let answer = world.caller.post("/site", &form, b"--x--".to_vec()).await;
    let text = String::from_utf8(answer.body).expect("text");
    assert!(
        answer.status.as_u16() == 501 && text.contains("<Code>NotImplemented</Code>"),
        "{text}"
    );
}

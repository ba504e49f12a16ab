//! Buckets that keep versions.

use super::*;

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

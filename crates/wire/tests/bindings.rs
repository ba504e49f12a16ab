//! A signature is good for what was signed: whoever holds a link or a signed request and writes its
//! query in another way is refused, or gets the very operation and input that were signed.

use domain::{AccessKeyId, Region, Secret, Timestamp};
use wire::sigv4::{Claim, Credentials, Expected, presign, sign, verify, verify_head};
use wire::{Request, Route, s3};

const AT: Timestamp = Timestamp(1_795_429_789_000);
const HOST: (&str, &str) = ("host", "localhost:7700");

fn credentials() -> Credentials {
    let (access_key_id, secret_access_key) = (AccessKeyId::new("AK"), Secret::new("S"));
    Credentials { access_key_id, secret_access_key, session_token: None }
}

/// What a request means where its signature is good.
fn meant(request: &Request) -> Option<String> {
    let (claim, region) = (Claim::read(request).ok()?, Region::new("us-east-1"));
    let service = claim.unverified_service.clone();
    let expected = Expected { region: &region, service: &service };
    if service == "s3" {
        verify_head(request, &claim, &Secret::new("S"), expected, AT).ok()?;
        let target = s3::route(request, None).ok()?;
        return Some(format!("{target:?} {}", s3::parse(&target, request).ok()?));
    }
    verify(request, &claim, &Secret::new("S"), expected, AT).ok()?;
    let Ok(Route::Call(call)) = wire::dispatch(request) else { return None };
    let (input, _) = wire::query::parse(request, call.operation.input).ok()?;
    Some(format!("{} {input}", call.operation.name))
}

/// What it means as it was signed, and after somebody wrote `to` for `from` in its query.
fn presigned(
    (service, method, path): (&str, &str, &str),
    query: &str,
    (from, to): (&str, &str),
) -> (Option<String>, Option<String>) {
    let region = Region::new("us-east-1");
    let expected = Expected { region: &region, service };
    let request = Request { method, path, query, headers: &[HOST], body: b"" };
    let link = presign(&request, &credentials(), expected, 3600, AT);
    assert!(link.contains(from), "{link}");
    let meaning = |query: &str| meant(&Request { query, ..request });
    (meaning(&link), meaning(&link.replacen(from, to, 1)))
}

#[test]
fn a_link_means_what_was_signed_however_its_query_is_written() {
    let (object, bucket) = ("/b/k", "/b");
    let part = "partNumber=1&uploadId=u";
    let rows = [
        ("PUT", object, part, "uploadId=", "upload%49d="),
        ("PUT", object, part, "partNumber=", "partNumbe%72="),
        ("DELETE", object, "uploadId=u", "uploadId=", "upload%49d="),
        ("GET", object, "tagging", "tagging", "%74agging"),
        ("GET", bucket, "policy", "policy", "polic%79"),
        ("GET", bucket, "list-type=2&prefix=zz", "prefix", "prefi%78"),
        ("GET", bucket, "prefix=zz", "prefix=zz", "prefix=%7Az"),
        (
            "GET",
            bucket,
            "delimiter=%2F&prefix=zz",
            "delimiter=%2F&prefix=zz",
            "prefix=zz&delimiter=/",
        ),
    ];
    for (method, path, query, from, to) in rows {
        let (signed, written) = presigned(("s3", method, path), query, (from, to));
        assert!(signed.is_some(), "{method} {path}?{query}");
        assert_eq!(written, signed, "{method} {path}?{query} with {to}");
    }
}

#[test]
fn a_link_whose_meaning_was_changed_is_refused() {
    let rows = [
        ("GET", "/b", "prefix=a%2Bb", "a%2Bb", "a+b"),
        ("GET", "/b", "prefix=a%20b", "a%20b", "a%2520b"),
        ("GET", "/b", "prefix=zz", "prefix=zz", "prefix=zz&prefix=a"),
        ("GET", "/b/k", "tagging", "tagging", "tagging&versionId=1"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", "partNumber=1", "partNumber=2"),
    ];
    for (method, path, query, from, to) in rows {
        let (signed, written) = presigned(("s3", method, path), query, (from, to));
        assert!(signed.is_some(), "{method} {path}?{query}");
        assert_eq!(written, None, "{method} {path}?{query} with {to}");
    }
}

#[test]
fn a_signed_form_in_a_query_is_bound_as_well() {
    let role = "Action=GetRole&Version=2010-05-08&RoleName=a%2Bb";
    let call = ("iam", "GET", "/");
    for (from, to) in [("Action", "%41ction"), ("RoleName", "Role%4Eame"), ("GetRole", "Get%52ole")]
    {
        let (signed, written) = presigned(call, role, (from, to));
        assert!(signed.as_ref().is_some_and(|it| it.starts_with("GetRole") && it.contains("a+b")));
        assert_eq!(written, signed, "{to}");
    }
    assert_eq!(presigned(call, role, ("a%2Bb", "a+b")).1, None);
    assert_eq!(presigned(call, role, ("GetRole", "DeleteRole")).1, None);
}

#[test]
fn a_signed_header_is_good_for_the_operation_that_it_signed() {
    let region = Region::new("us-east-1");
    let expected = Expected { region: &region, service: "s3" };
    let request =
        Request { method: "DELETE", path: "/b/k", query: "tagging", headers: &[HOST], body: b"" };
    let added = sign(&request, &credentials(), expected, AT);
    let mut headers = vec![HOST];
    headers.extend(added.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let meaning = |query: &str| meant(&Request { query, headers: &headers, ..request });
    assert!(meaning("tagging").is_some_and(|it| it.contains("DeleteObjectTagging")));
    assert_eq!(meaning("%74agging"), meaning("tagging"));
    assert_eq!(meaning(""), None);
}

//! Which of S3's operations a request asks for: by method, by what its path names, and by the
//! parameters that single out a part of it.

use super::refused;
use crate::error::{AwsError, shortened};
use crate::request::Request;
use crate::{query, sigv4};
use percent_encoding::percent_decode_str;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The operation.
    pub operation: &'static str,
    /// The bucket; empty where the whole service is meant.
    pub bucket: String,
    /// The key; empty where the bucket is meant.
    pub key: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    Service,
    Bucket,
    Object,
}

/// One operation: method, place, parameters that it has, and whether it copies.
type Row = (&'static str, &'static str, On, &'static [&'static str], bool);

/// Those with more parameters first: the first that fits is meant.
const ROUTES: &[Row] = &[
    ("ListBuckets", "GET", On::Service, &[], false),
    ("GetBucketLocation", "GET", On::Bucket, &["location"], false),
    ("GetBucketPolicy", "GET", On::Bucket, &["policy"], false),
    ("GetBucketCors", "GET", On::Bucket, &["cors"], false),
    ("GetBucketVersioning", "GET", On::Bucket, &["versioning"], false),
    ("ListObjectVersions", "GET", On::Bucket, &["versions"], false),
    ("ListMultipartUploads", "GET", On::Bucket, &["uploads"], false),
    ("ListObjectsV2", "GET", On::Bucket, &["list-type"], false),
    ("ListObjects", "GET", On::Bucket, &[], false),
    ("PutBucketPolicy", "PUT", On::Bucket, &["policy"], false),
    ("PutBucketCors", "PUT", On::Bucket, &["cors"], false),
    ("PutBucketVersioning", "PUT", On::Bucket, &["versioning"], false),
    ("CreateBucket", "PUT", On::Bucket, &[], false),
    ("HeadBucket", "HEAD", On::Bucket, &[], false),
    ("DeleteBucketPolicy", "DELETE", On::Bucket, &["policy"], false),
    ("DeleteBucketCors", "DELETE", On::Bucket, &["cors"], false),
    ("DeleteBucket", "DELETE", On::Bucket, &[], false),
    ("DeleteObjects", "POST", On::Bucket, &["delete"], false),
    ("ListParts", "GET", On::Object, &["uploadId"], false),
    ("GetObjectTagging", "GET", On::Object, &["tagging"], false),
    ("GetObjectAttributes", "GET", On::Object, &["attributes"], false),
    ("GetObject", "GET", On::Object, &[], false),
    ("HeadObject", "HEAD", On::Object, &[], false),
    ("UploadPartCopy", "PUT", On::Object, &["partNumber", "uploadId"], true),
    ("UploadPart", "PUT", On::Object, &["partNumber", "uploadId"], false),
    ("PutObjectTagging", "PUT", On::Object, &["tagging"], false),
    ("CopyObject", "PUT", On::Object, &[], true),
    ("PutObject", "PUT", On::Object, &[], false),
    ("AbortMultipartUpload", "DELETE", On::Object, &["uploadId"], false),
    ("DeleteObjectTagging", "DELETE", On::Object, &["tagging"], false),
    ("DeleteObject", "DELETE", On::Object, &[], false),
    ("CreateMultipartUpload", "POST", On::Object, &["uploads"], false),
    ("CompleteMultipartUpload", "POST", On::Object, &["uploadId"], false),
];

/// Parameters that ask for something else than the operation without them; what no row has of them
/// is not there.
const SINGLING_OUT: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Parameters that say which version or piece of an object an operation is about.
const QUALIFYING: &[(&str, &[&str])] = &[
    ("partNumber", &["GetObject", "HeadObject"]),
    ("versionId", &["GetObject", "HeadObject", "GetObjectAttributes", "DeleteObject"]),
];

/// Beginnings of headers that ask for what is not there; ignoring them would be to say that it was done.
const NOT_THERE: &[&str] = &[
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-bucket-object-lock-",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];

/// Whether a request is S3's: by its credential's scope, by a presigned query of either version, or by
/// a header of version 2, which only S3 ever took. A presigned query that names no scope is S3's where
/// it is no form's.
pub fn is_meant(request: &Request) -> bool {
    let scoped = || sigv4::unverified_service(request).as_deref() == Some("s3");
    let of_version_2 = || request.header("authorization").is_some_and(|it| it.starts_with("AWS "));
    let unscoped = || {
        let has = |name: &str| request.parameter(name).is_some();
        has("X-Amz-Signature") && !has("X-Amz-Credential") && !query::is_form(request)
    };
    request.header("x-amz-target").is_none()
        && (scoped() || of_version_2() || super::presigned_v2::is_one(request) || unscoped())
}

/// That a request is none of a browser's forms, which carry a signature among their fields.
///
/// # Errors
/// `NotImplemented`.
pub fn check_kind(request: &Request) -> Result<(), AwsError> {
    let kind = request.header("content-type").unwrap_or_default();
    match request.method == "POST" && kind.starts_with("multipart/form-data") {
        true => Err(not_there("A form that uploads (POST Object)")),
        false => Ok(()),
    }
}

/// The bucket that a Host names, where it is `BUCKET.` before one of the server's own names.
pub fn bucket_of_host<'a>(host: &'a str, own: &[String]) -> Option<&'a str> {
    let named = |own: &&String| {
        let name = own.rsplit_once(':').map_or(own.as_str(), |(name, _)| name);
        name.parse::<std::net::IpAddr>().is_err() && !name.starts_with('[')
    };
    own.iter().filter(named).find_map(|own| {
        let at = host.len().checked_sub(own.len() + 1)?;
        let (bucket, rest) = host.split_at_checked(at)?;
        let fits = rest.strip_prefix('.').is_some_and(|rest| rest.eq_ignore_ascii_case(own));
        (fits && !bucket.is_empty()).then_some(bucket)
    })
}

/// Decides what a request asks for. `host_bucket` is the bucket that its Host named.
///
/// # Errors
/// `NotImplemented` for what is not there, `MethodNotAllowed`, `InvalidURI` for a path that is no
/// UTF-8.
pub fn route(request: &Request, host_bucket: Option<&str>) -> Result<Target, AwsError> {
    let (bucket, key) = place(request.path, host_bucket)?;
    let on = match (bucket.is_empty(), key.is_empty()) {
        (true, _) => On::Service,
        (false, true) => On::Bucket,
        (false, false) => On::Object,
    };
    check_headers(request)?;
    let names: Vec<String> = request.parameters().map(|(name, _)| name).collect();
    let has = |name: &&str| names.iter().any(|known| known == name);
    let copies = request.header("x-amz-copy-source").is_some();
    let fits = |row: &&Row| {
        row.1 == request.method && row.2 == on && row.4 == copies && row.3.iter().all(has)
    };
    let Some(row) = ROUTES.iter().find(fits) else {
        let message = "The specified method is not allowed against this resource.";
        return Err(refused("MethodNotAllowed", 405, message));
    };
    let qualifies =
        |name: &str| QUALIFYING.iter().any(|(known, of)| *known == name && of.contains(&row.0));
    let is_other = |it: &&&str| has(it) && !row.3.contains(*it) && !qualifies(it);
    let other = SINGLING_OUT.iter().find(is_other);
    if row.0 == "ListMultipartUploads"
        && request.parameter("delimiter").is_some_and(|it| !it.is_empty())
    {
        return Err(not_there("'delimiter' with a list of uploads"));
    }
    match other {
        Some(other) => Err(not_there(&format!("'?{other}' with {}", shortened(request.method)))),
        None => Ok(Target { operation: row.0, bucket, key }),
    }
}

/// That no header asks for what is not there: grants, of which a bucket that its owner owns whole has
/// none, an owner of objects other than the bucket's, and the rest.
fn check_headers(request: &Request) -> Result<(), AwsError> {
    let named = |start: &str| {
        let mut names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        names.find(|name| name.starts_with(start))
    };
    if let Some(header) = NOT_THERE.iter().find_map(|start| named(start)) {
        return Err(not_there(&format!("The header '{}'", shortened(&header))));
    }
    if named("x-amz-grant-").is_some() {
        return Err(refused(
            "AccessControlListNotSupported",
            400,
            "The bucket does not allow ACLs",
        ));
    }
    match request.header("x-amz-object-ownership") {
        None | Some("BucketOwnerEnforced") => Ok(()),
        Some(other) => Err(not_there(&format!("The object ownership '{}'", shortened(other)))),
    }
}

/// Every parameter that tells operations apart.
#[cfg(test)]
pub(super) fn telling_apart() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().flat_map(|row| row.3.iter().copied())
}

fn not_there(what: &str) -> AwsError {
    let message = format!("{what} implies functionality that is not implemented.");
    refused("NotImplemented", 501, message)
}

/// The bucket that a request is about, if it is about one.
pub fn bucket_of(request: &Request, host_bucket: Option<&str>) -> Option<String> {
    let (bucket, _) = place(request.path, host_bucket).ok()?;
    Some(bucket).filter(|bucket| !bucket.is_empty())
}

/// Bucket and key of a path; the first slash after the bucket is not part of the key.
pub(super) fn place(path: &str, host_bucket: Option<&str>) -> Result<(String, String), AwsError> {
    let path = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8();
    let path = path.map_err(|_| refused("InvalidURI", 400, "The path is not UTF-8."))?;
    Ok(match host_bucket {
        Some(bucket) => (bucket.to_owned(), path.into_owned()),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
            (bucket.to_owned(), key.to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(method: &str, path: &str, query: &str, headers: &[(&str, &str)]) -> String {
        let request = Request { method, path, query, headers, body: b"" };
        match route(&request, None) {
            Ok(target) => format!("{} {} {}", target.operation, target.bucket, target.key),
            Err(error) => error.code.to_string(),
        }
    }

    #[test]
    fn an_operation_is_known_by_method_place_and_parameters() {
        fn check(method: &str, path: &str, query: &str, expect: &str) {
            assert_eq!(
                routed(method, path, query, &[]).trim_end(),
                expect,
                "{method} {path}?{query}"
            );
        }
        check("GET", "/", "", "ListBuckets");
        check("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2 b");
        check("GET", "/b/", "prefix=a", "ListObjects b");
        check("PUT", "/b", "", "CreateBucket b");
        check("GET", "/b/a%20b/c", "", "GetObject b a b/c");
        check("GET", "/b//a", "", "GetObject b /a");
        check("PUT", "/b/k", "uploadId=u&partNumber=1", "UploadPart b k");
        check("POST", "/b/k", "uploads", "CreateMultipartUpload b k");
        check("POST", "/b", "delete", "DeleteObjects b");
        // The same signature would be good for both.
        check("DELETE", "/b", "%70olicy", "DeleteBucketPolicy b");
        check("PUT", "/b/k", "%74agging=", "PutObjectTagging b k");
        check("GET", "/b", "acl", "NotImplemented");
        check("GET", "/b/k", "versionId=1", "GetObject b k");
        check("PUT", "/b/k", "versionId=1", "NotImplemented");
        check("GET", "/b", "versions&prefix=a", "ListObjectVersions b");
        check("GET", "/b/k", "partNumber=2", "GetObject b k");
        check("DELETE", "/b/k", "partNumber=2", "NotImplemented");
        check("GET", "/b/k", "attributes", "GetObjectAttributes b k");
        check("POST", "/b/k", "", "MethodNotAllowed");
        check("PATCH", "/b/k", "", "MethodNotAllowed");
        check("GET", "/b/%ff", "", "InvalidURI");
        let copied = routed("PUT", "/b/k", "", &[("x-amz-copy-source", "/b/o")]);
        assert_eq!(copied, "CopyObject b k");
        check("GET", "/b", "uploads&delimiter=/", "NotImplemented");
        check("GET", "/b", "uploads&delimiter=", "ListMultipartUploads b");
    }

    #[test]
    fn a_header_that_asks_for_what_is_not_there_is_refused() {
        fn check(header: &str, text: &str, expect: &str) {
            let routed = routed("PUT", "/b/k", "", &[(header, text)]);
            assert_eq!(routed.split(' ').next(), Some(expect), "{header}: {text}");
        }
        check("x-amz-server-side-encryption", "aws:kms", "NotImplemented");
        check("X-Amz-Server-Side-Encryption-Customer-Key", "k", "NotImplemented");
        check("x-amz-object-lock-retain-until-date", "2030-01-01", "NotImplemented");
        check("x-amz-bucket-object-lock-enabled", "true", "NotImplemented");
        check("x-amz-grant-read", "uri=AllUsers", "AccessControlListNotSupported");
        check("x-amz-object-ownership", "ObjectWriter", "NotImplemented");
        check("x-amz-object-ownership", "BucketOwnerEnforced", "PutObject");
        check("x-amz-acl", "private", "PutObject");
    }

    #[test]
    fn a_form_of_a_browser_is_told_that_it_is_not_taken() {
        let form = [("content-type", "multipart/form-data; boundary=x")];
        let post = |method| Request { method, path: "/b", query: "", headers: &form, body: b"" };
        assert_eq!(check_kind(&post("POST")).expect_err("refused").code, "NotImplemented");
        assert_eq!(check_kind(&post("PUT")), Ok(()));
    }

    #[test]
    fn a_host_may_name_the_bucket_before_a_name_of_ours() {
        let own = ["127.0.0.1:7700".to_owned(), "localhost:7700".to_owned()];
        assert_eq!(bucket_of_host("site.localhost:7700", &own), Some("site"));
        assert_eq!(bucket_of_host("a.b.localhost:7700", &own), Some("a.b"));
        for other in
            ["localhost:7700", ".localhost:7700", "a.127.0.0.1:7700", "alocalhost:7700", "é"]
        {
            assert_eq!(bucket_of_host(other, &own), None, "{other}");
        }
    }
}

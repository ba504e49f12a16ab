//! An error as S3 writes it: beside code and message, what it is about, in members that clients read.

use super::route::place;
use crate::answer::{Answer, encode_rest_error};
use crate::error::AwsError;
use crate::request::Request;
use domain::Region;
use serde_json::{Value, json};

/// Writes an error of a request. `host_bucket` is the bucket that its Host named, `region` the
/// server's.
pub fn encode_error(
    error: &AwsError,
    request: &Request,
    host_bucket: Option<&str>,
    region: &Region,
    request_id: &str,
) -> Answer {
    let source = copied(request).filter(|_| error.code == "NoSuchKey");
    let (path, host_bucket) = match &source {
        Some(source) => (&**source, None),
        None => (request.path, host_bucket),
    };
    let mut about = json!({"Resource": path, "HostId": request_id});
    let (bucket, key) = place(path, host_bucket).unwrap_or_default();
    let mut say = |member: &str, text: &str| about[member] = Value::from(text);
    match &*error.code {
        "NoSuchBucket"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "BucketNotEmpty"
        | "InvalidBucketName"
        | "NoSuchBucketPolicy" => say("BucketName", &bucket),
        "NoSuchKey" => say("Key", &key),
        "NoSuchUpload" => say("UploadId", &request.parameter("uploadId").unwrap_or_default()),
        "InvalidRange" => say("RangeRequested", request.header("range").unwrap_or_default()),
        "PreconditionFailed" => {
            say("Condition", error.message.rsplit(": ").next().unwrap_or_default());
        }
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" => {
            say("Region", region.as_str());
        }
        _ => {}
    }
    let mut answer = encode_rest_error(error, about, request_id);
    answer.headers.push(("x-amz-bucket-region", region.to_string()));
    answer
}

/// The path of what a request copies. One that writes over what it names may miss that instead.
fn copied(request: &Request) -> Option<String> {
    let source = request.header("x-amz-copy-source");
    let source = source.filter(|_| request.header("if-match").is_none())?;
    let path = source.split_once("?versionId=").map_or(source, |(path, _)| path);
    Some(format!("/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::refused;

    fn written(code: &'static str, message: &str) -> String {
        let headers = [("range", "bytes=9-")];
        let (path, query) = ("/site/a%20b", "uploadId=u");
        let request = Request { method: "GET", path, query, headers: &headers, body: b"" };
        let (error, region) = (refused(code, 400, message), Region::new("eu-north-1"));
        let answer = encode_error(&error, &request, None, &region, "id");
        assert!(answer.headers.contains(&("x-amz-bucket-region", "eu-north-1".to_owned())));
        String::from_utf8(answer.body).expect("text")
    }

    #[test]
    fn a_copy_without_a_source_names_the_source() {
        let headers = [("x-amz-copy-source", "from/a%20c?versionId=v")];
        let (method, path) = ("PUT", "/site/b");
        let request = Request { method, path, query: "", headers: &headers, body: b"" };
        let (error, region) = (refused("NoSuchKey", 404, ""), Region::new("eu-north-1"));
        let answer = encode_error(&error, &request, Some("site"), &region, "id");
        let body = String::from_utf8(answer.body).expect("text");
        assert!(body.contains("<Key>a c</Key>"), "{body}");
        assert!(body.contains("<Resource>/from/a%20c</Resource>"), "{body}");
    }

    #[test]
    fn an_error_says_what_it_is_about() {
        fn check(code: &'static str, message: &str, expect: &str) {
            let body = written(code, message);
            assert!(body.contains(expect), "{body}");
            assert!(body.contains("<Resource>/site/a%20b</Resource>"), "{body}");
            assert!(body.contains("<HostId>id</HostId>"), "{body}");
        }
        check("NoSuchBucket", "", "<BucketName>site</BucketName>");
        check("NoSuchKey", "", "<Key>a b</Key>");
        check("NoSuchUpload", "", "<UploadId>u</UploadId>");
        check("InvalidRange", "", "<RangeRequested>bytes=9-</RangeRequested>");
        check("PreconditionFailed", "did not hold: If-Match", "<Condition>If-Match</Condition>");
        check("AuthorizationHeaderMalformed", "", "<Region>eu-north-1</Region>");
        check("SlowDown", "", "<Code>SlowDown</Code>");
    }
}

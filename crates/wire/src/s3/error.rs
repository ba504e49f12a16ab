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
    let mut about = json!({"Resource": request.path, "HostId": request_id});
    let (bucket, key) = place(request.path, host_bucket).unwrap_or_default();
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

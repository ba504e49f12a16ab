//! From an operation's output tree to headers and XML.

use super::members::{HEADERS, METADATA};
use crate::answer::DECLARATION;
use crate::xml;
use domain::Timestamp;
use serde_json::{Map, Value};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The roots of XML answers; the outputs of other operations are headers.
const ROOTS: &[(&str, &str)] = &[
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("GetBucketLocation", "LocationConstraint"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjects", "ListBucketResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("GetObjectAttributes", "GetObjectAttributesResponse"),
    ("DeleteObjects", "DeleteResult"),
    ("CopyObject", "CopyObjectResult"),
    ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
    ("UploadPartCopy", "CopyPartResult"),
    ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
    ("ListParts", "ListPartsResult"),
    ("ListMultipartUploads", "ListMultipartUploadsResult"),
    ("GetObjectTagging", "Tagging"),
];

/// The XML of an answer; `None` where the operation's output is headers, or content.
pub fn xml_body(operation: &str, output: &Value) -> Option<String> {
    let (_, root) = ROOTS.iter().find(|(name, _)| *name == operation)?;
    let inside = match operation {
        "GetBucketLocation" => xml::text(output["LocationConstraint"].as_str().unwrap_or_default()),
        _ => xml::flat(&without_headers(output)),
    };
    Some(format!("{DECLARATION}<{root} xmlns=\"{NAMESPACE}\">{inside}</{root}>"))
}

/// The members of an answer that stand in its XML.
fn without_headers(output: &Value) -> Value {
    let mut output = output.clone();
    if let Value::Object(members) = &mut output {
        members.remove("Headers");
    }
    output
}

/// The headers of an answer: members that have one, stored ones as they are, and metadata. Of an
/// answer in XML, only those that are called so.
pub fn headers(operation: &str, output: &Value) -> Vec<(String, String)> {
    let Value::Object(members) = output else { return Vec::new() };
    let within = |member: &str| members.get(member).and_then(Value::as_object).cloned();
    let pairs = |map: Map<String, Value>, prefix: &'static str| {
        map.into_iter().map(move |(name, value)| (format!("{prefix}{name}"), text(&value)))
    };
    let mut all: Vec<_> = within("Headers").into_iter().flat_map(|map| pairs(map, "")).collect();
    if ROOTS.iter().any(|(name, _)| *name == operation) {
        return all;
    }
    let of =
        |(header, member): &(&str, &str)| Some(((*header).to_owned(), text(members.get(*member)?)));
    all.extend(HEADERS.iter().filter_map(of));
    all.extend(within("Metadata").into_iter().flat_map(|map| pairs(map, METADATA)));
    all.extend(within("Checksum").into_iter().flatten().filter_map(|(member, value)| {
        let (header, _) = HEADERS.iter().find(|(_, name)| *name == member)?;
        Some(((*header).to_owned(), text(&value)))
    }));
    all
}

/// Moments are the only numbers with a fraction; a header has them as HTTP writes dates.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            Timestamp((number.as_f64().unwrap_or_default() * 1000.0).round() as i64).http_date()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_repeat_their_element_and_headers_have_dates_of_http() {
        let output = json!({"Contents": [{"Key": "a&b"}, {"Key": "c"}], "IsTruncated": false});
        let body = xml_body("ListObjectsV2", &output).expect("xml");
        assert!(body.ends_with(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Contents><Key>a&amp;b</Key></Contents>\
             <Contents><Key>c</Key></Contents><IsTruncated>false</IsTruncated></ListBucketResult>"
        ), "{body}");
        let output = json!({"ETag": "\"e\"", "LastModified": 1_795_342_530.5, "ContentLength": 3,
            "Metadata": {"color": "blue"}, "Headers": {"content-type": "text/plain"},
            "Checksum": {"ChecksumCRC32": "AAAAAA=="}, "Content": {"offset": 0}});
        let headers = headers("GetObject", &output);
        let has = |name: &str, value: &str| headers.contains(&(name.to_owned(), value.to_owned()));
        assert!(
            has("etag", "\"e\"") && has("last-modified", "Sun, 22 Nov 2026 10:15:30 GMT"),
            "{headers:?}"
        );
        assert!(has("content-length", "3") && has("x-amz-meta-color", "blue"), "{headers:?}");
        assert!(
            has("content-type", "text/plain") && has("x-amz-checksum-crc32", "AAAAAA=="),
            "{headers:?}"
        );
        assert_eq!(headers.len(), 6, "{headers:?}");
        assert_eq!(xml_body("PutObject", &output), None);
    }
}

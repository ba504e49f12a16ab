//! From a request to an operation's input tree: path, query, headers and XML, led by the shape.

mod body;

pub use body::malformed;

use super::checksum::CHECKSUMS;
use super::members::{HEADERS, METADATA, PARAMETERS};
use super::{Target, refused};
use crate::constraint;
use crate::error::{AwsError, shortened};
use crate::json::drop_nulls;
use crate::request::Request;
use crate::service::Service;
use crate::shape::Shape;
use serde_json::{Map, Value, json};

/// The input of an operation; what no member asks for is left alone, as S3 does.
///
/// # Errors
/// `InvalidArgument` for a number that is none, `MalformedXML`.
pub fn parse(target: &Target, request: &Request) -> Result<Value, AwsError> {
    let operation = Service::S3.operation(target.operation).ok_or_else(AwsError::internal)?;
    let Shape::Structure(shape) = operation.input else { return Ok(json!({})) };
    let mut tree = Map::new();
    let mut take = |name: &str, text: &str| -> Result<(), AwsError> {
        if let Some(member) = shape.members.iter().find(|member| member.name == name) {
            tree.insert(name.to_owned(), value(name, text, member.shape)?);
        }
        Ok(())
    };
    take("Bucket", &target.bucket)?;
    take("Key", &target.key)?;
    for (parameter, member) in PARAMETERS {
        if let Some(text) = request.parameter(parameter) {
            take(member, &text)?;
        }
    }
    for (header, member) in HEADERS {
        if let Some(text) = request.header(header) {
            take(member, text.trim())?;
        }
    }
    let has = |name: &str| shape.members.iter().any(|member| member.name == name);
    if has("Metadata") {
        tree.insert("Metadata".to_owned(), metadata(request));
    }
    if has("Checksum") {
        tree.insert("Checksum".to_owned(), checksums(|header, _| request.header(header)));
    }
    if let Some(coding) = tree.get("ContentEncoding").and_then(Value::as_str).map(without_chunks) {
        tree.insert("ContentEncoding".to_owned(), coding.map_or(Value::Null, Value::from));
    }
    tree.extend(body::members(operation.name, request.body)?);
    let mut tree = Value::Object(tree);
    drop_nulls(&mut tree);
    let findings = constraint::check(operation.input, &tree);
    match findings.mismatch.is_none() && findings.violations.is_empty() {
        true => Ok(tree),
        false => Err(refused("InvalidArgument", 400, findings.message())),
    }
}

fn value(name: &str, text: &str, shape: &Shape) -> Result<Value, AwsError> {
    match shape {
        Shape::Integer(..) => {
            let wrong = || {
                let text = shortened(text);
                refused(
                    "InvalidArgument",
                    400,
                    format!("Provided {name} '{text}' is no whole number from 0 to 2147483647."),
                )
            };
            let number = text.parse::<i32>().ok().filter(|number| *number >= 0);
            number.map(Value::from).ok_or_else(wrong)
        }
        Shape::Flag => Ok(Value::from(text == "true")),
        _ => Ok(Value::from(text)),
    }
}

fn metadata(request: &Request) -> Value {
    let own = request.headers.iter().filter_map(|(name, text)| {
        let name = name.to_ascii_lowercase();
        Some((name.strip_prefix(METADATA)?.to_owned(), Value::from(text.trim())))
    });
    Value::Object(own.collect())
}

/// The checksums that are said, by header or by member.
fn checksums<'a>(said: impl Fn(&str, &str) -> Option<&'a str>) -> Value {
    let text = |(header, member): &(&str, &str)| {
        Some(((*member).to_owned(), Value::from(said(header, member)?.trim())))
    };
    Value::Object(CHECKSUMS.iter().filter_map(text).collect())
}

/// How an object itself is encoded; chunks are how it travels.
fn without_chunks(coding: &str) -> Option<String> {
    let kept = coding.split(',').map(str::trim).filter(|it| *it != "aws-chunked" && !it.is_empty());
    let kept: Vec<&str> = kept.collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(
        operation: &str,
        query: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Value, AwsError> {
        let operation = Service::S3.operation(operation).expect("known");
        let target =
            Target { operation: operation.name, bucket: "b".to_owned(), key: "k".to_owned() };
        let request =
            Request { method: "PUT", path: "/b/k", query, headers, body: body.as_bytes() };
        parse(&target, &request)
    }

    #[test]
    fn members_come_from_path_query_headers_and_xml() {
        let headers = [
            ("X-Amz-Meta-Color", " blue "),
            ("content-encoding", "aws-chunked,gzip"),
            ("x-other", "1"),
        ];
        let input = parsed("PutObject", "", &headers, "").expect("an input");
        assert_eq!(
            input,
            json!({"Bucket": "b", "Key": "k", "ContentEncoding": "gzip", "Metadata": {"color": "blue"}})
        );
        let input =
            parsed("ListObjectsV2", "prefix=a%2Fb+c&max-keys=7&fetch-owner=true&x=1", &[], "");
        let input = input.expect("an input");
        assert_eq!(
            (&input["Prefix"], &input["MaxKeys"], &input["FetchOwner"]),
            (&json!("a/b c"), &json!(7), &json!(true))
        );
        let body = "<Delete xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Object><Key>a&amp;b</Key></Object><Quiet>true</Quiet></Delete>";
        let input = parsed("DeleteObjects", "delete", &[], body).expect("an input");
        assert_eq!((&input["Objects"][0]["Key"], &input["Quiet"]), (&json!("a&b"), &json!(true)));
        let body = "<CompleteMultipartUpload><Part><ETag>\"e\"</ETag><PartNumber>2</PartNumber><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>";
        let input = parsed("CompleteMultipartUpload", "uploadId=u", &[], body).expect("an input");
        assert_eq!(
            input["Parts"],
            json!([{"ETag": "\"e\"", "PartNumber": 2, "Checksum": {"ChecksumCRC32": "AAAAAA=="}}])
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_own_code() {
        let code =
            |operation, query, body| parsed(operation, query, &[], body).expect_err("refused").code;
        assert_eq!(code("ListObjects", "max-keys=-1", ""), "InvalidArgument");
        assert_eq!(code("ListObjects", "max-keys=a", ""), "InvalidArgument");
        for body in [
            "",
            "<Delete",
            "<Delete><Object/></Delete>",
            "no",
            "<a></b>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        ] {
            assert_eq!(code("DeleteObjects", "delete", body), "MalformedXML", "{body}");
        }
    }
}

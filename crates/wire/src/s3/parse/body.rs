//! What the body of a request says, where it is not the content of an object.

use super::checksums;
use crate::error::{AwsError, shortened};
use crate::s3::refused;
use crate::xml::{Element, read};
use serde_json::{Map, Value, json};

/// The members of an operation's input that its body holds.
pub(super) fn members(operation: &str, body: &[u8]) -> Result<Map<String, Value>, AwsError> {
    let root = || read(body).ok_or_else(malformed);
    let members = match operation {
        "PutBucketPolicy" => policy(body)?,
        "CreateBucket" if !body.is_empty() => new_bucket(&root()?)?,
        "PutBucketCors" => json!({"CORSRule": each(&root()?, "CORSRule", cors_rule)?}),
        "PutBucketVersioning" => versioning(&root()?),
        "DeleteObjects" => objects(&root()?)?,
        "CompleteMultipartUpload" => json!({"Parts": each(&root()?, "Part", part)?}),
        "PutObjectTagging" => {
            let root = root()?;
            let set = root.child("TagSet").ok_or_else(malformed)?;
            json!({"TagSet": each(set, "Tag", tag)?})
        }
        _ => Value::Null,
    };
    Ok(match members {
        Value::Object(members) => members,
        _ => Map::new(),
    })
}

fn policy(body: &[u8]) -> Result<Value, AwsError> {
    let text = std::str::from_utf8(body);
    let text = text.map_err(|_| refused("MalformedPolicy", 400, "The policy is not UTF-8."))?;
    Ok(json!({"Policy": text}))
}

fn new_bucket(root: &Element) -> Result<Value, AwsError> {
    if let Some(other) = root.children.iter().find(|it| it.name != "LocationConstraint") {
        let message = format!("'{}' of a new bucket is not implemented.", shortened(&other.name));
        return Err(refused("NotImplemented", 501, message));
    }
    Ok(json!({"LocationConstraint": text_of(root, "LocationConstraint")}))
}

fn versioning(root: &Element) -> Value {
    json!({"Status": text_of(root, "Status"), "MfaDelete": text_of(root, "MfaDelete")})
}

fn objects(root: &Element) -> Result<Value, AwsError> {
    let quiet = text_of(root, "Quiet") == Some("true");
    Ok(json!({"Objects": each(root, "Object", identifier)?, "Quiet": quiet}))
}

/// `MalformedXML`, as S3 says it.
pub fn malformed() -> AwsError {
    let message =
        "The XML you provided was not well-formed or did not validate against our published schema";
    refused("MalformedXML", 400, message)
}

fn each(
    within: &Element,
    name: &str,
    make: impl Fn(&Element) -> Option<Value>,
) -> Result<Value, AwsError> {
    let all = within.children.iter().filter(|it| it.name == name).map(make);
    all.collect::<Option<Vec<Value>>>().map(Value::Array).ok_or_else(malformed)
}

fn text_of<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.child(name).map(|it| it.text.as_str())
}

fn cors_rule(rule: &Element) -> Option<Value> {
    let texts = |name: &str| -> Vec<&str> {
        rule.children.iter().filter(|it| it.name == name).map(|it| it.text.trim()).collect()
    };
    let age = text_of(rule, "MaxAgeSeconds").map(|text| text.trim().parse::<u32>()).transpose();
    Some(json!({
        "ID": text_of(rule, "ID"), "MaxAgeSeconds": age.ok()?,
        "AllowedOrigin": texts("AllowedOrigin"), "AllowedMethod": texts("AllowedMethod"),
        "AllowedHeader": texts("AllowedHeader"), "ExposeHeader": texts("ExposeHeader"),
    }))
}

fn identifier(object: &Element) -> Option<Value> {
    let (version, etag) = (text_of(object, "VersionId"), text_of(object, "ETag"));
    Some(json!({"Key": text_of(object, "Key")?, "VersionId": version, "ETag": etag}))
}

fn part(part: &Element) -> Option<Value> {
    let number: u32 = text_of(part, "PartNumber")?.trim().parse().ok()?;
    let sums = checksums(|_, member| text_of(part, member));
    Some(json!({"ETag": text_of(part, "ETag")?, "PartNumber": number, "Checksum": sums}))
}

fn tag(tag: &Element) -> Option<Value> {
    Some(json!({"Key": text_of(tag, "Key")?, "Value": text_of(tag, "Value")?}))
}

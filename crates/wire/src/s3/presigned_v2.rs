//! Presigned queries of Signature Version 2, which boto3 and the `aws` command still make for S3 where
//! nothing else is set. Only these: a header of version 2 is not taken.
//!
//! The signature is over the method, the path, the parameters that single out a part of an object and
//! every `x-amz-` header, until a moment that it names; it names no host and no region.

use crate::limits::PRESIGNED_SECONDS_MAX;
use crate::request::Request;
use crate::sigv4::SigV4Refusal;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{AccessKeyId, Secret, Timestamp};
use std::collections::BTreeMap;

/// What a presigned query says; nothing is proven.
#[derive(Clone, Debug)]
pub struct PresignedV2 {
    /// The key whose secret must have signed.
    pub unverified_access_key_id: AccessKeyId,
    /// The session token of temporary credentials.
    pub unverified_session_token: Option<String>,
    signature: String,
    expires: i64,
}

/// Parameters that are signed.
const SIGNED: &[&str] = &[
    "acl",
    "attributes",
    "cors",
    "delete",
    "lifecycle",
    "location",
    "logging",
    "notification",
    "partNumber",
    "policy",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// What parameters begin with that hold free text and change no more than an answer's headers.
const OVERRIDE: &str = "response-";

const TWO_READINGS: &str = "What Signature Version 2 signs could be read in two ways here: a value \
    has an '&' or a control character, or one that begins with response- stands beside another that \
    is signed. Presign this with Signature Version 4 (signature_version='s3v4').";

/// Whether a request has such a query.
pub(super) fn is_one(request: &Request) -> bool {
    request.parameter("AWSAccessKeyId").is_some() && request.header("authorization").is_none()
}

impl PresignedV2 {
    /// Reads the query; `None` where the request has no such one.
    ///
    /// # Errors
    /// [`SigV4Refusal::Incomplete`] where a part is missing, stands twice, or could be two.
    pub fn read(request: &Request) -> Result<Option<Self>, SigV4Refusal> {
        if !is_one(request) {
            return Ok(None);
        }
        let all: Vec<_> = request.parameters().collect();
        let one = |name: &str| {
            let mut found =
                all.iter().filter(|(known, _)| known == name).map(|(_, text)| text.clone());
            found.next().filter(|_| found.next().is_none())
        };
        check_unambiguous(&all)?;
        let need = |name: &str| {
            one(name).ok_or_else(|| {
                SigV4Refusal::Incomplete(format!(
                    "Query-string authentication requires one '{name}'."
                ))
            })
        };
        let expires = need("Expires")?.parse::<i64>();
        let expires = expires.map_err(|_| {
            SigV4Refusal::Incomplete("Expires must be seconds since 1970.".to_owned())
        })?;
        Ok(Some(Self {
            unverified_access_key_id: AccessKeyId::new(need("AWSAccessKeyId")?),
            unverified_session_token: one("x-amz-security-token"),
            signature: need("Signature")?,
            expires,
        }))
    }
}

/// Version 2 signs names and values as they are read, one behind the other: a value could hold what
/// was another parameter, or be taken apart into two. What could be read in two ways is refused.
fn check_unambiguous(parameters: &[(String, String)]) -> Result<(), SigV4Refusal> {
    let is_header = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-");
    let signed = || parameters.iter().filter(|(name, _)| SIGNED.contains(&name.as_str()));
    let overrides = signed().filter(|(name, _)| name.starts_with(OVERRIDE)).count();
    let joined = parameters.iter().any(|(name, text)| {
        is_header(name)
            && (name.contains(':') || format!("{name}{text}").contains(char::is_control))
    });
    if joined
        || signed().any(|(_, text)| text.contains('&'))
        || (overrides > 0 && overrides < signed().count())
    {
        return Err(SigV4Refusal::Incomplete(TWO_READINGS.to_owned()));
    }
    Ok(())
}

/// Checks that `secret` signed this query, and that it is still good. `host_bucket` is the bucket that
/// the Host named, which is part of what is signed.
///
/// # Errors
/// [`SigV4Refusal::Expired`], also for one that is good for longer than any may be;
/// [`SigV4Refusal::Signature`].
pub fn verify_v2(
    request: &Request,
    claim: &PresignedV2,
    secret: &Secret,
    host_bucket: Option<&str>,
    at: Timestamp,
) -> Result<(), SigV4Refusal> {
    let left = claim.expires.saturating_sub(at.0.div_euclid(1000));
    if left < 0 {
        return Err(SigV4Refusal::Expired { seconds: left.saturating_neg() });
    }
    if left > PRESIGNED_SECONDS_MAX {
        let message =
            format!("A presigned request is good for at most {PRESIGNED_SECONDS_MAX} seconds.");
        return Err(SigV4Refusal::Incomplete(message));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.expose().as_bytes());
    let expected =
        STANDARD.encode(hmac::sign(&key, to_sign(request, claim, host_bucket).as_bytes()));
    verify_slices_are_equal(expected.as_bytes(), claim.signature.as_bytes())
        .map_err(|_| SigV4Refusal::Signature)
}

fn to_sign(request: &Request, claim: &PresignedV2, host_bucket: Option<&str>) -> String {
    let header = |name: &str| request.header(name).unwrap_or_default().trim();
    let all: Vec<_> = request.parameters().collect();
    let mut amz: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let headers = request
        .headers
        .iter()
        .map(|(name, text)| (name.to_ascii_lowercase(), text.trim().to_owned()));
    let in_query = all.iter().map(|(name, text)| (name.to_ascii_lowercase(), text.clone()));
    for (name, text) in headers.chain(in_query).filter(|(name, _)| name.starts_with("x-amz-")) {
        amz.entry(name).or_default().push(text);
    }
    let amz: String =
        amz.iter().map(|(name, texts)| format!("{name}:{}\n", texts.join(","))).collect();
    let mut parts: Vec<String> = all
        .iter()
        .filter(|(name, _)| SIGNED.contains(&name.as_str()))
        .map(|(name, text)| if text.is_empty() { name.clone() } else { format!("{name}={text}") })
        .collect();
    parts.sort();
    let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
    let bucket = host_bucket.map_or_else(String::new, |bucket| format!("/{bucket}"));
    let (method, md5, kind) = (request.method, header("content-md5"), header("content-type"));
    format!("{method}\n{md5}\n{kind}\n{}\n{amz}{bucket}{}{query}", claim.expires, request.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What botocore 1.44 made for key `AK`, secret `S`, bucket `my-b`, key `a b/c`.
    const QUERY: &str =
        "AWSAccessKeyId=AK&Signature=NmnhXgeMAyiC%2BBQwRn%2FPDI0b%2Fcc%3D&Expires=1795433389";
    const SIGNED_AT: Timestamp = Timestamp(1_795_429_789_000);

    fn verified(path: &str, query: &str, secret: &str, at: Timestamp) -> Result<(), SigV4Refusal> {
        let request = Request { method: "GET", path, query, headers: &[], body: b"" };
        let claim = PresignedV2::read(&request)?.expect("a presigned query");
        verify_v2(&request, &claim, &Secret::new(secret), None, at)
    }

    #[test]
    fn what_botocore_presigned_is_good_until_it_ends_and_for_nothing_else() {
        assert_eq!(verified("/my-b/a%20b/c", QUERY, "S", SIGNED_AT), Ok(()));
        assert_eq!(verified("/my-b/a%20b/d", QUERY, "S", SIGNED_AT), Err(SigV4Refusal::Signature));
        assert_eq!(verified("/my-b/a%20b/c", QUERY, "T", SIGNED_AT), Err(SigV4Refusal::Signature));
        let tagged = format!("{QUERY}&tagging");
        assert_eq!(
            verified("/my-b/a%20b/c", &tagged, "S", SIGNED_AT),
            Err(SigV4Refusal::Signature)
        );
        let late = verified("/my-b/a%20b/c", QUERY, "S", SIGNED_AT.plus_seconds(3601));
        assert_eq!(late, Err(SigV4Refusal::Expired { seconds: 1 }));
        let twice = format!("{QUERY}&Expires=1");
        assert!(matches!(
            verified("/my-b/a%20b/c", &twice, "S", SIGNED_AT),
            Err(SigV4Refusal::Incomplete(_))
        ));
    }

    /// What `S` signs for a query, as the query has it.
    fn presigned(method: &str, query: &str) -> String {
        let query = format!("AWSAccessKeyId=AK&Expires=1795433389&Signature=x&{query}");
        let request = Request { method, path: "/b/k", query: &query, headers: &[], body: b"" };
        let claim = PresignedV2::read(&request).expect("whole").expect("a presigned query");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"S");
        let text = to_sign(&request, &claim, None);
        let signature = hex::encode(STANDARD.encode(hmac::sign(&key, text.as_bytes())));
        let escaped: String = signature
            .as_bytes()
            .chunks(2)
            .map(|digits| format!("%{}{}", char::from(digits[0]), char::from(digits[1])))
            .collect();
        query.replace("Signature=x", &format!("Signature={escaped}"))
    }

    #[test]
    fn what_is_signed_is_what_is_routed() {
        fn routed(method: &str, query: &str) -> Option<&'static str> {
            let request = Request { method, path: "/b/k", query, headers: &[], body: b"" };
            let claim = PresignedV2::read(&request).ok()??;
            verify_v2(&request, &claim, &Secret::new("S"), None, SIGNED_AT).ok()?;
            super::super::route(&request, None).ok().map(|target| target.operation)
        }
        let tagging = presigned("GET", "tagging");
        assert_eq!(routed("GET", &tagging), Some("GetObjectTagging"));
        let hidden = tagging.replace("&tagging", "&%74agging");
        assert_eq!(routed("GET", &hidden), Some("GetObjectTagging"));
        let read = presigned("GET", "a=b");
        assert_eq!(routed("GET", &read), Some("GetObject"));
        assert_eq!(routed("GET", &format!("{read}&attributes")), None);
        let part = presigned("PUT", "partNumber=1&uploadId=u");
        assert_eq!(routed("PUT", &part.replace("uploadId", "upload%49d")), Some("UploadPart"));
        assert_eq!(routed("PUT", &part.replace("&partNumber=1", "&partNumber=2")), None);
    }

    #[test]
    fn nothing_is_taken_that_could_have_been_signed_as_something_else() {
        fn refused(query: &str) -> bool {
            let query = format!("AWSAccessKeyId=AK&Expires=1&Signature=x&{query}");
            let request =
                Request { method: "GET", path: "/b/k", query: &query, headers: &[], body: b"" };
            PresignedV2::read(&request).is_err()
        }
        for query in [
            "response-content-type=text/plain%26versionId%3DV1",
            "response-content-disposition=attachment;%20filename=a&versionId=OLD",
            "x-amz-meta-a=1%0Ax-amz-tagging:class%3Dinternal",
            "x-amz-meta-a:1%0Ax-amz-tagging=class%3Dinternal",
            "x-amz-meta-a:b=1",
            "X-Amz-Meta-A=1%0D",
        ] {
            assert!(refused(query), "{query}");
        }
        for query in [
            "response-content-type=text/plain&response-content-disposition=inline",
            "versionId=V1&partNumber=2",
            "x-amz-meta-a=1%2C2&x-amz-security-token=t",
            "unsigned=a%26b%0A",
        ] {
            assert!(!refused(query), "{query}");
        }
    }

    #[test]
    fn whatever_tells_operations_apart_is_signed() {
        // Both of its lists are the same rights; botocore signs none of it.
        let known = super::super::route::telling_apart().filter(|name| *name != "list-type");
        for name in known {
            assert!(SIGNED.contains(&name), "{name}");
        }
    }
}

//! Headers that a presigned query carries as parameters. Who follows a link adds no headers of their
//! own, so clients move what an operation is asked for by `x-amz-` headers into the query, and there
//! it means the same: left aside, a link to a copy would be one to any content.

use super::checksum::CHECKSUMS;
use super::presigned_v2;
use crate::request::Request;

/// Parameters of the signature itself.
const OF_THE_SIGNATURE: &[&str] = &[
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Those headers, in lower case; none where the request is not presigned. A checksum is not one of
/// them: whoever made the link had no content to make it of.
pub fn hoisted(request: &Request) -> Vec<(String, String)> {
    let presigned = request.parameter("X-Amz-Algorithm").is_some();
    if !presigned && !presigned_v2::is_one(request) {
        return Vec::new();
    }
    let is_sum = |name: &str| CHECKSUMS.iter().any(|(header, _)| *header == name);
    let named = request.parameters().map(|(name, text)| (name.to_ascii_lowercase(), text));
    let own = |name: &str| OF_THE_SIGNATURE.contains(&name) || is_sum(name);
    named.filter(|(name, _)| name.starts_with("x-amz-") && !own(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Vec<(String, String)> {
        hoisted(&Request { method: "PUT", path: "/b/k", query, headers: &[], body: b"" })
    }

    #[test]
    fn a_link_says_by_parameters_what_a_request_says_by_headers() {
        let asked =
            "x-amz-copy-source=%2Fb%2Fo&X-Amz-Acl=private&x-amz-checksum-crc32=AAAAAA%3D%3D";
        let copy = ("x-amz-copy-source".to_owned(), "/b/o".to_owned());
        let acl = ("x-amz-acl".to_owned(), "private".to_owned());
        let expect = vec![acl, copy];
        let fourth = "X-Amz-Algorithm=A&X-Amz-Date=D&X-Amz-Signature=S";
        assert_eq!(of(&format!("{fourth}&{asked}")), expect);
        assert_eq!(of(&format!("AWSAccessKeyId=K&{asked}")), expect);
        assert_eq!(of(asked), []);
    }
}

//! How a call was signed, as policies on buckets may ask ("Amazon S3 Signature Version 4
//! authentication specific policy keys", API reference of S3). The keys themselves are set elsewhere.

use domain::Timestamp;

use crate::request::Request;
use crate::sigv4::{Claim, announced};

/// How a call was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The signature's version: `AWS4-HMAC-SHA256`, or `AWS` for the second.
    pub version: &'static str,
    /// Where it stands: `REST-HEADER` or `REST-QUERY-STRING`.
    pub place: &'static str,
    /// How old a link's is, in milliseconds.
    pub age: Option<i64>,
    /// What it says of the content: its hash, or that it says nothing.
    pub content: String,
}

const IN_HEADER: &str = "REST-HEADER";
const IN_QUERY: &str = "REST-QUERY-STRING";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

impl Signed {
    /// By version 4, as a claim that was proven says.
    pub fn of(request: &Request, claim: &Claim, at: Timestamp) -> Self {
        let link = claim.is_presigned();
        Self {
            version: "AWS4-HMAC-SHA256",
            place: if link { IN_QUERY } else { IN_HEADER },
            age: link.then(|| at.millis_since(claim.date()).max(0)),
            content: announced(request, claim).unwrap_or(UNSIGNED).to_owned(),
        }
    }

    /// By a link of version 2, which does not say when it was made: its age is always 0, as S3 has it.
    pub fn by_link_of_version_2() -> Self {
        Self { version: "AWS", place: IN_QUERY, age: Some(0), content: UNSIGNED.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED_AT: Timestamp = Timestamp(1_795_342_530_000);
    const CREDENTIAL: &str = "AK/20261122/us-east-1/s3/aws4_request";

    fn signed(query: &str, headers: &[(&str, &str)]) -> Signed {
        let request = Request { method: "PUT", path: "/b/k", query, headers, body: b"" };
        let claim = Claim::read(&request).expect("a claim");
        Signed::of(&request, &claim, SIGNED_AT.plus_seconds(2))
    }

    #[test]
    fn a_link_has_an_age_and_signs_no_content() {
        let (date, zeros) = (SIGNED_AT.amz_date(), "0".repeat(64));
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL}&X-Amz-Date={date}\
             &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={zeros}"
        );
        let link = signed(&query, &[]);
        assert_eq!((link.place, link.age), ("REST-QUERY-STRING", Some(2000)));
        assert_eq!((link.version, &*link.content), ("AWS4-HMAC-SHA256", "UNSIGNED-PAYLOAD"));
        let hashed = signed(&query, &[("x-amz-content-sha256", &zeros)]);
        assert_eq!(hashed.content, zeros);
        let second = Signed::by_link_of_version_2();
        assert_eq!((second.version, second.age), ("AWS", Some(0)));
    }

    #[test]
    fn a_header_says_what_is_signed_of_the_content_and_has_no_age() {
        let (date, zeros) = (SIGNED_AT.amz_date(), "0".repeat(64));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature={zeros}"
        );
        for content in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", &*zeros] {
            let headers = [
                ("authorization", &*authorization),
                ("x-amz-date", &*date),
                ("x-amz-content-sha256", content),
            ];
            let call = signed("", &headers);
            assert_eq!((call.place, call.age), ("REST-HEADER", None));
            assert_eq!(call.content, content);
        }
    }
}

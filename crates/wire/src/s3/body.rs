//! The body of a request, held against all that was said of it while it comes.

use super::checksum::{CHECKSUMS, Checksum};
use super::chunks::{Chunks, incomplete};
use super::refused;
use crate::error::AwsError;
use crate::request::Request;
use crate::sigv4::Proof;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// A body under way.
pub struct Body {
    chunks: Option<Chunks>,
    sha256: Option<String>,
    md5_said: Option<Vec<u8>>,
    length: Option<u64>,
    sum: Checksum,
    said: Said,
    md5: Md5,
    seen: u64,
    max: u64,
}

/// Where a body's checksum is said, as base64.
enum Said {
    Nowhere,
    InHeader(String),
    InTrailer(String),
}

/// What a body proved to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// 32 hex digits.
    pub md5: String,
    /// What its SHA-256 must still be found to be, in hex.
    pub sha256: Option<String>,
    /// The checksum that came with it, or the one that S3 makes where none did: the member's name,
    /// and its text.
    pub checksum: (String, String),
}

impl Body {
    /// Reads what is said of the body: its proof by the signature, its length, its checksums.
    ///
    /// # Errors
    /// `EntityTooLarge` over `max` bytes, `InvalidDigest`, `InvalidRequest`.
    pub fn announced(request: &Request, proof: Proof, max: u64) -> Result<Self, AwsError> {
        let (chunks, sha256) = match proof {
            Proof::Unsigned => (None, None),
            Proof::Digest(sha256) => (None, Some(sha256)),
            Proof::Chunks(key) => (Some(Chunks::new(key)), None),
        };
        let length = match chunks {
            Some(_) => request.header("x-amz-decoded-content-length"),
            None => request.header("content-length"),
        };
        let length = length.map(|text| text.trim().parse::<u64>().map_err(|_| unclear("length")));
        let length = length.transpose()?;
        if length.is_none() && chunks.is_some() {
            let message = "You must provide the Content-Length HTTP header.";
            return Err(refused("MissingContentLength", 411, message));
        }
        if length.is_some_and(|length| length > max) {
            return Err(too_large(max));
        }
        let md5_said = request.header("content-md5").map(|text| {
            let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 16);
            bytes.ok_or_else(|| {
                refused("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
            })
        });
        let md5_said = md5_said.transpose()?;
        let (sum, said) = checksum(request)?;
        let md5 = Md5::new();
        Ok(Self { chunks, sha256, md5_said, length, sum, said, md5, seen: 0, max })
    }

    /// Where no checksum was said, the one to make is of this algorithm.
    #[must_use]
    pub fn summed_with(mut self, algorithm: &str) -> Self {
        if let (Said::Nowhere, Some(sum)) = (&self.said, Checksum::of_algorithm(algorithm)) {
            self.sum = sum;
        }
        self
    }

    /// The checksum that was said is not this body's, but of the object that it speaks of.
    #[must_use]
    pub fn of_another(self) -> Self {
        Self { sum: Checksum::default(), said: Said::Nowhere, ..self }
    }

    /// Takes more bytes; appends what they hold of the content.
    ///
    /// # Errors
    /// The chunks' own, `EntityTooLarge`, `IncompleteBody` where more comes than was said.
    pub fn feed(&mut self, bytes: &[u8], content: &mut Vec<u8>) -> Result<(), AwsError> {
        let before = content.len();
        match &mut self.chunks {
            Some(chunks) => chunks.feed(bytes, content)?,
            None => content.extend_from_slice(bytes),
        }
        let new = &content[before..];
        self.seen += new.len() as u64;
        self.md5.update(new);
        self.sum.update(new);
        match self.length {
            _ if self.seen > self.max => Err(too_large(self.max)),
            Some(length) if self.seen > length => Err(incomplete()),
            _ => Ok(()),
        }
    }

    /// What it proved to be, now that it ended.
    ///
    /// # Errors
    /// `IncompleteBody`, `BadDigest`, `MalformedTrailerError`.
    pub fn end(self) -> Result<Proven, AwsError> {
        if self.length.is_some_and(|length| length != self.seen) {
            return Err(incomplete());
        }
        let trailers = self.chunks.map(Chunks::end).transpose()?.unwrap_or_default();
        let md5 = self.md5.finalize();
        if self.md5_said.is_some_and(|said| said != md5.as_slice()) {
            return Err(refused(
                "BadDigest",
                400,
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
        let said = match self.said {
            Said::Nowhere => None,
            Said::InHeader(text) if !self.sum.can_be(&text) => {
                return Err(no_checksum(self.sum.header(), "header"));
            }
            Said::InHeader(text) => Some(text),
            Said::InTrailer(name) => Some(in_trailer(&name, trailers, &self.sum)?),
        };
        let checksum = self.sum.finish();
        if said.is_some_and(|said| said != checksum.1) {
            let kind = checksum.0.trim_start_matches("Checksum");
            let message =
                format!("The {kind} you specified did not match the calculated checksum.");
            return Err(refused("BadDigest", 400, message));
        }
        Ok(Proven { md5: hex::encode(md5), sha256: self.sha256, checksum })
    }
}

/// What a trailer says of the checksum.
fn in_trailer(
    name: &str,
    trailers: Vec<(String, String)>,
    sum: &Checksum,
) -> Result<String, AwsError> {
    let Some((_, text)) = trailers.into_iter().find(|(known, _)| known == name) else {
        let message = format!("The trailer {name} is missing.");
        return Err(refused("MalformedTrailerError", 400, message));
    };
    if !sum.can_be(&text) {
        return Err(no_checksum(name, "trailing header"));
    }
    Ok(text)
}

/// S3's own words for a text that no content has for its checksum.
fn no_checksum(name: &str, place: &str) -> AwsError {
    refused("InvalidRequest", 400, format!("Value for {name} {place} is invalid."))
}

/// The checksum that the headers announce, and where it is said.
fn checksum(request: &Request) -> Result<(Checksum, Said), AwsError> {
    let mut said = CHECKSUMS
        .iter()
        .filter_map(|(name, _)| Some((*name, request.header(name)?.trim().to_owned())));
    let trailer = request.header("x-amz-trailer").map(|name| name.trim().to_ascii_lowercase());
    match (said.next(), said.next(), trailer) {
        (None, _, None) => Ok((Checksum::default(), Said::Nowhere)),
        (Some((name, text)), None, None) => {
            let sum = Checksum::of_header(name).ok_or_else(|| unclear("checksum"))?;
            Ok((sum, Said::InHeader(text)))
        }
        (None, _, Some(name)) => {
            let sum = Checksum::of_header(&name).ok_or_else(|| unclear("trailer"))?;
            Ok((sum, Said::InTrailer(name)))
        }
        _ => Err(refused(
            "InvalidRequest",
            400,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )),
    }
}

fn unclear(what: &str) -> AwsError {
    refused("InvalidRequest", 400, format!("The {what} that the headers announce cannot be read."))
}

fn too_large(max: u64) -> AwsError {
    let message = format!("Your proposed upload exceeds the maximum allowed size of {max} bytes.");
    refused("EntityTooLarge", 400, message)
}

/// The MD5 of bytes at hand.
pub fn md5_of(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proven(headers: &[(&str, &str)], proof: Proof, body: &[u8]) -> Result<Proven, String> {
        let request = Request { method: "PUT", path: "/b/k", query: "", headers, body: b"" };
        let mut content = Vec::new();
        let mut under_way =
            Body::announced(&request, proof, 10).map_err(|it| it.code.to_string())?;
        under_way.feed(body, &mut content).map_err(|it| it.code.to_string())?;
        under_way.end().map_err(|it| it.code.to_string())
    }

    #[test]
    fn what_is_said_of_a_body_is_checked() {
        fn check(headers: &[(&str, &str)], body: &[u8], expect: &str) {
            let code =
                proven(headers, Proof::Unsigned, body).err().unwrap_or_else(|| "taken".to_owned());
            assert_eq!(code, expect, "{headers:?}");
        }
        check(&[], b"abc", "taken");
        check(&[("content-length", "3")], b"abc", "taken");
        check(&[("content-length", "4")], b"abc", "IncompleteBody");
        check(&[("content-length", "2")], b"abc", "IncompleteBody");
        check(&[("content-length", "x")], b"abc", "InvalidRequest");
        check(&[("content-length", "11")], b"", "EntityTooLarge");
        check(&[], b"01234567890", "EntityTooLarge");
        check(&[("content-md5", "kAFQmDzST7DWlj99KOF/cg==")], b"abc", "taken");
        check(&[("content-md5", "kAFQmDzST7DWlj99KOF/cg==")], b"abd", "BadDigest");
        check(&[("content-md5", "abc")], b"abc", "InvalidDigest");
        check(&[("x-amz-checksum-crc32", "NSRBwg==")], b"abc", "taken");
        check(&[("x-amz-checksum-crc32", "NSRBwg==")], b"abd", "BadDigest");
        check(&[("x-amz-checksum-crc32", "NSRB")], b"abc", "InvalidRequest");
        check(&[("x-amz-checksum-sha256", "NSRBwg==")], b"abc", "InvalidRequest");
        check(&[("x-amz-checksum-crc32", "?")], b"abc", "InvalidRequest");
        check(
            &[("x-amz-checksum-crc32", "NSRBwg=="), ("x-amz-checksum-sha1", "x")],
            b"abc",
            "InvalidRequest",
        );
    }

    #[test]
    fn a_checksum_in_the_trailer_is_checked_too() {
        let headers =
            [("x-amz-trailer", "x-amz-checksum-crc32"), ("x-amz-decoded-content-length", "3")];
        let body = |sum: &str| format!("3\r\nabc\r\n0\r\n{sum}\r\n");
        let with = |sum: &str| proven(&headers, Proof::Chunks(None), body(sum).as_bytes());
        let found = with("x-amz-checksum-crc32:NSRBwg==\r\n").expect("taken");
        assert_eq!(found.checksum, ("ChecksumCRC32".to_owned(), "NSRBwg==".to_owned()));
        assert_eq!(with("x-amz-checksum-crc32:AAAAAA==\r\n"), Err("BadDigest".to_owned()));
        assert_eq!(with("x-amz-checksum-crc32:AAAA\r\n"), Err("InvalidRequest".to_owned()));
        assert_eq!(with(""), Err("MalformedTrailerError".to_owned()));
    }

    #[test]
    fn a_checksum_is_made_where_none_was_said() {
        let headers = [("x-amz-checksum-crc32", "of another")];
        let request = Request { method: "POST", path: "/b/k", query: "", headers: &[], body: b"" };
        let made = |body: Body| {
            let mut body = body;
            body.feed(b"abc", &mut Vec::new()).expect("taken");
            body.end().expect("nothing was said of it").checksum.0
        };
        let body = |request: &Request| Body::announced(request, Proof::Unsigned, 10).expect("read");
        assert_eq!(made(body(&request)), "ChecksumCRC64NVME");
        assert_eq!(made(body(&request).summed_with("SHA1")), "ChecksumSHA1");
        assert_eq!(
            made(body(&Request { headers: &headers, ..request }).of_another()),
            "ChecksumCRC64NVME"
        );
    }
}

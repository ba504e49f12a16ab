//! The canonical form of a request: what both sides hash.

use super::{ALGORITHM, TERMINATOR};
use crate::request::Request;
use aws_lc_rs::{digest, hmac};
use domain::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// RFC 3986's unreserved characters stay as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ESCAPED_IN_PATH: &AsciiSet = &ESCAPED.remove(b'/');

/// What the signature is bound to besides the request.
pub(super) struct Scope<'a> {
    pub amz_date: &'a str,
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

impl Scope<'_> {
    /// `20261122/us-east-1/sts/aws4_request`.
    pub fn text(&self) -> String {
        format!("{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

/// The signature's bytes.
pub(super) fn signature(scope: &Scope, secret: &Secret, canonical: &str) -> hmac::Tag {
    let hashed = hash(canonical.as_bytes());
    let to_sign = format!("{ALGORITHM}\n{}\n{}\n{hashed}", scope.amz_date, scope.text());
    mac(key(scope, secret).as_ref(), &to_sign)
}

/// The key that is good for this scope only.
pub(super) fn key(scope: &Scope, secret: &Secret) -> hmac::Tag {
    let first = Zeroizing::new(["AWS4", secret.expose()].concat());
    let date = mac(first.as_bytes(), scope.date);
    let region = mac(date.as_ref(), scope.region);
    let service = mac(region.as_ref(), scope.service);
    mac(service.as_ref(), TERMINATOR)
}

pub(super) fn mac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

/// SHA-256 in lower-case hex.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// The canonical request. `payload` is the body's hash or one of the words that stand for it.
pub(super) fn request(
    request: &Request,
    signed_headers: &[String],
    service: &str,
    payload: &str,
) -> String {
    let headers: String = signed_headers.iter().map(|name| header(request, name)).collect();
    let (path, query) = (path(request.path, service), query(request));
    let names = signed_headers.join(";");
    format!("{}\n{path}\n{query}\n{headers}\n{names}\n{payload}", request.method)
}

fn header(request: &Request, name: &str) -> String {
    let values: Vec<String> = request.headers(name).map(single_spaced).collect();
    format!("{name}:{}\n", values.join(","))
}

fn single_spaced(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// S3 signs the path as sent; every other service a normalised path, encoded once more.
fn path(path: &str, service: &str) -> String {
    if service == "s3" {
        return if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    }
    utf8_percent_encode(&normalised(path), ESCAPED_IN_PATH).to_string()
}

/// RFC 3986's dot segments removed, empty segments too.
fn normalised(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let open = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{open}", kept.join("/"))
}

/// Sorted by encoded name, then value, each in the one form that signers use, whatever form it was
/// sent in; the signature itself is not part of what is signed. A plus is the space that readers of
/// the query take it for: signed as a plus, the one could be put for the other.
fn query(request: &Request) -> String {
    let parameters = request.parameters();
    let signed = parameters.filter(|(name, _)| name != "X-Amz-Signature");
    let encoded = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let mut pairs: Vec<_> = signed.map(|(name, text)| (encoded(&name), encoded(&text))).collect();
    pairs.sort();
    let joined: Vec<String> = pairs.iter().map(|(name, text)| format!("{name}={text}")).collect();
    joined.join("&")
}

/// One query parameter, encoded as it is signed.
pub(super) fn parameter(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, ESCAPED))
}

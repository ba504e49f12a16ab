//! Proves a claim: date, scope, headers, body, and last the signature itself.

use super::canonical::{self, Scope};
use super::{ChunkKey, Claim, SigV4Refusal};
use crate::limits::{CLOCK_SKEW_SECONDS_MAX, OBJECT_CLOCK_SKEW_SECONDS_MAX};
use crate::request::Request;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use domain::{AccessKeyId, Region, Secret, Timestamp};

/// What the scope of a credential must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The server's region.
    pub region: &'a Region,
    /// The signing name of the service that is called.
    pub service: &'a str,
}

/// A request that the key's holder signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The key that signed.
    pub access_key_id: AccessKeyId,
    /// The session token, which was signed with the request; what it says is still to be checked.
    pub session_token: Option<String>,
}

/// Checks that `secret` signed this request, for this region and service, about now.
///
/// There is no nonce: dates have whole seconds, and an honest retry carries the same signature.
///
/// # Errors
/// The first [`SigV4Refusal`] that holds; the signature, compared in constant time, comes last.
pub fn verify(
    request: &Request,
    claim: &Claim,
    secret: &Secret,
    expected: Expected,
    at: Timestamp,
) -> Result<Verified, SigV4Refusal> {
    check_date(claim, at, CLOCK_SKEW_SECONDS_MAX)?;
    check_scope(claim, expected)?;
    check_headers(request, claim)?;
    let payload = payload(request, claim)?;
    check_signature(request, claim, secret, &payload)?;
    let access_key_id = claim.unverified_access_key_id.clone();
    Ok(Verified { access_key_id, session_token: claim.unverified_session_token.clone() })
}

/// How the body of a request whose head was verified is still to be proven.
pub enum Proof {
    /// By nothing: the signer left it to the connection.
    Unsigned,
    /// By its SHA-256, in hex.
    Digest(String),
    /// In chunks, each signed where there is a key.
    Chunks(Option<ChunkKey>),
}

/// The same for a request whose body comes later, as S3's do: all but the body is checked, and it is
/// said how that is to be.
///
/// # Errors
/// As [`verify`].
pub fn verify_head(
    request: &Request,
    claim: &Claim,
    secret: &Secret,
    expected: Expected,
    at: Timestamp,
) -> Result<Proof, SigV4Refusal> {
    check_date(claim, at, OBJECT_CLOCK_SKEW_SECONDS_MAX)?;
    check_scope(claim, expected)?;
    check_headers(request, claim)?;
    let payload = announced(request, claim).ok_or(SigV4Refusal::PayloadMissing)?;
    check_signature(request, claim, secret, payload)?;
    let key = || ChunkKey::new(&scope(claim), secret, &claim.signature);
    match payload {
        UNSIGNED_PAYLOAD => Ok(Proof::Unsigned),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(Proof::Chunks(None)),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => {
            Ok(Proof::Chunks(Some(key())))
        }
        digest if digest.len() == 64 => Ok(Proof::Digest(digest.to_owned())),
        _ => Err(SigV4Refusal::PayloadUnknown),
    }
}

/// What a request says of its body's hash; a link that says nothing signs none.
pub(crate) fn announced<'a>(request: &'a Request, claim: &Claim) -> Option<&'a str> {
    let unsigned = claim.is_presigned().then_some(UNSIGNED_PAYLOAD);
    request.header("x-amz-content-sha256").or(unsigned)
}

fn scope(claim: &Claim) -> Scope<'_> {
    Scope {
        amz_date: &claim.amz_date,
        date: &claim.unverified_scope_date,
        region: &claim.unverified_region,
        service: &claim.unverified_service,
    }
}

fn check_date(claim: &Claim, at: Timestamp, most: i64) -> Result<(), SigV4Refusal> {
    let ahead = claim.date.millis_since(at).div_euclid(1000);
    let valid = claim.presigned_seconds.unwrap_or(most);
    if ahead > most || (-ahead > valid && claim.presigned_seconds.is_none()) {
        return Err(SigV4Refusal::Skewed { seconds: ahead, most, server: at.amz_date() });
    }
    if -ahead > valid {
        return Err(SigV4Refusal::Expired { seconds: -ahead - valid });
    }
    Ok(())
}

fn check_scope(claim: &Claim, expected: Expected) -> Result<(), SigV4Refusal> {
    let parts = [
        ("date", &claim.unverified_scope_date, &claim.amz_date[..8]),
        ("region", &claim.unverified_region, expected.region.as_str()),
        ("service", &claim.unverified_service, expected.service),
    ];
    match parts.into_iter().find(|(_, given, expected)| given != expected) {
        None => Ok(()),
        Some((part, given, expected)) => {
            let (given, expected) = (given.clone(), expected.to_owned());
            Err(SigV4Refusal::Scope { part, given, expected })
        }
    }
}

/// An unsigned `x-amz-*` header could be put in by anyone and would change what is called.
fn check_headers(request: &Request, claim: &Claim) -> Result<(), SigV4Refusal> {
    let signed = |name: &str| claim.signed_headers.iter().any(|known| known == name);
    let named = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let mandatory = named.filter(|name| name.starts_with("x-amz-"));
    let unsigned = std::iter::once("host".to_owned()).chain(mandatory).find(|name| !signed(name));
    if let Some(name) = unsigned {
        return Err(SigV4Refusal::Unsigned(name));
    }
    let absent = claim.signed_headers.iter().find(|name| request.header(name).is_none());
    match absent {
        Some(name) => Err(SigV4Refusal::HeaderMissing(name.clone())),
        None if request.headers("host").count() > 1 => {
            Err(SigV4Refusal::Incomplete("'host' stands twice.".to_owned()))
        }
        None => Ok(()),
    }
}

/// The body's hash as it must stand in the canonical request.
fn payload(request: &Request, claim: &Claim) -> Result<String, SigV4Refusal> {
    let presigned_object = claim.presigned_seconds.is_some() && claim.unverified_service == "s3";
    let actual = || canonical::hash(request.body);
    match request.header("x-amz-content-sha256") {
        None if presigned_object => Ok(UNSIGNED_PAYLOAD.to_owned()),
        None => Ok(actual()),
        Some(UNSIGNED_PAYLOAD) if presigned_object => Ok(UNSIGNED_PAYLOAD.to_owned()),
        Some(UNSIGNED_PAYLOAD) => Err(SigV4Refusal::Payload("the body must be signed here")),
        Some(given) if given.starts_with("STREAMING-") => {
            Err(SigV4Refusal::Payload("signed chunks are not spoken, send the body's SHA-256"))
        }
        Some(given) if given == actual() => Ok(given.to_owned()),
        Some(_) => Err(SigV4Refusal::Payload("the body has another SHA-256")),
    }
}

pub(super) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

fn check_signature(
    request: &Request,
    claim: &Claim,
    secret: &Secret,
    payload: &str,
) -> Result<(), SigV4Refusal> {
    let scope = scope(claim);
    let canonical = canonical::request(request, &claim.signed_headers, scope.service, payload);
    let expected = hex::encode(canonical::signature(&scope, secret, &canonical));
    verify_slices_are_equal(expected.as_bytes(), claim.signature.as_bytes())
        .map_err(|_| SigV4Refusal::Signature)
}

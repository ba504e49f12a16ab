//! A token is looked at with suspicion until all of it was checked: form, header, key, signature,
//! then what it says. Nothing in it chooses how it is checked.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::Timestamp;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::claims::{Claims, end, is_ahead};
use super::json;
use super::key_set::KeySet;
use crate::limits::{RSA_BITS, TOKEN_BYTES_MAX};

/// What a token must be to count.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who must have issued it: the URL, compared byte by byte, a closing slash too.
    pub issuer: &'a str,
    /// What it may be signed with.
    pub algorithms: &'a [Algorithm],
    /// Now.
    pub at: Timestamp,
}

/// Why a token does not count. None of these shows the token itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is too long.
    #[error("the token has {0} bytes; at most {TOKEN_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is not of three parts.
    #[error("the token has {0} parts; a signed one has three, divided by dots")]
    Parts(usize),
    /// A part is not base64url without padding.
    #[error("the token's {0} is not base64url without padding; was it cut off, or wrapped?")]
    NotBase64(&'static str),
    /// A part is not a JSON object.
    #[error("the token's {0} is not a JSON object in which no name occurs twice")]
    NotJson(&'static str),
    /// The header asks for something that is not done here.
    #[error("the token's header has `{0}`, which must not be ignored and is not understood")]
    Header(&'static str),
    /// It is a token for something else.
    #[error("the token's type is {0:?}; an identity token's is \"JWT\", or not said")]
    Type(String),
    /// It is signed by what is not accepted.
    #[error("the token's algorithm {0:?} is not accepted; {1} are")]
    Algorithm(String, String),
    /// It does not say which key it is signed with.
    #[error("the token's header has no `kid`, which says which key it is signed with")]
    NoKeyId,
    /// The issuer has no such key.
    #[error("the issuer has no key {0:?}")]
    UnknownKey(String),
    /// The key is of a length that is not taken: too short is too easily broken.
    #[error(
        "the issuer's key {kid:?} is of RSA with {bits} bits; from {} to {} are taken",
        RSA_BITS.start(),
        RSA_BITS.end()
    )]
    UnfitKey {
        /// The key's id.
        kid: String,
        /// Its length.
        bits: usize,
    },
    /// The key is for another algorithm.
    #[error("the issuer's key {kid:?} is not for {algorithm}")]
    OtherAlgorithm {
        /// The key's id.
        kid: String,
        /// The token's algorithm.
        algorithm: &'static str,
    },
    /// The signature is not that key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim that must be there is not.
    #[error("the token has no claim `{0}`")]
    Missing(&'static str),
    /// A claim is of another kind than it must be.
    #[error("the token's claim `{claim}` is not {right}")]
    Claim {
        /// Which.
        claim: &'static str,
        /// What it must be.
        right: &'static str,
    },
    /// Somebody else issued it.
    #[error("the token was issued by {found:?}, not by {expected:?}")]
    Issuer {
        /// Who must have.
        expected: String,
        /// Who did.
        found: String,
    },
    /// It is over.
    #[error("the token ended at {}, and it is {}", .expires.rfc3339(), .at.rfc3339())]
    Expired {
        /// When it ended.
        expires: Timestamp,
        /// When it was shown.
        at: Timestamp,
    },
    /// It has not begun.
    #[error("the token begins at {}, and it is {}", .begins.rfc3339(), .at.rfc3339())]
    NotYet {
        /// When it begins, or was issued.
        begins: Timestamp,
        /// When it was shown.
        at: Timestamp,
    },
}

/// What a token says before anything was checked: good for finding what to check it with, and for
/// nothing else.
///
/// # Errors
/// It is not of three parts that can be read.
pub fn unverified_claims(unverified_token: &str) -> Result<Map<String, Value>, Invalid> {
    Ok(Parts::read(unverified_token)?.payload)
}

/// Checks all of a token but its audience, which is compared with who it is shown to.
pub fn verify(
    unverified_token: &str,
    expected: &Expected,
    keys: &KeySet,
) -> Result<Claims, Invalid> {
    let parts = Parts::read(unverified_token)?;
    let (algorithm, kid) = read_header(&parts.header, expected.algorithms)?;
    let key = keys.get(kid)?;
    let check = key.checks.iter().find(|(of, _)| *of == algorithm);
    let (_, check) = check.ok_or_else(|| {
        let (kid, algorithm) = (kid.to_owned(), algorithm.name());
        Invalid::OtherAlgorithm { kid, algorithm }
    })?;
    check.verify_sig(parts.signed, &parts.signature).map_err(|_| Invalid::Signature)?;
    check_claims(parts.payload, expected)
}

/// Checks what a token says, its signature aside.
pub(crate) fn check_claims(
    payload: Map<String, Value>,
    expected: &Expected,
) -> Result<Claims, Invalid> {
    if let Some(expires) = end(&payload).filter(|end| *end <= expected.at) {
        return Err(Invalid::Expired { expires, at: expected.at });
    }
    let claims = Claims::read(payload)?;
    if claims.issuer != expected.issuer {
        let (expected, found) = (expected.issuer.to_owned(), claims.issuer);
        return Err(Invalid::Issuer { expected, found });
    }
    match claims.not_before.max(claims.issued).filter(|begins| is_ahead(*begins, expected.at)) {
        Some(begins) => Err(Invalid::NotYet { begins, at: expected.at }),
        None => Ok(claims),
    }
}

/// Checks what a token's header says, as far as that needs no key.
pub(crate) fn check_header(header: &Map<String, Value>) -> Result<(), Invalid> {
    read_header(header, &Algorithm::ALL).map(drop)
}

/// A token, taken apart and not yet believed.
struct Parts<'a> {
    signed: &'a [u8],
    header: Map<String, Value>,
    payload: Map<String, Value>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(token: &'a str) -> Result<Self, Invalid> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Invalid::TooLong(token.len()));
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(Invalid::Parts(parts.len()));
        };
        let bytes = |part: &str, name| {
            BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::NotBase64(name))
        };
        let object =
            |part: &str, name| json::object(&bytes(part, name)?).ok_or(Invalid::NotJson(name));
        Ok(Self {
            signed: &token.as_bytes()[..header.len() + 1 + payload.len()],
            header: object(header, "header")?,
            payload: object(payload, "payload")?,
            signature: bytes(signature, "signature")?,
        })
    }
}

/// The algorithm and the key's id. What the header says of keys themselves (`jwk`, `jku`, `x5c`,
/// `x5u`) is never looked at.
fn read_header<'a>(
    header: &'a Map<String, Value>,
    accepted: &[Algorithm],
) -> Result<(Algorithm, &'a str), Invalid> {
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if let Some(strange) =
        ["crit", "b64", "enc", "zip"].into_iter().find(|it| header.contains_key(*it))
    {
        return Err(Invalid::Header(strange));
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => {}
        Some(other) => return Err(Invalid::Type(other.as_str().unwrap_or("?").to_owned())),
    }
    let name = text("alg").unwrap_or_default();
    let algorithm = Algorithm::parse(name).filter(|algorithm| accepted.contains(algorithm));
    let names = || accepted.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ");
    let algorithm = algorithm.ok_or_else(|| Invalid::Algorithm(name.to_owned(), names()))?;
    let kid = text("kid").filter(|kid| !kid.is_empty()).ok_or(Invalid::NoKeyId)?;
    Ok((algorithm, kid))
}

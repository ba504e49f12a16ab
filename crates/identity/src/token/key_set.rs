//! The keys that an issuer publishes, ready to verify with (RFC 7517).

use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::json;
use super::verify::Invalid;
use crate::limits::{KEY_SET_BYTES_MAX, KEY_SET_KEYS_MAX, RSA_BITS};

/// An issuer's keys.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<PublicKey>,
    /// Keys of RSA that are too short or too long: their ids, and how many bits they have.
    unfit: Vec<(String, usize)>,
}

/// One key: its id, and for each algorithm that it may be used with how a signature is checked.
#[derive(Debug)]
pub struct PublicKey {
    /// Its id, compared exactly and never used as anything but a name.
    pub kid: String,
    pub(super) checks: Vec<(Algorithm, ParsedPublicKey)>,
}

/// Why a text is no key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKeySet {
    /// It is too long.
    #[error("the key set has {0} bytes; at most {KEY_SET_BYTES_MAX} are read")]
    TooLong(usize),
    /// It has too many keys.
    #[error("the key set has {0} keys; at most {KEY_SET_KEYS_MAX} are read")]
    TooMany(usize),
    /// It is something else.
    #[error(
        "this is no key set: a JSON object with a list `keys` is, in which no name occurs twice"
    )]
    NoKeySet,
    /// Two keys have one id.
    #[error("two keys have the id {0:?}: which one is meant cannot be told")]
    Ambiguous(String),
}

impl KeySet {
    /// Reads a published key set. Keys that are for something else (encryption, other algorithms),
    /// have no id, or are malformed are passed over: an issuer may have them beside good ones.
    pub fn read(text: &[u8]) -> Result<Self, UnusableKeySet> {
        if text.len() > KEY_SET_BYTES_MAX {
            return Err(UnusableKeySet::TooLong(text.len()));
        }
        let object = json::object(text).ok_or(UnusableKeySet::NoKeySet)?;
        let keys = object.get("keys").and_then(Value::as_array).ok_or(UnusableKeySet::NoKeySet)?;
        if keys.len() > KEY_SET_KEYS_MAX {
            return Err(UnusableKeySet::TooMany(keys.len()));
        }
        Self::of(keys)
    }

    /// The set of these JWKs, without those that are for something else.
    pub fn of<'a>(jwks: impl IntoIterator<Item = &'a Value>) -> Result<Self, UnusableKeySet> {
        let (mut keys, mut unfit) = (Vec::new(), Vec::new());
        for jwk in jwks.into_iter().filter_map(Value::as_object) {
            match unfit_of(jwk) {
                Some(of) => unfit.push(of),
                None => keys.extend(PublicKey::read(jwk)),
            }
        }
        Ok(Self { unfit, ..Self::new(keys)? })
    }

    /// The set of these keys.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, UnusableKeySet> {
        for (position, key) in keys.iter().enumerate() {
            if keys[..position].iter().any(|earlier| earlier.kid == key.kid) {
                return Err(UnusableKeySet::Ambiguous(key.kid.clone()));
            }
        }
        Ok(Self { keys, unfit: Vec::new() })
    }

    /// The key of this id.
    pub(super) fn get(&self, kid: &str) -> Result<&PublicKey, Invalid> {
        let unfit = || self.unfit.iter().find(|(own, _)| own == kid);
        let missing = || match unfit() {
            Some((kid, bits)) => Invalid::UnfitKey { kid: kid.clone(), bits: *bits },
            None => Invalid::UnknownKey(kid.to_owned()),
        };
        self.keys.iter().find(|key| key.kid == kid).ok_or_else(missing)
    }

    /// The ids that it has, for who says that another one is not among them.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }
}

impl PublicKey {
    /// Reads a JWK; `None` where it is no public key to verify signatures with.
    pub(super) fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let kid = text("kid").filter(|kid| !kid.is_empty())?.to_owned();
        // Who publishes a private key has lost it.
        let is_private = ["d", "p", "q", "k"].iter().any(|name| jwk.contains_key(*name));
        let verifies = jwk.get("use").is_none_or(|purpose| purpose == "sig") && !is_private;
        let operations = jwk.get("key_ops").and_then(Value::as_array);
        let verifies = verifies && operations.is_none_or(|list| list.contains(&"verify".into()));
        let bound = match jwk.get("alg") {
            Some(name) => Some(Algorithm::parse(name.as_str()?)?),
            None => None,
        };
        let fits = |algorithm: &Algorithm| bound.is_none_or(|bound| bound == *algorithm);
        let algorithms = Algorithm::ALL.into_iter().filter(fits);
        let checks: Vec<_> = match text("kty")? {
            "RSA" => algorithms.filter_map(|it| Some((it, rsa(jwk, it)?))).collect(),
            "EC" => algorithms.filter_map(|it| Some((it, elliptic(jwk, it)?))).collect(),
            _ => return None,
        };
        (verifies && !checks.is_empty()).then_some(Self { kid, checks })
    }
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok()
}

fn rsa(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<ParsedPublicKey> {
    let components = RsaPublicKeyComponents { n: bytes(jwk, "n")?, e: bytes(jwk, "e")? };
    components.to_parsed_public_key(algorithm.rsa()?).ok()
}

/// The id of an RSA key whose length no algorithm here takes, and its bits.
fn unfit_of(jwk: &Map<String, Value>) -> Option<(String, usize)> {
    let kid = jwk.get("kid")?.as_str()?.to_owned();
    let modulus = bytes(jwk, "n").filter(|_| jwk.get("kty").is_some_and(|kty| kty == "RSA"))?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    let bits = (modulus.len() - zeros) * 8 - first.leading_zeros() as usize;
    (!RSA_BITS.contains(&bits)).then_some((kid, bits))
}

fn elliptic(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<ParsedPublicKey> {
    let (curve, width, check) = algorithm.curve()?;
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    // A coordinate has its curve's full width (RFC 7518, section 6.2.1.2).
    let good = jwk.get("crv")? == curve && x.len() == width && y.len() == width;
    let point = [vec![4], x, y].concat();
    good.then(|| ParsedPublicKey::new(check, point).ok())?
}

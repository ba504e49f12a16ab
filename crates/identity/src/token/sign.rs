//! Our own keys, and tokens signed with them. aws-lc-rs makes the randomness of both.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use domain::Secret;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::thumbprint::thumbprint;

/// A private key of an issuer of ours: RS256, which every relying party takes, or ES256, which is
/// quicker to sign with.
#[derive(Debug)]
pub struct SigningKey {
    pair: Pair,
    jwk: Value,
    header: String,
}

#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    Elliptic(EcdsaKeyPair),
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKey {
    /// Only two algorithms are signed with.
    #[error("we sign with RS256 or ES256")]
    Algorithm,
    /// The bytes are no such key.
    #[error("the sealed key is not a PKCS#8 key for its algorithm")]
    Malformed,
    /// The library failed.
    #[error("no key could be made")]
    Failed,
}

impl SigningKey {
    /// Makes a new one.
    pub fn generate(algorithm: Algorithm) -> Result<Self, UnusableKey> {
        match algorithm {
            Algorithm::Rs256 => {
                let pair =
                    RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| UnusableKey::Failed)?;
                Ok(Self::new(Pair::Rsa(Box::new(pair))))
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                Ok(Self::new(Pair::Elliptic(pair.map_err(|_| UnusableKey::Failed)?)))
            }
            _ => Err(UnusableKey::Algorithm),
        }
    }

    /// Reads one that [`SigningKey::sealable`] gave out.
    pub fn open(algorithm: Algorithm, pkcs8: &Secret) -> Result<Self, UnusableKey> {
        let bytes = BASE64_STANDARD.decode(pkcs8.expose()).map_err(|_| UnusableKey::Malformed)?;
        let malformed = |_| UnusableKey::Malformed;
        match algorithm {
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(&bytes).map_err(malformed)?;
                Ok(Self::new(Pair::Rsa(Box::new(pair))))
            }
            Algorithm::Es256 => {
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(signing, &bytes).map_err(malformed)?;
                Ok(Self::new(Pair::Elliptic(pair)))
            }
            _ => Err(UnusableKey::Algorithm),
        }
    }

    fn new(pair: Pair) -> Self {
        let mut jwk = public_members(&pair);
        let kid = thumbprint(&jwk);
        let algorithm = match pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::Elliptic(_) => Algorithm::Es256,
        };
        jwk["kid"] = json!(kid);
        jwk["alg"] = json!(algorithm.name());
        jwk["use"] = json!("sig");
        let header = json!({"alg": algorithm.name(), "kid": kid, "typ": "JWT"}).to_string();
        Self { pair, jwk, header: BASE64_URL_SAFE_NO_PAD.encode(header) }
    }

    /// Its id.
    pub fn kid(&self) -> &str {
        self.jwk["kid"].as_str().unwrap_or_default()
    }

    /// The public half, as a key set has it.
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// The private key, PKCS#8 in base64, to be sealed and stored.
    pub fn sealable(&self) -> Result<Secret, UnusableKey> {
        let bytes = match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map(|der| BASE64_STANDARD.encode(der.as_ref())),
            Pair::Elliptic(pair) => {
                pair.to_pkcs8v1().map(|der| BASE64_STANDARD.encode(der.as_ref()))
            }
        };
        bytes.map(Secret::new).map_err(|_| UnusableKey::Failed)
    }

    /// A token with these claims. The caller says all of them, times included.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<Secret, UnusableKey> {
        let payload = serde_json::to_vec(claims).map_err(|_| UnusableKey::Failed)?;
        let signed = format!("{}.{}", self.header, BASE64_URL_SAFE_NO_PAD.encode(payload));
        let signature = self.signature(signed.as_bytes()).ok_or(UnusableKey::Failed)?;
        Ok(Secret::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
    }

    /// A signature over any bytes, for tokens that only a test would sign.
    #[cfg(test)]
    pub(super) fn signature_of(&self, signed: &[u8]) -> Vec<u8> {
        self.signature(signed).expect("a signature")
    }

    fn signature(&self, signed: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Elliptic(pair) => Some(pair.sign(&random, signed).ok()?.as_ref().to_vec()),
        }
    }
}

/// The members of a JWK that make the key.
fn public_members(pair: &Pair) -> Value {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    match pair {
        Pair::Rsa(pair) => {
            let key = pair.public_key();
            let (n, e) = (key.modulus(), key.exponent());
            let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
            json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
        }
        Pair::Elliptic(pair) => {
            // An uncompressed point: 4, then both coordinates.
            let point = pair.public_key().as_ref();
            let (x, y) = point[1..].split_at(32);
            json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
        }
    }
}

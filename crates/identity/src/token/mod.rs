//! Web-identity tokens: signed JSON, made by us for a step or by another issuer for its own.
//!
//! RFC 7519 (JWT), RFC 7515 (JWS), RFC 7517 (JWK), RFC 8725 (best practice). Only what STS takes is
//! read: three parts, a signature by RSA or ECDSA, a key that the issuer publishes under the token's
//! `kid`. Fetching keys is left to the processes, sealing ours to the store.

mod algorithm;
mod claims;
pub(crate) mod json;
mod key_set;
mod sign;
#[cfg(test)]
mod tests;
mod thumbprint;
mod verify;

pub use algorithm::Algorithm;
pub use claims::Claims;
pub(crate) use claims::is_ahead;
pub use key_set::{KeySet, PublicKey, UnusableKeySet};
pub use sign::{SigningKey, UnusableKey};
pub use verify::{Expected, Invalid, unverified_claims, verify};
pub(crate) use verify::{check_claims, check_header};

//! Outputs whose secrets are still sealed.
//!
//! An operation decides that a caller may have a secret, and writes into the audit log that it was
//! read; it never opens one. Its output names where each secret lies, and the process opens them once
//! all that is committed: no secret leaves of which the log does not tell.

use domain::{AccountId, Secret};
use identity::audit::{Details, Entry};
use serde::{Deserialize, Serialize};
use store::Kept;
use wire::AwsError;

use crate::caller::Caller;
use crate::refusal::Refused;
use crate::turn::Now;

/// An output, and the secrets that belong into it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sealed<T> {
    /// The rest of the output.
    pub output: T,
    /// Each secret with its member.
    pub secrets: Vec<SealedMember>,
}

/// A secret that is a member of an output.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedMember {
    /// Which member: a JSON pointer.
    pub pointer: String,
    /// Where the secret lies.
    pub kept: Kept,
    /// What lies there.
    #[serde(with = "in_base64")]
    pub sealed: Vec<u8>,
}

impl SealedMember {
    /// A sealed value that is to become the member at `pointer`.
    pub fn new(pointer: impl Into<String>, kept: Kept, sealed: &[u8]) -> Self {
        Self { pointer: pointer.into(), kept, sealed: sealed.to_vec() }
    }
}

/// Bytes as a text of JSON.
mod in_base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(reader)?).map_err(D::Error::custom)
    }
}

/// Seals a value for where it will lie.
///
/// # Errors
/// It cannot be sealed.
pub fn seal(caller: &Caller, kept: &Kept, value: &Secret) -> Result<Vec<u8>, Refused> {
    let sealed = kept.placed(|place| caller.sealer.seal(place, value));
    sealed.map_err(|_| AwsError::internal())
}

/// What the audit log of an account is told of a secret that was read.
pub fn read_by(caller: &Caller, of: &AccountId, action: &str, arn: &str, now: &Now) -> Entry {
    Entry {
        at: now.at,
        account: of.clone(),
        principal: caller.principal.arn.to_string(),
        access_key: Some(caller.principal.access_key.to_string()).filter(|key| !key.is_empty()),
        action: action.to_owned(),
        resource: arn.to_owned(),
        details: Details {
            source_identity: caller.principal.standing.source_identity(),
            ..Details::default()
        },
    }
}

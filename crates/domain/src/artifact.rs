//! What names a stored artifact: its digest, its size, and the store it lies in; never a path.

use serde::{Deserialize, Serialize};
use std::fmt;

/// SHA-256 of the content, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(hex::encode(sha2::Sha256::digest(bytes)))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An artifact's content, wherever its bytes lie. The digest is checked at every read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ArtifactRef {
    /// What the content must hash to.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// Which blob store holds it; `local` is the data folder's own.
    pub store: String,
}

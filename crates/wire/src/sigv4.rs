//! Signature Version 4: reading what a request claims, proving it, and signing requests of our own.
//!
//! Reading gives a [`Claim`] whose fields say `unverified`; [`verify`] turns it into a
//! [`Verified`] with the key's secret, which the caller looks up in between. Which rights a key
//! has is left to `identity`. The rules are AWS's ("Signature Version 4 signing process"), with
//! two of ours: five minutes of clock skew, and every `x-amz-*` header must be signed.

mod canonical;
mod chunk;
mod claim;
mod refusal;
mod sign;
mod verify;

pub use chunk::ChunkKey;
pub use claim::{Claim, unverified_service};
pub use refusal::SigV4Refusal;
pub use sign::{Credentials, presign, sign};
pub(crate) use verify::announced;
pub use verify::{Expected, Proof, Verified, verify, verify_head};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";

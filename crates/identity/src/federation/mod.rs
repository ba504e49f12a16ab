//! What Azure, Google and Vault ask of a token before they exchange it for their own.
//!
//! Each file has one relying party: what is set there, as its own tools write it, and its decision
//! about verified claims with its own error codes and words. Fetching keys and verifying the
//! signature is left to `token`, the endpoints to `server`. The same decisions serve `doctor`, which
//! wants all that is wrong and not only the first of it.

pub mod azure;
pub mod google;
pub mod vault;

mod condition;
mod party;

pub use condition::{Condition, Conjunct, Unreadable};
pub use party::{Kind, Party, Unusable};

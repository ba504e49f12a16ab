//! Our own API, `Towpath_20261101`: awsJson 1.1 like the others, signed for the service `towpath`.
//!
//! What AWS has no word for: deliveries, reasons, logs, artifacts, buckets, forges, handshakes,
//! sign-in links, keys, backups, variables, the
//! audit log, who takes tokens as others do. Every list is a page: `nextToken` comes back while there is more.

mod artifacts;
mod audit;
mod connections;
mod constraints;
mod deliveries;
mod explain;
mod hooks;
mod issuer;
mod keys;
mod logs;
mod organisation;
mod relying_parties;
mod step_token;
mod variables;

pub use artifacts::*;
pub use audit::*;
pub use connections::*;
pub use constraints::OPERATIONS;
pub use deliveries::*;
pub use explain::*;
pub use hooks::*;
pub use issuer::*;
pub use keys::*;
pub use logs::*;
pub use organisation::*;
pub use relying_parties::*;
pub use step_token::*;
pub use variables::*;

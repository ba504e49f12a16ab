//! Commands that are clients of a running server. Each one signs its calls with the keys that lie
//! in the server's data folder, as any other AWS client would. What a call means is left to the
//! server; here is only how it is asked, and how the answer looks on a terminal.

pub mod accounts;
pub mod artifacts;
pub mod audit;
pub mod backup;
pub mod buckets;
pub mod client;
pub mod connections;
pub mod console;
pub mod deliveries;
pub mod environment;
mod evidence;
pub mod executions;
pub mod forges;
pub mod health;
pub mod keys;
pub mod listing;
pub mod logs;
mod migrate;
pub mod oidc;
pub mod output;
pub mod pipelines;
mod relying_parties;
pub mod secret_file;
pub mod shares;
mod sources;
pub mod syncs;
pub mod table;
pub mod variables;
pub mod why;

pub use client::{Client, ClientError};
pub use environment::Folder;
pub use output::Output;

#![doc = include_str!("../README.md")]

pub mod arn;
pub mod artifact;
pub mod clock;
pub mod connection;
pub mod endpoints;
pub mod forge_event;
pub mod fork;
pub mod glob;
pub mod hook_secret;
pub mod host;
pub mod ids;
pub mod installation;
pub mod pipeline;
pub mod reach;
pub mod reason;
pub mod revision;
pub mod secret;
pub mod secret_reference;
pub mod sync;
pub mod template;
pub mod text;
pub mod timestamp;
pub mod webhook;

pub use arn::Arn;
pub use artifact::{ArtifactRef, Digest};
pub use clock::{Clock, Entropy};
pub use endpoints::Endpoints;
pub use ids::*;
pub use installation::Installation;
pub use secret::Secret;
pub use text::text;
pub use timestamp::Timestamp;

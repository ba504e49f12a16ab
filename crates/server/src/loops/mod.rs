//! What a server does by itself: each loop says only *when*; what happens is a turn.

pub mod audit;
pub mod bell;
pub mod effects;
pub mod finds;
pub mod holders;
pub mod intake;
pub mod issuers;
pub mod polling;
pub mod reconcile;
pub mod recovery;
pub mod resealing;
mod start;
pub mod sweep;
pub mod timers;
pub mod tokens;
pub mod told;

pub use start::{Fed, start};

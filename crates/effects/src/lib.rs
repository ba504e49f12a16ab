#![doc = include_str!("../README.md")]

mod access;
mod bearer;
pub mod breaker;
mod changed_files;
mod clone;
mod deploy;
mod head;
mod heads;
mod hooks;
pub mod hosts;
mod inputs;
pub mod limits;
mod looks;
mod own_secrets;
pub mod perform;
mod permissions;
mod requests;
pub mod sight;
mod source;
mod status;
mod steps;
mod sync;
mod tokens;
mod trouble;

pub use access::{Access, NoAccess, forge};
pub use bearer::Bearer;
pub use hooks::Outcome as HookOutcome;
pub use hosts::{Hosts, Throttled};
pub use looks::BranchSeen;
pub use perform::{Performed, Performer, Prepared, Stored};
pub use permissions::{Permissions, Right};
pub use sight::Sight;
pub use status::Told;
pub use sync::FileRead;
pub use tokens::Renewal;

#![doc = include_str!("../README.md")]

mod access;
mod changed_files;
mod deploy;
mod head;
mod heads;
mod hooks;
pub mod limits;
mod own_secrets;
pub mod perform;
mod source;
mod status;
mod steps;
mod sync;
mod tokens;

pub use access::{Access, NoAccess, forge};
pub use hooks::Outcome as HookOutcome;
pub use perform::{Performed, Performer, Stored};
pub use sync::FileRead;
pub use tokens::Renewal;

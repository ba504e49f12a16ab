#![doc = include_str!("../README.md")]

pub mod allowed;
mod ansi;
mod answer;
mod asking;
pub mod assets;
mod downloads;
pub mod escape;
mod events;
mod forms;
pub mod href;
pub mod limits;
pub mod load;
pub mod moment;
mod place;
pub mod policy;
mod query;
mod refusal;
mod router;
pub mod session;
mod state;
pub mod view;
mod visit;

pub use router::router;
pub use state::{ConsoleState, Finish};

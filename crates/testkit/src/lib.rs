#![doc = include_str!("../README.md")]

mod accounts;
pub mod apart;
mod beside;
mod browser;
mod caller;
mod clock;
mod console;
mod database;
pub mod declarations;
mod forge;
mod process;
mod seen;
mod settle;
mod world;

pub use beside::Beside;
pub use browser::Browser;
pub use caller::Caller;
pub use clock::SteppedClock;
pub use forge::{REPOSITORY, Replay};
pub use seen::Execution;
pub use world::{ACCOUNT, Scene, World};

#![doc = include_str!("../README.md")]

mod broken;
mod climate;
mod declarations;
mod faults;
mod forge;
mod ledger;
pub mod mutation;
mod people;
mod performing;
mod process;
mod quiet;
mod random;
mod rules;
mod settling;
mod story;
mod takeover;
mod turns;

pub use mutation::Mutation;
pub use story::{Broken, Stage, Told};

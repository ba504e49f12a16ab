#![doc = include_str!("../README.md")]

pub mod plan;

pub use plan::{Plan, Step};

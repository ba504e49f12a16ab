#![doc = include_str!("../README.md")]

pub mod finding;
pub mod limits;
pub mod permit;
pub mod policy;

pub use permit::{Authority, Denial, Permit, Principal, judge};

#![doc = include_str!("../README.md")]

pub mod permit;

pub use permit::{Authority, Denial, Permit, Principal, judge};

#![doc = include_str!("../README.md")]

pub mod audit;
pub mod doctor;
pub mod federation;
pub mod finding;
pub mod keys;
pub mod limits;
pub mod lint;
pub mod permit;
pub mod policy;
pub mod setup;
pub mod standing;
pub mod step;
pub mod token;
pub mod trust;

pub use permit::{Authority, Denial, OtherSide, Permit, Principal, judge};
pub use standing::{Ask, Standing};

#![doc = include_str!("../README.md")]

pub mod limits;
pub mod local;
pub mod remote;

#![doc = include_str!("../README.md")]

pub mod ansi;
pub mod assets;
pub mod escape;
pub mod href;
pub mod limits;
pub mod load;
pub mod moment;
pub mod policy;
pub mod view;

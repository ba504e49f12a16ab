#![doc = include_str!("../README.md")]

mod forms;
mod masker;

pub use forms::{DERIVED_BYTES_MIN, SECRET_BYTES_MIN};
pub use masker::{MASK, MaskedStream, Masker};

#![doc = include_str!("../README.md")]

mod forms;
mod masker;
mod stream;
mod wrapped;

pub use forms::{LINE_BYTES_MIN, SECRET_BYTES_MIN, WRAPPED_BYTES_MIN};
pub use masker::{MASK, Masker};
pub use stream::MaskedStream;

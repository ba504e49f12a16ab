#![doc = include_str!("../README.md")]

mod dumped;
mod escapes;
mod folded;
mod forms;
mod further;
mod masker;
mod places;
mod stream;
mod unescaped;
mod views;
mod wrapped;

pub use forms::{LINE_BYTES_MIN, NUMBER_DIGITS_MIN, SECRET_BYTES_MIN, WRAPPED_BYTES_MIN};
pub use further::{FURTHER_MAX, Further};
pub use masker::{MASK, Masker};
pub use stream::{MaskedStream, Undecided};

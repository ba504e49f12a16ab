//! What each page shows, as values. A page's JSON is its value, and its HTML is the template of
//! the same name over it; neither has anything that the other has not.
//!
//! Everything here is made by [`crate::load`] and decides nothing but words and links.

pub mod connections;
pub mod deliveries;
pub mod entry;
pub mod execution;
pub mod frame;
pub mod log;
pub mod picture;
pub mod pipelines;
pub mod syncs;
pub mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub mod samples;

pub use frame::{Frame, Section};
pub use words::{Phrase, Status, Tone, Why};

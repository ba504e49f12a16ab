//! Logs of attempts: what a line is ([`record`]), and the file they are appended to (`segment`).

pub mod record;
mod segment;

pub use record::{Record, Stream};
pub(crate) use segment::Segments;
pub use segment::{AppendError, Tail};

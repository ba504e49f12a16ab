//! Zip files, out of trees and into them.
//!
//! An archive comes from a step, and a step may be hostile: [`extract`] takes regular files,
//! folders, and symbolic links that stay inside. It leaves out and names what honest trees have and
//! may not be had here, a link that leads out before all, and refuses an archive that no honest
//! writer makes before it has written anything. [`pack`] reads a tree that a step made, and follows
//! nothing.

mod extract;
mod left_out;
mod name;
mod pack;
mod read;
mod select;

pub use extract::{Extracted, Owner, extract};
pub use left_out::LeftOut;
pub use pack::{Packed, pack};
pub use read::{Entry, read_entry};

use std::io;
use thiserror::Error;

/// Why an archive was refused, or could not be made.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// It is no zip file, or a damaged one.
    #[error("not a sound zip file: {0}")]
    Malformed(String),
    /// An entry may not be where, or what, it says.
    #[error("entry {entry:?} is refused: {why}")]
    Entry {
        /// Its name.
        entry: String,
        /// Which rule it breaks.
        why: &'static str,
    },
    /// A limit was reached.
    #[error("the archive is refused: {what} may be at most {max}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// None of the patterns names a file.
    #[error("no file matches {0}")]
    NothingMatches(String),
    /// The disk did not answer.
    #[error("the archive cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

#![doc = include_str!("../README.md")]

pub mod archive;
mod beneath;
mod content;
mod draft;
pub mod limits;
pub mod log;
mod older;
mod whole;

pub use content::{ContentError, LOCAL, Stored, Usage};
pub use draft::Draft;
pub use older::OlderObject;
pub use whole::Whole;

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// A folder of blobs. One process owns it at a time; its threads share one value.
pub struct Blobs {
    content: PathBuf,
    drafts: PathBuf,
    /// Where objects lay before they were contents.
    buckets: PathBuf,
    segments: log::Segments,
}

impl Blobs {
    /// Opens the folder, making what is missing, readable by its owner alone. Drafts that a process
    /// before this one left behind are removed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let at = |name: &str| folder.join(name);
        let (content, drafts, buckets) = (at("content"), at("drafts"), at("buckets"));
        let logs = at("logs");
        if drafts.exists() {
            fs::remove_dir_all(&drafts)?;
        }
        for part in [&drafts, &logs] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(part)?;
        }
        content::make_folders(&content)?;
        draft::sync_folder(folder)?;
        let segments = log::Segments::new(logs);
        Ok(Self { content, drafts, buckets, segments })
    }
}

/// When a file was last written, from what the file system says.
fn modified(data: &fs::Metadata) -> domain::Timestamp {
    use std::os::unix::fs::MetadataExt;
    domain::Timestamp(data.mtime() * 1000 + data.mtime_nsec() / 1_000_000)
}

#![doc = include_str!("../README.md")]

pub mod archive;
mod beneath;
mod bucket;
mod content;
mod draft;
mod key;
pub mod limits;
pub mod log;
mod whole;

pub use bucket::{ObjectError, ObjectInfo};
pub use content::{ContentError, LOCAL, Stored, Usage};
pub use draft::Draft;
pub use whole::Whole;

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// A folder of blobs. One process owns it at a time; its threads share one value.
pub struct Blobs {
    content: PathBuf,
    drafts: PathBuf,
    buckets: PathBuf,
    segments: log::Segments,
    /// Held while the shape of a bucket's tree changes, so that a folder that one call empties and
    /// removes is not the one that another call is about to write into.
    tree: Mutex<()>,
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
        for part in [&drafts, &buckets, &logs] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(part)?;
        }
        content::make_folders(&content)?;
        draft::sync_folder(folder)?;
        let (segments, tree) = (log::Segments::new(logs), Mutex::new(()));
        Ok(Self { content, drafts, buckets, segments, tree })
    }
}

/// When a file was last written, from what the file system says.
fn modified(data: &fs::Metadata) -> domain::Timestamp {
    use std::os::unix::fs::MetadataExt;
    domain::Timestamp(data.mtime() * 1000 + data.mtime_nsec() / 1_000_000)
}

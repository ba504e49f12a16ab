//! One entry out of an archive, without unpacking the rest.

use super::ArchiveError;
use super::extract::{Kind, kind_of};
use std::fs::File;
use std::io::Read;

/// What stands at a path of an archive.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file's content.
    File(Vec<u8>),
    /// Where a symbolic link leads, as it says itself.
    Link(String),
}

/// The entry at the path `name` from the archive's top, at most `bytes_max` of it; `None` where there
/// is none. What is longer is refused.
pub fn read_entry(
    archive: File,
    name: &str,
    bytes_max: u64,
) -> Result<Option<Entry>, ArchiveError> {
    let mut archive = zip::ZipArchive::new(archive).map_err(unreadable)?;
    let Some(index) = archive.index_for_name(name) else { return Ok(None) };
    let entry = archive.by_index_data(index).map_err(unreadable)?;
    let is_link = matches!(kind_of(&entry, name)?, Kind::Link);
    let found = archive.by_index(index).map_err(unreadable)?;
    let mut content = Vec::new();
    let read = found.take(bytes_max + 1).read_to_end(&mut content);
    read.map_err(|why| unreadable(why.into()))?;
    match (content.len() as u64 > bytes_max, is_link) {
        (true, _) => Err(ArchiveError::TooMuch { what: "bytes of the file", max: bytes_max }),
        (false, true) => Ok(Some(Entry::Link(String::from_utf8_lossy(&content).into_owned()))),
        (false, false) => Ok(Some(Entry::File(content))),
    }
}

fn unreadable(why: zip::result::ZipError) -> ArchiveError {
    ArchiveError::Malformed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};
    use zip::write::SimpleFileOptions;

    #[test]
    fn a_file_is_its_content_and_a_link_its_target() {
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().expect("a file"));
        let options = SimpleFileOptions::default();
        zip.start_file("ci/a.yml", options).expect("an entry");
        zip.write_all(b"text").expect("it is written");
        zip.add_symlink("a.yml", "ci/a.yml", options).expect("an entry");
        let mut archive = zip.finish().expect("an archive");
        let mut read = |name: &str, bytes_max| {
            archive.rewind().expect("the beginning");
            read_entry(archive.try_clone().expect("the same"), name, bytes_max)
        };
        let link = Entry::Link("ci/a.yml".to_owned());
        assert_eq!(read("a.yml", 100).expect("it is sound"), Some(link));
        let file = Entry::File(b"text".to_vec());
        assert_eq!(read("ci/a.yml", 4).expect("it is sound"), Some(file));
        assert_eq!(read("b.yml", 4).expect("it is sound"), None);
        assert!(matches!(read("ci/a.yml", 3), Err(ArchiveError::TooMuch { .. })));
    }
}

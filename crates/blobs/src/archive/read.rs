//! One file out of an archive, without unpacking the rest.

use super::ArchiveError;
use std::fs::File;
use std::io::Read;

/// The content of the file called `name` at the archive's top, at most `bytes_max` of it; `None`
/// where there is no such file. Longer files are refused.
pub fn read_file(
    archive: File,
    name: &str,
    bytes_max: u64,
) -> Result<Option<Vec<u8>>, ArchiveError> {
    let mut archive = zip::ZipArchive::new(archive).map_err(unreadable)?;
    let found = match archive.by_name(name) {
        Ok(found) => found,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(why) => return Err(unreadable(why)),
    };
    let mut content = Vec::new();
    let read = found.take(bytes_max + 1).read_to_end(&mut content);
    read.map_err(|why| unreadable(why.into()))?;
    match content.len() as u64 > bytes_max {
        true => Err(ArchiveError::TooMuch { what: "bytes of the file", max: bytes_max }),
        false => Ok(Some(content)),
    }
}

fn unreadable(why: zip::result::ZipError) -> ArchiveError {
    ArchiveError::Malformed(why.to_string())
}

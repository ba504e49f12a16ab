//! Every limit of this room, by name.

/// An object's key, in bytes (Amazon S3's own limit).
pub const OBJECT_KEY_BYTES_MAX: usize = 1024;
/// One part of an entry's name between two slashes, in bytes: what a file name may have.
pub const NAME_PART_BYTES_MAX: usize = 255;
/// One record of a log, in bytes of text; longer lines become several records.
pub const LOG_RECORD_BYTES_MAX: usize = 16 * 1024;
/// Below this much content an archive is stored without compression: deflating it would take
/// longer than writing the bytes it saves.
pub const PACK_STORED_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// An entry's name in an archive, in bytes.
pub const ARCHIVE_NAME_BYTES_MAX: usize = 2048;
/// A symbolic link's target in an archive, in bytes.
pub const ARCHIVE_LINK_BYTES_MAX: u64 = 1024;
/// So many entries that were left out are named; of the others it is said how many they are.
pub const LEFT_OUT_NAMED_MAX: usize = 5;
/// An artifact of at most so many bytes is held in memory by whoever reads it whole.
pub const WHOLE_IN_MEMORY_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What an archive may become when it is taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Entries, folders included.
    pub entries_max: usize,
    /// Bytes of all files together.
    pub bytes_max: u64,
    /// Folders within folders.
    pub depth_max: usize,
    /// Bytes out for one byte in, judged once `ratio_from_bytes` have come out.
    pub ratio_max: u64,
    /// Below this much output no ratio is judged: a small file of zeros is no bomb.
    pub ratio_from_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            entries_max: 200_000,
            bytes_max: 8 << 30,
            depth_max: 64,
            ratio_max: 200,
            ratio_from_bytes: 64 << 20,
        }
    }
}

//! Everything in this room that could grow, with its limit.

/// Refs of a repository whose place is remembered when its hook is registered.
pub const HEADS_MAX: usize = 10_000;
/// Characters of a commit's message that become a variable (100 KB, CodeStarSourceConnection).
pub const MESSAGE_BYTES_MAX: usize = 100 * 1024;
/// Characters of a status' description (GitHub's own limit).
pub const DESCRIPTION_CHARACTERS_MAX: usize = 140;
/// Connections of an account whose tokens are masked in what a step prints.
pub const OWN_SECRETS_MAX: i64 = 10_000;
/// Bytes of a file that a resource is kept in step with (what the reader of YAML takes).
pub const SYNC_FILE_BYTES_MAX: u64 = 512 * 1024;

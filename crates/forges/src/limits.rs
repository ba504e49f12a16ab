//! How long and how much one piece of work may take.

use std::time::Duration;

/// Pages of a list that are read; a repository has at most 20 hooks an event at GitHub.
pub const PAGES_MAX: u32 = 20;

/// Things on one page, as many as GitHub gives.
pub const PAGE_SIZE: usize = 100;

/// Characters of a commit status's description (GitHub cuts longer ones off).
pub const STATUS_DESCRIPTION_CHARS_MAX: usize = 140;
/// Characters of a commit status' context (GitHub refuses longer ones with 422).
pub const STATUS_CONTEXT_CHARS_MAX: usize = 255;

/// For one fetch, the first of a large repository included.
pub const FETCH_TIME_MAX: Duration = Duration::from_secs(600);

/// For a question to a mirror or to a remote's list of refs.
pub const QUESTION_TIME_MAX: Duration = Duration::from_secs(30);

/// For writing one archive.
pub const EXPORT_TIME_MAX: Duration = Duration::from_secs(300);

/// Bytes of one mirror's packs.
pub const MIRROR_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Bytes of one exported archive.
pub const EXPORT_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of the files of one working copy.
pub const WORKING_COPY_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Submodules of one commit.
pub const SUBMODULES_MAX: usize = 100;

/// Bytes of a `.gitmodules`.
pub const GITMODULES_BYTES_MAX: u64 = 256 * 1024;

/// Bytes from which on a file is no pointer of git LFS (its specification).
pub const LFS_POINTER_BYTES_MAX: u64 = 1024;

/// Files that an LFS server is asked for at once.
pub const LFS_BATCH_FILES: usize = 100;

/// Files of one repository's commit that LFS keeps.
pub const LFS_FILES_MAX: usize = 10_000;

/// Bytes of one of them.
pub const LFS_FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of all of them.
pub const LFS_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Bytes of LFS files that are kept beside one mirror for the next time.
pub const LFS_KEPT_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// Paths that one git command is given.
pub const PATHS_AT_ONCE: usize = 200;

/// Bytes of the list of a commit's files.
pub const LISTING_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes that are read of what git prints.
pub const GIT_OUTPUT_BYTES_MAX: u64 = 1024 * 1024;

/// Files of one change that filters are held against; of more it is not known which.
pub const CHANGED_FILES_MAX: usize = 100_000;

/// Bytes of their names.
pub const CHANGED_FILES_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How often the size of what git writes is looked at.
pub const SIZE_LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Commits that a mirror remembers to hold; of more, the oldest are forgotten and fetched again.
pub const KEPT_COMMITS_MAX: usize = 256;

/// Files of packs in a mirror, three a pack, before the sweep gathers them into one.
pub const PACK_FILES_MAX: usize = 150;

/// Bytes a second below which a transfer counts as stuck…
pub const TRANSFER_BYTES_PER_SECOND_MIN: u32 = 1024;

/// …after this many seconds.
pub const TRANSFER_STUCK_SECONDS_MAX: u32 = 30;

/// Deliveries on one page at GitLab, which gives each with its whole body.
pub const DELIVERIES_PAGE_SIZE: usize = 20;

/// Characters of a status's name, description and link at GitLab (its columns are that wide).
pub const GITLAB_STATUS_CHARS_MAX: usize = 255;

/// Characters of a status's key at bitbucket.org.
pub const BITBUCKET_KEY_CHARS_MAX: usize = 40;

/// Characters of a status's name and description at either Bitbucket, and of its key at
/// Bitbucket Server.
pub const BITBUCKET_STATUS_CHARS_MAX: usize = 255;

/// Characters of a status's link at Bitbucket Server.
pub const BITBUCKET_SERVER_LINK_CHARS_MAX: usize = 450;

//! Everything that could grow in this room, with its limit.

use std::time::Duration;

/// Most `Changes` that the writer puts into one transaction.
pub const GROUP_CHANGES_MAX: usize = 256;

/// Most `Changes` that may wait for the writer; the next committer waits for room.
pub const WAITING_CHANGES_MAX: usize = 1024;

/// Connections that read beside the writer, for a database in a file.
pub const READERS: usize = 4;

/// Prepared statements that each SQLite connection keeps.
pub const PREPARED_STATEMENTS_MAX: usize = 256;

/// Pages of 4 KiB in SQLite's log after which the writer moves them into the database. More makes
/// commits faster on the whole and single ones slower.
pub const LOG_PAGES: i64 = 4000;

/// Kibibytes of pages that SQLite's writer keeps in memory; it fills as they are needed. What the
/// writer looks for in the indexes of a hundred thousand deliveries has room in it.
pub const WRITER_CACHE_KIB: i64 = 8 * 1024;

/// Bytes of rows that each SQLite connection keeps decoded, counted as they are stored.
pub const KNOWN_BYTES_MAX: usize = 2 << 20;

/// Bytes of the largest row that is kept decoded.
pub const KNOWN_ROW_BYTES_MAX: usize = 64 << 10;

/// How long a statement waits for another process's lock (a backup, a shell on the file).
pub const LOCK_WAIT_MAX: Duration = Duration::from_secs(10);

/// Connections to PostgreSQL.
pub const POSTGRES_CONNECTIONS_MAX: u32 = 16;

/// How long a caller waits for a free connection to PostgreSQL.
pub const POSTGRES_WAIT_MAX: Duration = Duration::from_secs(10);

/// Rows of a kind that one step of a sweep removes, so that it never holds the writer for long.
pub const SWEEP_ROWS_MAX: i64 = 500;

/// Executions that one step of a sweep removes, each with all that hangs on it.
pub const SWEEP_EXECUTIONS_MAX: i64 = 20;

/// Pages that one step of a sweep gives back to the file system.
pub const SWEEP_PAGES_MAX: u32 = 1000;

/// Rows of the audit log that are read at once while it is checked.
pub const AUDIT_PAGE: i64 = 500;

/// Signatures over the audit log that are looked at before the next is made: those of servers that
/// sign at the same time.
pub const SIGNED_HEADS_LOOKS: i64 = 16;

/// Rows of a kind that are sealed anew in one pass.
pub const RESEALED_ROWS_MAX: i64 = 100;
/// Hooks of a deleted connection that are removed at its forge, and forgotten, in one step.
pub const DEPARTING_HOOKS_MAX: i64 = 1000;

//! Every limit of the client commands, with its unit in its name.

use std::time::Duration;

/// Bytes of one answer. The largest holds the body of a delivery, itself JSON of 25 MiB at the most,
/// which JSON may write twice as long.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Rows that one page of a list asks for; no list of the server gives more.
pub const PAGE_ROWS_MAX: usize = 100;

/// How long `connections authorize` waits for a person at a browser.
pub const AUTHORIZE_TIME_MAX: Duration = Duration::from_secs(600);

/// Between two questions whether a connection is AVAILABLE.
pub const AUTHORIZE_PAUSE: Duration = Duration::from_secs(1);

/// Between two questions for more of a log.
pub const FOLLOW_PAUSE: Duration = Duration::from_millis(500);

/// Bytes of a file that holds a client's secret; the API takes 1,024 characters.
pub const SECRET_FILE_BYTES_MAX: u64 = 8 * 1024;

/// Bytes of a document that the API takes 65,536 of: one more is noticed there.
pub const DOCUMENT_BYTES_MAX: u64 = 128 * 1024;

/// Characters of a line of `oidc explain`, before it is broken.
pub const REPORT_LINE_CHARS_MAX: usize = 100;

/// Bytes of a file that holds a variable's value; the API takes 32,768 characters.
pub const VARIABLE_BYTES_MAX: u64 = 128 * 1024;

//! The console's limits. Each one bounds what a single page or session may cost.

use std::time::Duration;

/// Pipelines on one page.
pub const PIPELINES_SHOWN: i64 = 100;
/// Executions on a pipeline's page.
pub const EXECUTIONS_RECENT: i64 = 8;
/// Executions on one page of the list.
pub const EXECUTIONS_SHOWN: i64 = 50;
/// Facts on an execution's page; more than a pipeline of 500 actions, each tried twice, has.
pub const FACTS_SHOWN: i64 = 5_000;
/// Connections on the page.
pub const CONNECTIONS_SHOWN: i64 = 500;
/// Deliveries on one page.
pub const DELIVERIES_SHOWN: i64 = 50;
/// Lines of a log on a page; the whole log is a download.
pub const LOG_LINES_SHOWN: usize = 1_000;
/// Bytes of a log that are read at once.
pub const LOG_CHUNK_BYTES: usize = 256 * 1024;
/// Bytes of one line of a log that are shown; the download has them all.
pub const LOG_LINE_BYTES_SHOWN: usize = 8 * 1024;
/// Bytes of a delivery's body on its page.
pub const BODY_BYTES_SHOWN: usize = 64 * 1024;

/// A session ends when nothing was asked for this long.
pub const SESSION_IDLE_SECONDS: i64 = 12 * 3600;
/// A session ends this long after it began, whatever happens in it.
pub const SESSION_SECONDS_MAX: i64 = 7 * 24 * 3600;
/// How exactly a session's last use is remembered, so that reading pages seldom writes.
pub const SESSION_TOUCH_SECONDS: i64 = 300;

/// Bytes of a form.
pub const FORM_BYTES_MAX: usize = 16 * 1024;
/// How long a form may take to arrive: nobody has to be signed in to send one.
pub const FORM_TIME_MAX: Duration = Duration::from_secs(10);

/// Pages that are kept current at once.
pub const STREAMS_MAX: usize = 512;
/// Between two renderings of a page that keeps changing.
pub const REFRESH_PAUSE: Duration = Duration::from_millis(150);
/// How often a silent event stream says that it is there, so that proxies keep it open.
pub const STREAM_BEAT: Duration = Duration::from_secs(15);

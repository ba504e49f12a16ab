//! How long and how much one outgoing request may take.

use std::time::Duration;

/// For looking a name up.
pub const RESOLVE_TIME_MAX: Duration = Duration::from_secs(5);

/// For a connection with its TLS handshake.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

/// For silence in the middle of an answer.
pub const READ_TIME_MAX: Duration = Duration::from_secs(10);

/// For one request from its start to its last byte, redirects included.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// Bytes of an answer's body, unless the request says less.
pub const RESPONSE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Redirects that are followed, within one origin.
pub const REDIRECTS_MAX: u32 = 3;

/// Origins whose connections are kept open.
pub const ORIGINS_MAX: usize = 64;

/// Bytes of the certificates of one host's authorities, as the API limits them.
pub const AUTHORITIES_BYTES_MAX: usize = 16_384;

/// How long an unused connection is kept.
pub const IDLE_TIME_MAX: Duration = Duration::from_secs(60);

/// The latest that a server may put us off to by `Retry-After`.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

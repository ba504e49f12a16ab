//! Every limit of this room, with its unit in its name.

/// Service accounts between a bearer and the one that is meant.
pub const DELEGATES_MAX: usize = 8;

/// Bytes of a request body that is decoded. A pipeline at its own limits stays far below.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How deep objects and lists may nest in a body; the deepest input of any operation needs 14.
pub const BODY_DEPTH_MAX: usize = 32;

/// Pairs of a form.
pub const FORM_PAIRS_MAX: usize = 2000;

/// Parameters of a query. The longest that clients make are presigned, with a header in each.
pub const QUERY_PAIRS_MAX: usize = 500;

/// Characters of a value that an error message repeats.
pub const SHOWN_VALUE_CHARS_MAX: usize = 100;

/// Violations that one message lists; the count before them is always the true one.
pub const SHOWN_VIOLATIONS_MAX: usize = 200;

/// Bytes of an error's message.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Unknown members named in a warning.
pub const SHOWN_UNKNOWN_MEMBERS_MAX: usize = 50;

/// How far a request's date may lie from the server's, either way.
pub const CLOCK_SKEW_SECONDS_MAX: i64 = 300;

/// The same of S3's requests.
pub const OBJECT_CLOCK_SKEW_SECONDS_MAX: i64 = 900;

/// How long a presigned request may stay valid: seven days, as AWS has it.
pub const PRESIGNED_SECONDS_MAX: i64 = 604_800;

/// Headers that a signature may name.
pub const SIGNED_HEADERS_MAX: usize = 64;

/// Characters of a pagination token, the smallest limit among the services (CodeConnections).
pub const TOKEN_CHARS_MAX: usize = 1024;

/// Bytes of the cursor inside a token, so that the token stays within [`TOKEN_CHARS_MAX`].
pub const CURSOR_BYTES_MAX: usize = 700;

/// Elements of an XML body: a list of 10,000 parts with three elements each.
pub const XML_ELEMENTS_MAX: usize = 70_000;

/// Bytes of the line before a chunk, and of a trailer.
pub const CHUNK_LINE_BYTES_MAX: usize = 4096;

/// Trailers of a chunked body.
pub const TRAILERS_MAX: usize = 16;

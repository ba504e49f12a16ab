//! What a delivery may be at most.

/// Bytes of a body. GitHub itself sends no larger one (its documentation, "payload cap").
pub const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Characters of a forge's delivery id; the forges send UUIDs.
pub const DELIVERY_ID_CHARS_MAX: usize = 128;

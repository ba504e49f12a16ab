//! What a delivery may be at most.

/// Bytes of a body. GitHub itself sends no larger one (its documentation, "payload cap").
pub const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Characters of a forge's delivery id; the forges send UUIDs.
pub const DELIVERY_ID_CHARS_MAX: usize = 128;

/// Changes that one delivery is taken apart into. A push of more refs (a repository that moves
/// house) is left to the comparison of heads, so that no delivery is one huge transaction.
pub const CHANGES_MAX: usize = 1000;

/// Seconds between the moment that a signature names and the one at which it is judged, either
/// way (the tolerance that the Standard Webhooks libraries use).
pub const SIGNATURE_SECONDS_MAX: i64 = 5 * 60;

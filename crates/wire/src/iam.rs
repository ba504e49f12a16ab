//! Identity and Access Management (2010-05-08): users, groups, roles, policies, providers, and the
//! simulator. Query protocol, answers in XML; lists in pages of `Marker` and `IsTruncated`.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod constraints;
mod details;
mod entities;
mod entity;
mod keys;
mod policies;
mod providers;
mod simulate;

pub use constraints::OPERATIONS;
pub use details::*;
pub use entities::*;
pub use entity::{group, role, user};
pub use keys::*;
pub use policies::*;
pub use providers::*;
pub use simulate::*;

use crate::shapes::shapes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A policy document as answers carry it: URL-encoded.
pub fn url_encoded(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
}

shapes! { "PascalCase";
    /// What an operation gives that has nothing to say.
    Nothing {} optional {}
    Tag { key: String, value: String } optional {}
}

//! S3 (2006-03-01): buckets and objects, path style and by host name; XML, headers and streams.
//!
//! A request becomes the same kind of input tree as every other service's, its members taken from
//! path, query, headers and XML by one table; the content of an object is no member: it is read by
//! the server, checked by [`body`], and named to the operation by what was kept of it.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

pub mod body;
pub mod checksum;
pub mod chunks;
mod constraints;
mod error;
mod hoisted;
mod members;
mod parse;
mod presigned_v2;
mod route;
mod shapes;
mod signed;
mod write;

pub use crate::answer::DECLARATION;
pub use constraints::OPERATIONS;
pub use error::encode_error;
pub use hoisted::hoisted;
pub use parse::{malformed, parse};
pub use presigned_v2::{PresignedV2, verify_v2};
pub use route::{Target, bucket_of, bucket_of_host, check_kind, is_meant, route};
pub use shapes::*;
pub use signed::Signed;
pub use write::{headers, xml_body};

use crate::error::AwsError;

/// Others work on the same; the client may try again.
pub fn conflict() -> AwsError {
    let message = "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    refused("OperationAborted", 409, message)
}

/// An error of S3's, under its own code and status.
pub fn refused(code: &'static str, status: u16, message: impl Into<String>) -> AwsError {
    AwsError { status, ..AwsError::refused(code, message) }
}

#![doc = include_str!("../README.md")]

mod address;
mod client;
mod guard;
pub mod limits;
mod retry_after;

pub use address::{AllowedAddress, AllowedAddressError};
pub use client::{Client, Failure, Request, Response};
pub use guard::{EgressRefusal, Guard, Pinned};
pub use http::{HeaderMap, Method, StatusCode};
pub use retry_after::retry_after;
pub use url::Url;

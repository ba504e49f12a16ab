#![doc = include_str!("../README.md")]

mod address;
mod client;
mod guard;
mod incoming;
pub mod limits;
mod proxy;
mod retry_after;
mod route;

pub use address::{AllowedAddress, AllowedAddressError};
pub use client::{Client, Failure, Request, Response};
pub use guard::{EgressRefusal, Guard, Pinned};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use incoming::Incoming;
pub use proxy::{PROXY_REFUSES, Proxy, ProxyUser};
pub use retry_after::{date, retry_after};
pub use route::{Authorities, Route, RouteError};
pub use url::Url;

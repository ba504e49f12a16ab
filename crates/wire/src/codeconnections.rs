//! CodeConnections (2023-12-01) and CodeStar Connections (2019-12-01): one set of connections,
//! hosts and repository links under two names.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod connections;
mod constraints;
mod hosts;
mod repository_links;
mod sync;

pub use connections::*;
pub use constraints::OPERATIONS;
pub use hosts::*;
pub use repository_links::*;
pub use sync::*;

#![doc = include_str!("../README.md")]

pub mod bitbucket;
pub mod commands;
pub mod diagnostic;
pub mod document;
mod first_document;
pub mod limits;
pub mod plan;

pub use diagnostic::{Diagnostic, Severity, Source};
pub use plan::{Plan, Step};

//! `bitbucket-pipelines.yml`: text → a located tree → [`File`] → the pipeline that an event starts → a plan.
//!
//! ```text
//! cursor       the way to a node, and what was found on it
//! keys         every key and what becomes of it
//! file         the tree to pipelines
//! elements     a pipeline's steps and groups
//! step         one step's keys
//! script       its commands
//! definitions  services, for their mistakes
//! glob         patterns of branches and tags
//! select       which pipeline, and why
//! plan         the plan, or why there is none
//! variables    the BITBUCKET_* of a step
//! ```
//!
//! The words, their order and the sentences about errors are Bitbucket's where those are known.

mod cursor;
mod definitions;
mod elements;
pub mod file;
pub mod glob;
mod keys;
pub mod plan;
mod script;
pub mod select;
pub mod step;
#[cfg(test)]
mod tests;
pub mod variables;

pub use file::File;
pub use plan::{Planned, Refused, plan};
pub use select::Event;
pub use variables::{FOLDER_VARIABLES, Run};

/// The name that Bitbucket gives the file, at the top of the repository.
pub const FILE_NAME: &str = "bitbucket-pipelines.yml";

/// Whether any step of a file may ask who it is: cheaper than reading it, and never wrongly no but
/// for who writes the key in an escaped form.
pub fn may_ask_for_tokens(text: &str) -> bool {
    text.contains("oidc")
}

//! CodePipeline (apiVersion 2015-07-09): the operations that are spoken, their inputs and outputs.
//!
//! The declaration of a pipeline is `domain::pipeline`'s; what it means is the engine's.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod actions;
mod constraints;
mod executions;
mod pipelines;
mod state;
mod tags;
mod webhooks;

pub use actions::*;
pub use constraints::OPERATIONS;
pub use executions::*;
pub use pipelines::*;
pub use state::*;
pub use tags::*;
pub use webhooks::*;

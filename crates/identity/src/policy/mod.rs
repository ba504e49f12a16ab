//! IAM policies: their text, the decision that they make together, and the path to it.
//!
//! Which policies bear on a request is left to whoever asks; they are values here.

mod admits;
mod arn;
mod caller;
mod condition;
mod context;
mod decision;
pub mod document;
pub mod evaluate;
pub mod explain;
mod glob;
pub mod grammar;
mod index;
mod json;
pub mod keys;
mod number;
mod operator;
mod pattern;
mod policies;
mod principal;
mod request;
mod statement;
mod synonym;
mod unique;

pub use caller::Caller;
pub use condition::Condition;
pub use context::{Context, Value};
pub use decision::{Citation, Decision};
pub use evaluate::evaluate;
pub(crate) use explain::false_condition;
pub use explain::message::message;
pub use explain::{Beside, Explanation, FalseCondition, Look, PolicyLook, StatementLook, explain};
pub(crate) use glob::{Glob, Unit};
pub use grammar::{Kind, Malformed, Policy, Version};
pub use operator::Operator;
pub(crate) use operator::{Comparison, Quantifier};
pub use policies::{Attached, Layer, Policies};
pub(crate) use principal::Named;
pub use principal::Principals;
pub use request::Request;
pub use statement::{Effect, Statement};
pub use unique::{UniqueIds, with_ids};

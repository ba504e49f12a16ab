#![doc = include_str!("../README.md")]

pub mod attempt;
pub mod effect;
pub mod event;
pub mod execution;
pub mod fact;
pub mod limits;
pub mod line;
pub mod structure;

pub use attempt::{ApprovalToken, Attempt, AttemptEnd, AttemptState, Produced, Work};
pub use effect::{Effect, StartAction};
pub use event::{Event, EventKind, Nonce, Refused, Start};
pub use execution::{ActionRun, ActionState, Execution, ExecutionStatus, StageEnd, StageRun};
pub use fact::{Fact, FactKind, Touched};
pub use limits::Limits;
pub use line::{Line, LineHead, StageHead, Transition};
pub use structure::{Violation, ViolationClass};

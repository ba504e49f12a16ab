#![doc = include_str!("../README.md")]

pub mod apply;
pub mod attempt;
pub mod decide;
pub mod effect;
pub mod effects;
pub mod event;
pub mod execution;
pub mod fact;
pub mod limits;
pub mod line;
pub mod outcome;
mod step_tokens;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod story;
pub mod structure;
pub mod trigger;

pub use apply::apply;
pub use attempt::{
    ApprovalToken, Attempt, AttemptEnd, AttemptState, InputArtifact, Produced, Work,
    action_execution_id,
};
pub use decide::decide;
pub use effect::{AskFiles, CommitState, Effect, ReadSyncFile, ReportStatus, StartAction};
pub use effects::{Origin, carry_out, effects, origins, still_holds};
pub use event::{
    ApprovalOver, Approve, AttemptResult, Event, EventKind, Nonce, NotRetryable, Refused, Start,
};
pub use execution::{ActionRun, ActionState, Execution, ExecutionStatus, StageEnd, StageRun};
pub use fact::{AttemptBegan, ExecutionStarted, Fact, FactKind, Touched, touched};
pub use limits::Limits;
pub use line::{LatestExecution, Line, LineHead, StageHead, Transition};
pub use outcome::{Heads, HookOutcome, RegisteredHook, StoredArtifact, SyncFile, Unread};
pub use step_tokens::StepTokens;
pub use structure::{
    Violation, ViolationClass, pipeline_type, structural_change, usable_token, validate,
};
pub use trigger::{
    FilterError, JsonPath, Looked, Match, News, PullRequestNews, ReachedBy, RequestOrigin, Watch,
    What, filled, listens_to_requests, look, match_news, polls, pull_request_event, request_ref,
    same_connection, watches,
};

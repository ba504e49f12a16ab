//! Documents whose types other rooms are still writing; each becomes their type.

/// `engine::LineHead`.
pub type LineHead = serde_json::Value;
/// `engine::Execution`.
pub type Execution = serde_json::Value;
/// `engine::Attempt`.
pub type Attempt = serde_json::Value;
/// `engine::Fact`.
pub type Fact = serde_json::Value;
/// `engine::Effect`.
pub type Effect = serde_json::Value;

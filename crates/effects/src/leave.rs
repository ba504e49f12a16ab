//! Leave for what an action turns out to need besides what it names. Who gives it judges by policies,
//! and is not of this room.

use std::pin::Pin;
use std::sync::Arc;

use domain::{ConnectionArn, RepositoryName};
use engine::StartAction;

/// An action is about to fetch another repository than the one it names.
#[derive(Clone, Debug)]
pub struct AskedLeave {
    /// The action.
    pub start: StartAction,
    /// By which connection.
    pub connection: ConnectionArn,
    /// What it is about to fetch.
    pub repository: RepositoryName,
}

/// Asks for it.
pub type AskLeave = Arc<dyn Fn(AskedLeave) -> Asking + Send + Sync>;

/// What comes of that: why it is not given, where it is not. Nothing where the store does not answer.
pub type Asking = Pin<Box<dyn Future<Output = anyhow::Result<Result<(), String>>> + Send>>;

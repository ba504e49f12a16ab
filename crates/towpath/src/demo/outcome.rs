//! What came of the story, as the `--json` object has it.

use domain::Timestamp;
use serde::Serialize;

/// The execution, with times in milliseconds from the webhook's last byte read.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Its id.
    pub execution_id: String,
    /// `Succeeded`, …
    pub status: String,
    /// The commit that was pushed.
    pub commit: String,
    /// Until the execution was started.
    pub push_to_started_ms: i64,
    /// Until the first command was echoed.
    pub push_to_first_command_ms: Option<i64>,
    /// Until the execution ended.
    pub push_to_finished_ms: i64,
    /// The stages in their order.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// `Succeeded`, …
    pub status: String,
    /// Its actions.
    pub actions: Vec<Action>,
}

/// An action with its latest attempt.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// `Succeeded`, …
    pub status: String,
    /// When its first attempt began.
    pub started_ms: i64,
    /// When its latest attempt ended.
    pub finished_ms: i64,
    /// How many attempts there were.
    pub attempts: usize,
}

impl Outcome {
    /// Whether the execution succeeded.
    pub fn succeeded(&self) -> bool {
        self.status == "Succeeded"
    }
}

/// Milliseconds of a moment from another.
pub fn since(at: Timestamp, from: Timestamp) -> i64 {
    at.millis_since(from)
}

/// The one object: the outcome, or as much of it as a failed story has, with `error`.
pub fn json(told: Result<&Outcome, &anyhow::Error>) -> serde_json::Value {
    match told {
        Ok(outcome) if outcome.succeeded() => serde_json::json!(outcome),
        Ok(outcome) => {
            let mut object = serde_json::json!(outcome);
            object["error"] = format!("the execution ended {}", outcome.status).into();
            object
        }
        Err(cause) => serde_json::json!({
            "execution_id": null, "status": "Failed", "commit": null,
            "push_to_started_ms": null, "push_to_first_command_ms": null,
            "push_to_finished_ms": null, "stages": [], "error": format!("{cause:#}"),
        }),
    }
}

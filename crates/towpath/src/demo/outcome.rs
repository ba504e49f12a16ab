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
    /// What the first action that failed says.
    #[serde(skip)]
    pub failure: Option<String>,
}

/// A stage.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// `Succeeded`, …; absent where it was never entered.
    pub status: Option<String>,
    /// Its actions.
    pub actions: Vec<Action>,
}

/// An action with its latest attempt; of one that never began nothing but its name is known.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// `Succeeded`, …
    pub status: Option<String>,
    /// When its first attempt began.
    pub started_ms: Option<i64>,
    /// When its latest attempt ended.
    pub finished_ms: Option<i64>,
    /// How many attempts there were.
    pub attempts: usize,
}

impl Outcome {
    /// Whether the execution succeeded.
    pub fn succeeded(&self) -> bool {
        self.status == "Succeeded"
    }

    /// How it ended otherwise, and by what.
    fn error(&self) -> String {
        let ended = format!("the execution ended {}", self.status);
        self.failure.iter().fold(ended, |ended, failure| format!("{ended}: {failure}"))
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
            object["error"] = outcome.error().into();
            object
        }
        Err(cause) => serde_json::json!({
            "execution_id": null, "status": "Failed", "commit": null,
            "push_to_started_ms": null, "push_to_first_command_ms": null,
            "push_to_finished_ms": null, "stages": [], "error": format!("{cause:#}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_cause_and_what_never_began_has_no_times() {
        let action = |name: &str, at: Option<i64>| Action {
            name: name.to_owned(),
            status: at.map(|_| "Failed".to_owned()),
            started_ms: at,
            finished_ms: at.map(|at| at + 5),
            attempts: at.iter().count(),
        };
        let outcome = Outcome {
            execution_id: "e".to_owned(),
            status: "Failed".to_owned(),
            commit: "c".to_owned(),
            push_to_started_ms: 1,
            push_to_first_command_ms: None,
            push_to_finished_ms: 9,
            stages: vec![Stage {
                name: "Build".to_owned(),
                status: None,
                actions: vec![action("Make", Some(1)), action("Next", None)],
            }],
            failure: Some("Build / Make: exit code 3".to_owned()),
        };
        let object = json(Ok(&outcome));
        assert_eq!(object["error"], "the execution ended Failed: Build / Make: exit code 3");
        let next = serde_json::json!({
            "name": "Next", "status": null, "started_ms": null, "finished_ms": null, "attempts": 0,
        });
        assert_eq!(object["stages"][0]["actions"][1], next);
        assert_eq!(object["stages"][0]["actions"][0]["started_ms"], 1);
        assert!(object.get("failure").is_none());
        let interrupted = json(Err(&anyhow::anyhow!("interrupted by SIGINT")));
        assert_eq!(interrupted["error"], "interrupted by SIGINT");
    }
}

//! What the API shows of executions, in the few words that stories compare.

use serde_json::{Value, json};
use wire::Service;

use crate::forge::tells_of_refs;
use crate::world::World;

/// One execution of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// `InProgress`, `Succeeded`, …
    pub status: String,
    /// The commit that its first source took; empty before.
    pub commit: String,
    /// `WebhookV2`, `StartPipelineExecution`, …
    pub trigger: String,
}

impl World {
    /// A pipeline's executions, the oldest first.
    pub async fn executions(&self, pipeline: &str) -> Vec<Execution> {
        let asked = json!({ "pipelineName": pipeline });
        let found = self.must(Service::CodePipeline, "ListPipelineExecutions", &asked).await;
        let rows = found["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let execution = |row: &Value| Execution {
            id: text(&row["pipelineExecutionId"]),
            status: text(&row["status"]),
            commit: text(&row["sourceRevisions"][0]["revisionId"]),
            trigger: text(&row["trigger"]["triggerType"]),
        };
        rows.iter().rev().map(execution).collect()
    }

    /// The statuses of a pipeline's executions, the oldest first.
    pub async fn statuses(&self, pipeline: &str) -> Vec<String> {
        self.executions(pipeline).await.into_iter().map(|it| it.status).collect()
    }

    /// The newest execution of a pipeline.
    pub async fn latest(&self, pipeline: &str) -> Execution {
        self.executions(pipeline).await.pop().expect("the pipeline has an execution")
    }

    /// `GetPipelineState`.
    pub async fn state(&self, pipeline: &str) -> Value {
        self.must(Service::CodePipeline, "GetPipelineState", &json!({ "name": pipeline })).await
    }

    /// A stage of the state.
    pub async fn stage(&self, pipeline: &str, stage: &str) -> Value {
        let state = self.state(pipeline).await;
        let stages = state["stageStates"].as_array().cloned().unwrap_or_default();
        let found = stages.into_iter().find(|it| it["stageName"] == stage);
        found.unwrap_or_else(|| panic!("{pipeline} has no stage {stage}"))
    }

    /// An action's latest execution in the state; null where it never ran.
    pub async fn action(&self, pipeline: &str, stage: &str, action: &str) -> Value {
        let stage = self.stage(pipeline, stage).await;
        let actions = stage["actionStates"].as_array().cloned().unwrap_or_default();
        let found = actions.into_iter().find(|it| it["actionName"] == action);
        found.map(|it| it["latestExecution"].clone()).unwrap_or_default()
    }

    /// Every attempt at an execution's actions, the oldest first: `Fetch Succeeded`.
    pub async fn attempts(&self, pipeline: &str, execution: &str) -> Vec<String> {
        let asked =
            json!({ "pipelineName": pipeline, "filter": { "pipelineExecutionId": execution } });
        let found = self.must(Service::CodePipeline, "ListActionExecutions", &asked).await;
        let rows = found["actionExecutionDetails"].as_array().cloned().unwrap_or_default();
        let word = |row: &Value| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("actionName"), text("status"))
        };
        rows.iter().rev().map(word).collect()
    }

    /// The log of the latest attempt at an action, a line of it a line.
    pub async fn log(
        &self,
        pipeline: &str,
        execution: &str,
        stage: &str,
        action: &str,
    ) -> Vec<String> {
        let mut asked = json!({
            "pipelineName": pipeline, "pipelineExecutionId": execution,
            "stageName": stage, "actionName": action,
        });
        let mut lines = Vec::new();
        loop {
            let piece = self.must(Service::Towpath, "GetActionLog", &asked).await;
            let more = piece["lines"].as_array().cloned().unwrap_or_default();
            if more.is_empty() {
                return lines;
            }
            lines.extend(
                more.iter().map(|line| line["text"].as_str().unwrap_or_default().to_owned()),
            );
            asked["offset"] = piece["nextOffset"].clone();
        }
    }

    /// The deliveries that the server has, the oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        let (mut all, mut asked) = (Vec::new(), json!({}));
        loop {
            let page = self.must(Service::Towpath, "ListDeliveries", &asked).await;
            all.extend(page["deliveries"].as_array().cloned().unwrap_or_default());
            match page.get("nextToken") {
                Some(token) => asked = json!({ "nextToken": token }),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// What became of the pushes that the server was told of, in the order they came: the first
    /// change's outcome.
    pub async fn outcomes(&self) -> Vec<String> {
        let deliveries = self.deliveries().await.into_iter();
        let pushes = deliveries.filter(|it| it["event"].as_str().is_some_and(tells_of_refs));
        let outcome = |it: Value| it["dispositions"][0]["outcome"].as_str().map(str::to_owned);
        pushes.map(|it| outcome(it).unwrap_or_default()).collect()
    }

    /// What the forge shows of a commit: `pending`, `success`, …, in the order they came.
    pub fn commit_states(&self, commit: &str) -> Vec<String> {
        let statuses = self.forge.statuses().into_iter();
        statuses.filter(|it| it.commit.as_str() == commit).map(|it| it.state).collect()
    }

    /// Why: the present reason's sentence.
    pub async fn why(&self, id: &str) -> String {
        let found = self.must(Service::Towpath, "Explain", &json!({ "id": id })).await;
        found["reasons"][0]["sentence"].as_str().unwrap_or_default().to_owned()
    }
}

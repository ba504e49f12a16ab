//! Follows the execution through the server's own API, gives the approval, and measures.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::remote::{Client, ClientError};
use domain::{CommitSha, Timestamp};
use serde_json::{Value, json};
use wire::Service;

use super::outcome::{Action, Outcome, Stage, since};
use super::story::PIPELINE;
use super::teller::Teller;

/// How often the state is asked for: a client's way, there is no bell over the API.
const PAUSE: Duration = Duration::from_millis(5);

/// Follows the commit's execution to its end.
///
/// # Errors
/// The server does not answer, or no execution comes of the push.
pub async fn follow(teller: &Teller, client: &Client, commit: &CommitSha) -> Result<Outcome> {
    let (received, execution) = started(client).await?;
    teller.say("the signed webhook was written down and an execution started")?;
    let mut telling =
        Telling { teller, client, execution: &execution, told: BTreeSet::new(), log: 0 };
    loop {
        let asked = json!({ "pipelineName": PIPELINE, "pipelineExecutionId": execution });
        let found: Value =
            client.call(Service::CodePipeline, "GetPipelineExecution", &asked).await?;
        let status = found["pipelineExecution"]["status"].as_str().unwrap_or_default().to_owned();
        let state: Value = client
            .call(Service::CodePipeline, "GetPipelineState", &json!({ "name": PIPELINE }))
            .await?;
        telling.actions(&state).await?;
        approve(teller, client, &state).await?;
        if !matches!(status.as_str(), "InProgress" | "Stopping") {
            return measured(client, received, &execution, &state, commit).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The delivery of the push, and the execution that it started.
async fn started(client: &Client) -> Result<(Timestamp, String)> {
    loop {
        let listed: Value = client
            .call(Service::Towpath, "ListDeliveries", &json!({ "outcome": "started" }))
            .await?;
        let delivery = &listed["deliveries"][0];
        let started = &delivery["dispositions"][0]["started"][0];
        if let Some(execution) = started["pipelineExecutionId"].as_str() {
            return Ok((moment(&delivery["receivedAt"]), execution.to_owned()));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn moment(value: &Value) -> Timestamp {
    Timestamp((value.as_f64().unwrap_or_default() * 1000.0).round() as i64)
}

/// What is told of an execution while it runs.
struct Telling<'a> {
    teller: &'a Teller,
    client: &'a Client,
    execution: &'a str,
    /// Each action's statuses.
    told: BTreeSet<String>,
    /// How far the log of the commands was told, in bytes.
    log: u64,
}

impl Telling<'_> {
    /// Each action's status, once. What its commands printed stands before its end.
    async fn actions(&mut self, state: &Value) -> Result<()> {
        for (stage, action) in actions(state) {
            let latest = &action["latestExecution"];
            let Some(status) = latest["status"].as_str() else { continue };
            let has_log = self.teller.is_aloud && action["actionName"] == COMMANDS.1;
            let name = format!("{} / {}", text(&stage["stageName"]), text(&action["actionName"]));
            let is_news = self.told.insert(format!("{name} {status}"));
            if has_log && status != "InProgress" && is_news {
                self.log().await?;
            }
            if is_news {
                let why = failed(latest).map(|why| format!(": {why}")).unwrap_or_default();
                self.teller.say(&format!("{name}: {status}{why}"))?;
            }
            if has_log && status == "InProgress" {
                self.log().await?;
            }
        }
        Ok(())
    }

    /// What the commands printed since, at the moments at which they did.
    async fn log(&mut self) -> Result<()> {
        let log = log(self.client, self.execution, self.log).await?;
        for line in log["lines"].as_array().into_iter().flatten() {
            self.teller.say_of(moment(&line["at"]), &format!("│ {}", text(&line["text"])))?;
        }
        self.log = log["nextOffset"].as_u64().unwrap_or(self.log);
        Ok(())
    }
}

/// The action that runs commands: its stage and its name.
const COMMANDS: (&str, &str) = ("Build", "Make");

/// Its log from a byte on; nothing where there is none yet.
async fn log(client: &Client, execution: &str, offset: u64) -> Result<Value> {
    let asked = json!({
        "pipelineName": PIPELINE, "pipelineExecutionId": execution,
        "stageName": COMMANDS.0, "actionName": COMMANDS.1, "offset": offset,
    });
    match client.call(Service::Towpath, "GetActionLog", &asked).await {
        Err(ClientError::Refused { .. }) => Ok(Value::Null),
        answered => Ok(answered?),
    }
}

/// Every action with its stage.
fn actions(state: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let stages = state["stageStates"].as_array().into_iter().flatten();
    stages.flat_map(|stage| {
        let actions = stage["actionStates"].as_array().into_iter().flatten();
        actions.map(move |action| (stage, action))
    })
}

/// What an action's latest attempt failed of.
fn failed(latest: &Value) -> Option<&str> {
    latest["errorDetails"]["message"].as_str()
}

/// What the first action that failed says.
fn failure(state: &Value) -> Option<String> {
    actions(state).find_map(|(stage, action)| {
        let why = failed(&action["latestExecution"])?;
        Some(format!("{} / {}: {why}", text(&stage["stageName"]), text(&action["actionName"])))
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Answers the approval with the token that the state shows.
async fn approve(teller: &Teller, client: &Client, state: &Value) -> Result<()> {
    for stage in state["stageStates"].as_array().into_iter().flatten() {
        let action = &stage["actionStates"][0];
        let Some(token) = action["latestExecution"]["token"].as_str() else { continue };
        let asked = json!({
            "pipelineName": PIPELINE, "stageName": stage["stageName"], "actionName": action["actionName"],
            "token": token, "result": { "status": "Approved", "summary": "Looks good" },
        });
        let _: Value = client.call(Service::CodePipeline, "PutApprovalResult", &asked).await?;
        teller.say("approved through the API")?;
    }
    Ok(())
}

async fn measured(
    client: &Client,
    received: Timestamp,
    execution: &str,
    state: &Value,
    commit: &CommitSha,
) -> Result<Outcome> {
    let asked = json!({ "pipelineName": PIPELINE });
    let listed: Value =
        client.call(Service::CodePipeline, "ListPipelineExecutions", &asked).await?;
    let summaries = listed["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
    let own = summaries.iter().find(|it| it["pipelineExecutionId"] == *execution);
    let own = own.context("the execution is listed")?;
    let asked = json!({ "pipelineName": PIPELINE, "filter": { "pipelineExecutionId": execution } });
    let attempts: Value =
        client.call(Service::CodePipeline, "ListActionExecutions", &asked).await?;
    let attempts = attempts["actionExecutionDetails"].as_array().cloned().unwrap_or_default();
    let first_command = first_command(client, execution).await?;
    Ok(Outcome {
        execution_id: execution.to_owned(),
        status: text(&own["status"]).to_owned(),
        commit: commit.to_string(),
        push_to_started_ms: since(moment(&own["startTime"]), received),
        push_to_first_command_ms: first_command.map(|at| since(at, received)),
        push_to_finished_ms: since(moment(&own["lastUpdateTime"]), received),
        stages: stages(state, &attempts, received),
        failure: failure(state),
    })
}

/// When the first command was echoed.
async fn first_command(client: &Client, execution: &str) -> Result<Option<Timestamp>> {
    let log = log(client, execution, 0).await?;
    let mut lines = log["lines"].as_array().into_iter().flatten();
    let first = lines.find(|line| text(&line["text"]).starts_with("+ "));
    Ok(first.map(|line| moment(&line["at"])))
}

fn stages(state: &Value, attempts: &[Value], received: Timestamp) -> Vec<Stage> {
    let stage = |stage: &Value| {
        let actions = stage["actionStates"].as_array().into_iter().flatten();
        Stage {
            name: text(&stage["stageName"]).to_owned(),
            status: stage["latestExecution"]["status"].as_str().map(str::to_owned),
            actions: actions
                .map(|it| action(&stage["stageName"], it, attempts, received))
                .collect(),
        }
    };
    state["stageStates"].as_array().into_iter().flatten().map(stage).collect()
}

fn action(stage: &Value, action: &Value, attempts: &[Value], received: Timestamp) -> Action {
    let of = |it: &&Value| it["stageName"] == *stage && it["actionName"] == action["actionName"];
    let own: Vec<&Value> = attempts.iter().filter(of).collect();
    let started = own.iter().map(|it| moment(&it["startTime"])).min();
    let finished = own.iter().map(|it| moment(&it["lastUpdateTime"])).max();
    Action {
        name: text(&action["actionName"]).to_owned(),
        status: action["latestExecution"]["status"].as_str().map(str::to_owned),
        started_ms: started.map(|at| since(at, received)),
        finished_ms: finished.map(|at| since(at, received)),
        attempts: own.len(),
    }
}

/// The execution as a timeline, from the webhook's last byte.
///
/// # Errors
/// The output is closed.
pub fn timeline(teller: &Teller, outcome: &Outcome) -> io::Result<()> {
    let whole = outcome.push_to_finished_ms.max(1);
    teller.say(&format!("execution {}: {} in {whole} ms", outcome.execution_id, outcome.status))?;
    for stage in &outcome.stages {
        for action in &stage.actions {
            let name = format!("{} / {}", stage.name, action.name);
            teller.more(&format!("{name:<20} {}", bar(action, whole)))?;
        }
    }
    let first = outcome
        .push_to_first_command_ms
        .map_or("no command ran".to_owned(), |ms| format!("{ms} ms"));
    let started = outcome.push_to_started_ms;
    teller.more(&format!("from the webhook: started {started} ms, first command {first}"))
}

/// An action's time within the whole; there is none for what never began.
fn bar(action: &Action, whole: i64) -> String {
    const WIDTH: i64 = 48;
    let (Some(started), Some(finished)) = (action.started_ms, action.finished_ms) else {
        return "did not begin".to_owned();
    };
    let from = (started * WIDTH / whole).clamp(0, WIDTH - 1);
    let to = (finished * WIDTH / whole).clamp(from + 1, WIDTH);
    let bar = format!("{}{}", " ".repeat(from as usize), "█".repeat((to - from) as usize));
    format!("{bar:<48} {started:>5} – {finished} ms")
}

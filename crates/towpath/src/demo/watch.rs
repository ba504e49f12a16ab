//! Follows the execution through the server's own API, gives the approval, and measures.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use cli::remote::Client;
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
    teller.say("the signed webhook was written down and an execution started");
    let mut told = BTreeSet::new();
    loop {
        let asked = json!({ "pipelineName": PIPELINE, "pipelineExecutionId": execution });
        let found: Value =
            client.call(Service::CodePipeline, "GetPipelineExecution", &asked).await?;
        let status = found["pipelineExecution"]["status"].as_str().unwrap_or_default().to_owned();
        let state: Value = client
            .call(Service::CodePipeline, "GetPipelineState", &json!({ "name": PIPELINE }))
            .await?;
        tell_actions(teller, &state, &mut told);
        approve(teller, client, &state).await?;
        if !matches!(status.as_str(), "InProgress" | "Stopping") {
            return measured(teller, client, received, &execution, &state, commit).await;
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

/// Each action's status, once.
fn tell_actions(teller: &Teller, state: &Value, told: &mut BTreeSet<String>) {
    for stage in state["stageStates"].as_array().into_iter().flatten() {
        for action in stage["actionStates"].as_array().into_iter().flatten() {
            let latest = &action["latestExecution"];
            let Some(status) = latest["status"].as_str() else { continue };
            let name = format!("{} / {}", text(&stage["stageName"]), text(&action["actionName"]));
            if told.insert(format!("{name} {status}")) {
                let why = latest["errorDetails"]["message"].as_str().map(|why| format!(": {why}"));
                teller.say(&format!("{name}: {status}{}", why.unwrap_or_default()));
            }
        }
    }
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
        teller.say("approved through the API");
    }
    Ok(())
}

async fn measured(
    teller: &Teller,
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
    let first_command = first_command(teller, client, execution).await?;
    Ok(Outcome {
        execution_id: execution.to_owned(),
        status: text(&own["status"]).to_owned(),
        commit: commit.to_string(),
        push_to_started_ms: since(moment(&own["startTime"]), received),
        push_to_first_command_ms: first_command.map(|at| since(at, received)),
        push_to_finished_ms: since(moment(&own["lastUpdateTime"]), received),
        stages: stages(state, &attempts, received),
    })
}

/// When the first command was echoed; its log is shown on the way.
async fn first_command(
    teller: &Teller,
    client: &Client,
    execution: &str,
) -> Result<Option<Timestamp>> {
    let asked = json!({
        "pipelineName": PIPELINE, "pipelineExecutionId": execution, "stageName": "Build", "actionName": "Make",
    });
    let Ok(log) = client.call::<_, Value>(Service::Towpath, "GetActionLog", &asked).await else {
        return Ok(None);
    };
    let lines = log["lines"].as_array().cloned().unwrap_or_default();
    for line in &lines {
        teller.more(&format!("│ {}", text(&line["text"])));
    }
    let first = lines.iter().find(|line| text(&line["text"]).starts_with("+ "));
    Ok(first.map(|line| moment(&line["at"])))
}

fn stages(state: &Value, attempts: &[Value], received: Timestamp) -> Vec<Stage> {
    let stage = |stage: &Value| {
        let actions = stage["actionStates"].as_array().into_iter().flatten();
        Stage {
            name: text(&stage["stageName"]).to_owned(),
            status: text(&stage["latestExecution"]["status"]).to_owned(),
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
    let started = own.iter().map(|it| moment(&it["startTime"])).min().unwrap_or(received);
    let finished = own.iter().map(|it| moment(&it["lastUpdateTime"])).max().unwrap_or(received);
    Action {
        name: text(&action["actionName"]).to_owned(),
        status: text(&action["latestExecution"]["status"]).to_owned(),
        started_ms: since(started, received),
        finished_ms: since(finished, received),
        attempts: own.len(),
    }
}

/// The execution as a timeline, from the webhook's last byte.
pub fn timeline(teller: &Teller, outcome: &Outcome) {
    const WIDTH: i64 = 48;
    let whole = outcome.push_to_finished_ms.max(1);
    teller.say(&format!("execution {}: {} in {whole} ms", outcome.execution_id, outcome.status));
    for stage in &outcome.stages {
        for action in &stage.actions {
            let from = (action.started_ms * WIDTH / whole).clamp(0, WIDTH - 1);
            let to = (action.finished_ms * WIDTH / whole).clamp(from + 1, WIDTH);
            let bar = format!("{}{}", " ".repeat(from as usize), "█".repeat((to - from) as usize));
            let name = format!("{} / {}", stage.name, action.name);
            let (from, to) = (action.started_ms, action.finished_ms);
            teller.more(&format!("{name:<20} {bar:<48} {from:>5} – {to} ms"));
        }
    }
    let first = outcome
        .push_to_first_command_ms
        .map_or("no command ran".to_owned(), |ms| format!("{ms} ms"));
    teller.more(&format!(
        "from the webhook: started {} ms, first command {first}",
        outcome.push_to_started_ms
    ));
}

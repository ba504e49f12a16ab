//! `towpath pipelines`: which there are, and how one stands.

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use wire::Service;
use wire::codepipeline::GetPipelineStateInput;

use super::listing::{ListFlags, Listing};
use super::migrate::{self, Migrate};
use super::table::{self, moment, text};
use super::{Client, Folder, Output, sources};

/// Flags of `pipelines`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The account's pipelines
    List(ListFlags),
    /// How each action of a pipeline stands
    Show {
        /// The pipeline's name
        #[arg(value_name = "PIPELINE")]
        name: String,
        /// The API's JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Move a pipeline of the older GitHub action to a connection: show the difference, or apply it
    Migrate(Migrate),
}

static PIPELINES: Listing = Listing {
    service: Service::CodePipeline,
    operation: "ListPipelines",
    member: "pipelines",
    columns: &[
        ("PIPELINE", |row| text(row, "name")),
        ("VERSION", |row| text(row, "version")),
        ("TYPE", |row| text(row, "pipelineType")),
        ("MODE", |row| text(row, "executionMode")),
        ("UPDATED", |row| moment(row, "updated")),
    ],
    nothing: "no pipelines; `aws codepipeline create-pipeline` makes one",
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List(flags) => PIPELINES.show(&client, json!({}), &flags, out).await,
        Action::Migrate(flags) => migrate::run(&client, flags, out).await,
        Action::Show { name, json } => {
            let input = GetPipelineStateInput { name: name.as_str().into() };
            let state = client.call(Service::CodePipeline, "GetPipelineState", &input).await?;
            if json {
                return Ok(out.json::<Value>(&state)?);
            }
            show(&state, out)?;
            sources::show(&client, &name, out).await
        }
    }
}

fn show(state: &Value, out: &mut Output<'_>) -> Result<()> {
    let members = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for stage in members(state, "stageStates") {
        let closed = stage["inboundTransitionState"]["enabled"] == Value::Bool(false);
        for action in members(&stage, "actionStates") {
            rows.push(row(&stage, &action, closed));
        }
    }
    let heading = ["STAGE", "ACTION", "STATUS", "SINCE", "EXECUTION", "SUMMARY"];
    Ok(table::write(out.answer, &heading, &rows)?)
}

fn row(stage: &Value, action: &Value, closed: bool) -> Vec<String> {
    let latest = &action["latestExecution"];
    let name = text(stage, "stageName");
    let summary = match &latest["errorDetails"] {
        Value::Null => text(latest, "summary"),
        error => text(error, "message"),
    };
    vec![
        if closed { format!("{name} (closed)") } else { name },
        text(action, "actionName"),
        text(latest, "status"),
        moment(latest, "lastStatusChange"),
        text(&stage["latestExecution"], "pipelineExecutionId"),
        summary,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipelines_state_is_a_row_an_action() {
        let execution = "7c0f4a3e-0000-4000-8000-000000000001";
        let state = json!({ "stageStates": [
            { "stageName": "Source", "inboundTransitionState": { "enabled": true },
              "latestExecution": { "pipelineExecutionId": execution, "status": "Succeeded" },
              "actionStates": [{ "actionName": "Fetch", "latestExecution": {
                "status": "Succeeded", "lastStatusChange": 1_795_342_530.0, "summary": "First" } }] },
            { "stageName": "Deploy", "inboundTransitionState": { "enabled": false },
              "actionStates": [{ "actionName": "Copy" }] } ] });
        let (mut answer, mut words) = (Vec::new(), Vec::new());
        show(&state, &mut Output { answer: &mut answer, words: &mut words }).expect("shown");
        let expect = format!(
            "\
STAGE            ACTION  STATUS     SINCE                     EXECUTION                             SUMMARY
Source           Fetch   Succeeded  2026-11-22T10:15:30.000Z  {execution}  First
Deploy (closed)  Copy    -          -                         -                                     -
"
        );
        assert_eq!(String::from_utf8(answer).expect("text"), expect);
    }
}

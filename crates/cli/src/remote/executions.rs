//! `towpath executions`: those of a pipeline, and the timeline of one.

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use domain::{ExecutionId, PipelineName};
use serde_json::{Value, json};
use wire::Service;
use wire::codepipeline::GetPipelineExecutionInput;

use super::listing::{ListFlags, Listing};
use super::table::{fields, moment, span, text};
use super::{Client, ClientError, Folder, Output};

/// Flags of `executions`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// The executions of a pipeline, newest first
    List {
        /// The pipeline's name
        pipeline: String,
        #[command(flatten)]
        flags: ListFlags,
    },
    /// One execution and its actions, in the order in which they began
    Show {
        /// The pipeline's name
        pipeline: String,
        /// The execution's id
        #[arg(value_name = "EXECUTION")]
        execution: String,
        /// The API's JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

static EXECUTIONS: Listing = Listing {
    service: Service::CodePipeline,
    operation: "ListPipelineExecutions",
    member: "pipelineExecutionSummaries",
    columns: &[
        ("EXECUTION", |row| text(row, "pipelineExecutionId")),
        ("STATUS", |row| text(row, "status")),
        ("STARTED", |row| moment(row, "startTime")),
        ("UPDATED", |row| moment(row, "lastUpdateTime")),
        ("TRIGGER", |row| text(&row["trigger"], "triggerType")),
        ("REVISION", revisions),
    ],
    nothing: "no executions yet; a push starts one, or `aws codepipeline start-pipeline-execution`",
};

/// Every attempt at an action, newest first.
static ACTIONS: Listing = Listing {
    service: Service::CodePipeline,
    operation: "ListActionExecutions",
    member: "actionExecutionDetails",
    columns: &[
        ("STAGE", |row| text(row, "stageName")),
        ("ACTION", |row| text(row, "actionName")),
        ("STATUS", |row| text(row, "status")),
        ("STARTED", |row| moment(row, "startTime")),
        ("TOOK", |row| span(row, "startTime", "lastUpdateTime")),
        ("SUMMARY", summary),
    ],
    nothing: "no action has begun yet",
};

/// Runs the command.
///
/// # Errors
/// The server refused or does not answer, or the output is closed.
pub async fn run(arguments: Arguments, out: &mut Output<'_>) -> Result<()> {
    let client = Client::open(&arguments.folder)?;
    match arguments.action {
        Action::List { pipeline, flags } => {
            EXECUTIONS.show(&client, json!({ "pipelineName": pipeline }), &flags, out).await
        }
        Action::Show { pipeline, execution, json } => {
            show(&client, &pipeline.as_str().into(), &execution.as_str().into(), json, out).await
        }
    }
}

async fn show(
    client: &Client,
    pipeline: &PipelineName,
    id: &ExecutionId,
    json: bool,
    out: &mut Output<'_>,
) -> Result<()> {
    let (pipeline_name, pipeline_execution_id) = (pipeline.clone(), id.clone());
    let input = GetPipelineExecutionInput { pipeline_name, pipeline_execution_id };
    let mut found: Value =
        client.call(Service::CodePipeline, "GetPipelineExecution", &input).await?;
    let actions = actions(client, pipeline, id).await?;
    if json {
        found[ACTIONS.member] = Value::from(actions);
        return Ok(out.json(&found)?);
    }
    let mut rows = heading(&found["pipelineExecution"]);
    rows.extend(found_by_look(client, id).await?.map(|sentence| ("found", sentence)));
    fields(out.answer, &rows)?;
    out.line("")?;
    Ok(ACTIONS.write(&actions, out)?)
}

/// That nobody told of its push, where it was found by a look; who may not ask why, is not told.
async fn found_by_look(client: &Client, id: &ExecutionId) -> Result<Option<String>, ClientError> {
    let explained = client.call(Service::Towpath, "Explain", &json!({ "id": id })).await;
    let explained: Value = match explained {
        Err(ClientError::Refused(_)) => return Ok(None),
        explained => explained?,
    };
    let reasons = explained["reasons"].as_array().into_iter().flatten();
    let mut found = reasons.filter(|it| it["code"] == "found-by-a-look");
    Ok(found.next().map(|it| text(it, "sentence")))
}

/// Every attempt of an execution, in the order in which they began.
pub(super) async fn actions(
    client: &Client,
    pipeline: &PipelineName,
    id: &ExecutionId,
) -> Result<Vec<Value>, ClientError> {
    let input = json!({ "pipelineName": pipeline, "filter": { "pipelineExecutionId": id } });
    let mut rows = ACTIONS.ask(client, input, usize::MAX).await?.rows;
    rows.reverse();
    Ok(rows)
}

/// The newest execution of a pipeline.
pub(super) async fn latest(client: &Client, pipeline: &PipelineName) -> Result<ExecutionId> {
    let listed = EXECUTIONS.ask(client, json!({ "pipelineName": pipeline }), 1).await?;
    let newest = listed.rows.first();
    let newest = newest.with_context(|| format!("{pipeline} has no execution yet"))?;
    Ok(ExecutionId::new(text(newest, "pipelineExecutionId")))
}

fn heading(execution: &Value) -> Vec<(&'static str, String)> {
    let trigger = &execution["trigger"];
    let revisions = execution["artifactRevisions"].as_array().into_iter().flatten();
    let revision = |row: &Value| {
        let said = [text(row, "name"), text(row, "revisionId"), text(row, "revisionSummary")];
        ("revision", said.join("  "))
    };
    let mut rows = vec![
        ("execution", text(execution, "pipelineExecutionId")),
        (
            "pipeline",
            format!(
                "{} (version {})",
                text(execution, "pipelineName"),
                text(execution, "pipelineVersion")
            ),
        ),
        ("status", text(execution, "status")),
        (
            "trigger",
            format!("{}  {}", text(trigger, "triggerType"), text(trigger, "triggerDetail")),
        ),
    ];
    if !execution["statusSummary"].is_null() {
        rows.push(("because", text(execution, "statusSummary")));
    }
    rows.extend(revisions.map(revision));
    rows
}

fn revisions(row: &Value) -> String {
    let sources = row["sourceRevisions"].as_array().into_iter().flatten();
    let short = |source: &Value| text(source, "revisionId").chars().take(8).collect::<String>();
    let shown: Vec<String> = sources.map(short).collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}

fn summary(row: &Value) -> String {
    let result = &row["output"]["executionResult"];
    match &result["errorDetails"] {
        Value::Null => text(result, "externalExecutionSummary"),
        error => format!("{}: {}", text(error, "code"), text(error, "message")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stands_where_the_summary_would() {
        fn check(result: Value, expect: &str) {
            assert_eq!(summary(&json!({ "output": { "executionResult": result } })), expect);
        }
        check(json!({ "externalExecutionSummary": "all well" }), "all well");
        check(
            json!({ "errorDetails": { "code": "JobFailed", "message": "exit 1" } }),
            "JobFailed: exit 1",
        );
        check(Value::Null, "-");
    }

    #[test]
    fn revisions_are_short_in_a_list() {
        let row = json!({ "sourceRevisions": [{ "revisionId": "0123456789abcdef" }, {}] });
        assert_eq!(revisions(&row), "01234567 -");
        assert_eq!(revisions(&json!({})), "-");
    }
}

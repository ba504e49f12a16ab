//! Action executions as `ListActionExecutions` tells of them, and the stages around them.

use domain::forge_event::CommitInfo;
use domain::reason::FailureCode;
use domain::revision::SourceRevision;
use domain::{ArtifactRef, Digest};
use engine::{AttemptResult, EventKind, Produced};
use operations::attempts::Report;
use serde_json::{Value, json};
use store::AttemptRow;

use crate::world::{CONNECTION, World, pipeline, with_pipeline};

/// A pipeline whose approval names the commit, in a world of its own.
fn world() -> World {
    let mut world = with_pipeline();
    let mut declared = pipeline();
    declared["stages"][0]["actions"][0]["namespace"] = json!("SourceVariables");
    let question = json!({"CustomData": "Deploy #{SourceVariables.CommitId}?"});
    declared["stages"][1]["actions"][0]["configuration"] = question;
    world.call("UpdatePipeline", &json!({"pipeline": declared})).expect("it is good");
    world
}

/// The one attempt that is being performed ends.
fn end(world: &mut World, result: AttemptResult) {
    let mut live = world.list::<AttemptRow>(AttemptRow::live_of(&"server".into(), 10));
    let row = live.pop().expect("an attempt");
    let attempt = row.doc.of.clone();
    let kind = EventKind::AttemptEnded { attempt: attempt.clone(), result };
    let report =
        Report { attempt, kind, effect: None, artifacts: vec![], epoch: row.epoch, nonce: [3; 16] };
    world.take(&report).expect("it is taken");
}

fn failed() -> AttemptResult {
    let message = "the forge is away".to_owned();
    AttemptResult::Failed { code: FailureCode::SystemUnavailable, message }
}

fn fetched() -> AttemptResult {
    let (digest, store) = (Digest::of(b"the files"), "local".to_owned());
    let outputs = [("source".into(), ArtifactRef { digest, size: 9, store })].into();
    let revision = SourceRevision {
        action: "Fetch".into(),
        connection: CONNECTION.into(),
        repository: "ada/engine".into(),
        git_ref: None,
        commit: "a".repeat(40).as_str().into(),
        info: CommitInfo::default(),
        url: None,
        protected: None,
    };
    let variables = [("CommitId".to_owned(), "a".repeat(40))].into();
    let produced = Produced { outputs, variables, revision: Some(revision), ..Produced::default() };
    AttemptResult::Succeeded(Box::new(produced))
}

/// The source fails, is retried and succeeds; the approval waits. Gives the execution's id.
fn until_the_approval(world: &mut World) -> Value {
    let started = world.call("StartPipelineExecution", &json!({"name": "p"})).expect("it starts");
    let id = started["pipelineExecutionId"].clone();
    end(world, failed());
    let retry = json!({"pipelineName": "p", "stageName": "Source", "pipelineExecutionId": id,
        "retryMode": "FAILED_ACTIONS"});
    world.call("RetryStageExecution", &retry).expect("it is retried");
    end(world, fetched());
    id
}

fn listed(world: &mut World, filter: &Value) -> Vec<Value> {
    let input = json!({"pipelineName": "p", "filter": filter});
    let answer = world.call("ListActionExecutions", &input).expect("a list");
    answer["actionExecutionDetails"].as_array().expect("rows").clone()
}

fn told(rows: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.iter().map(|row| (text(&row["actionName"]), text(&row["status"]))).collect()
}

#[test]
fn the_latest_of_each_action_are_fewer_than_all() {
    let world = &mut world();
    let id = until_the_approval(world);
    let range = |range: &str| json!({"latestInPipelineExecution": {"pipelineExecutionId": id, "startTimeRange": range}});
    let all = [("Ask", "InProgress"), ("Fetch", "Succeeded"), ("Fetch", "Failed")];
    let all = all.map(|(action, status)| (action.to_owned(), status.to_owned()));
    assert_eq!(told(&listed(world, &range("All"))), all);
    assert_eq!(told(&listed(world, &range("Latest"))), all[..2]);
    assert_eq!(told(&listed(world, &json!({"pipelineExecutionId": id}))), all);
}

#[test]
fn a_configuration_is_told_as_declared_and_as_resolved() {
    let world = &mut world();
    let id = until_the_approval(world);
    // What is declared later was not what this execution ran.
    world.call("UpdatePipeline", &json!({"pipeline": pipeline()})).expect("it is good");
    let rows = listed(world, &json!({"pipelineExecutionId": id}));
    let input = &rows[0]["input"];
    let declared = json!({"CustomData": "Deploy #{SourceVariables.CommitId}?"});
    assert_eq!(input["configuration"], declared);
    let resolved = json!({"CustomData": format!("Deploy {}?", "a".repeat(40))});
    assert_eq!(input["resolvedConfiguration"], resolved);
    assert_eq!(input["region"], "us-east-1", "it declares none, and runs in the pipeline's");
}

#[test]
fn who_approved_is_told_and_stages_say_what_kind_of_execution_is_in_them() {
    let world = &mut world();
    let id = until_the_approval(world);
    let rows = listed(world, &json!({"pipelineExecutionId": id}));
    assert!(rows.iter().all(|row| row.get("updatedBy").is_none()), "nobody had a hand in it yet");
    let state = world.call("GetPipelineState", &json!({"name": "p"})).expect("a state");
    let stages = state["stageStates"].as_array().expect("stages");
    assert!(stages.iter().all(|it| it["latestExecution"]["type"] == "STANDARD"), "{state}");
    // A second execution comes to the door of the approval's stage.
    world.call("StartPipelineExecution", &json!({"name": "p"})).expect("it starts");
    end(world, fetched());
    let state = world.call("GetPipelineState", &json!({"name": "p"})).expect("a state");
    let approve = &state["stageStates"][1];
    assert_eq!(approve["inboundExecution"]["type"], "STANDARD", "{state}");
    assert_eq!(approve["inboundExecutions"][0]["type"], "STANDARD", "{state}");

    let token = &approve["actionStates"][0]["latestExecution"]["token"];
    let answer = json!({"pipelineName": "p", "stageName": "Approve", "actionName": "Ask",
        "token": token, "result": {"summary": "good", "status": "Approved"}});
    world.call("PutApprovalResult", &answer).expect("it is approved");
    let rows = listed(world, &json!({"pipelineExecutionId": id}));
    assert_eq!(rows[0]["updatedBy"], "arn:aws:iam::000000000000:root");
}

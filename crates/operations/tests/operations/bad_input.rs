//! Bad input as far as it reaches the operations: what was asked, and the class and the words
//! that the caller reads. Nothing of it changes anything.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{ACCOUNT, pipeline, with_pipeline};

/// One row: the service, the operation, its body, and the class and a part of the text that answer.
type Bad = (Service, &'static str, String, &'static str, &'static str);

/// The good pipeline with one thing changed.
fn broken(path: &str, value: Value) -> String {
    let mut declaration = pipeline();
    *declaration.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    json!({"pipeline": declaration}).to_string()
}

/// The good pipeline with one member more.
fn with(path: &str, name: &str, value: Value) -> String {
    let mut declaration = pipeline();
    let parent = declaration.pointer_mut(path).unwrap_or_else(|| panic!("{path}"));
    parent[name] = value;
    json!({"pipeline": declaration}).to_string()
}

/// Inputs that are no input of their operation.
fn unreadable() -> Vec<Bad> {
    let (pipelines, create) = (Service::CodePipeline, "CreatePipeline");
    let serialization = "SerializationException";
    vec![
        (pipelines, create, "{".into(), serialization, ""),
        (pipelines, create, "[]".into(), serialization, ""),
        (pipelines, create, "\u{1}".into(), serialization, ""),
        (pipelines, create, "{\"pipeline\": 7}".into(), serialization, "pipeline"),
        (pipelines, "GetPipeline", "{\"name\": {}}".into(), serialization, "name"),
        (
            pipelines,
            "GetPipeline",
            "{\"name\": \"p\", \"version\": \"one\"}".into(),
            serialization,
            "version",
        ),
        (pipelines, create, "[".repeat(100_000), serialization, ""),
    ]
}

/// Inputs that break a constraint of the model.
fn constrained() -> Vec<Bad> {
    let (pipelines, invalid) = (Service::CodePipeline, "ValidationException");
    let named = |name: &str| json!({"name": name}).to_string();
    let id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    let of = |id: &str| json!({"pipelineName": "p", "pipelineExecutionId": id}).to_string();
    let way = |kind: &str, reason: &str| {
        json!({"pipelineName": "p", "stageName": "Source", "transitionType": kind, "reason": reason})
            .to_string()
    };
    vec![
        (pipelines, "GetPipeline", "{}".into(), invalid, "name"),
        (pipelines, "GetPipeline", named(""), invalid, "name"),
        (pipelines, "GetPipeline", named("a b"), invalid, "name"),
        (pipelines, "GetPipeline", named("../p"), invalid, "name"),
        (pipelines, "GetPipeline", named(&"p".repeat(101)), invalid, "name"),
        (
            pipelines,
            "GetPipeline",
            json!({"name": "p", "version": 0}).to_string(),
            invalid,
            "version",
        ),
        (pipelines, "ListPipelines", json!({"maxResults": 0}).to_string(), invalid, "maxResults"),
        (pipelines, "GetPipelineExecution", of("not an id"), invalid, "pipelineExecutionId"),
        (
            pipelines,
            "StopPipelineExecution",
            json!({"pipelineName": "p", "pipelineExecutionId": id,
            "reason": "r".repeat(201)})
            .to_string(),
            invalid,
            "reason",
        ),
        (pipelines, "DisableStageTransition", way("Sideways", "r"), invalid, "transitionType"),
        (pipelines, "DisableStageTransition", way("Inbound", ""), invalid, "reason"),
        (
            pipelines,
            "RetryStageExecution",
            json!({"pipelineName": "p", "stageName": "Source",
            "pipelineExecutionId": id, "retryMode": "ALL"})
            .to_string(),
            invalid,
            "retryMode",
        ),
        (
            pipelines,
            "PutApprovalResult",
            json!({"pipelineName": "p", "stageName": "Approve",
            "actionName": "Ask", "token": "t", "result": {"summary": "", "status": "Maybe"}})
            .to_string(),
            invalid,
            "status",
        ),
        (
            pipelines,
            "StartPipelineExecution",
            json!({"name": "p", "clientRequestToken": "a b"}).to_string(),
            invalid,
            "clientRequestToken",
        ),
        (
            pipelines,
            "CreatePipeline",
            broken("/stages/0/name", json!("a stage")),
            invalid,
            "stages",
        ),
        (pipelines, "CreatePipeline", broken("/roleArn", json!("admin")), invalid, "roleArn"),
        (pipelines, "CreatePipeline", broken("/artifactStore/type", json!("FTP")), invalid, "type"),
        (
            Service::CodeConnections,
            "CreateConnection",
            json!({"ConnectionName": ""}).to_string(),
            invalid,
            "onnectionName",
        ),
        (
            Service::CodeConnections,
            "CreateConnection",
            json!({"ConnectionName": "c",
            "ProviderType": "SourceForge"})
            .to_string(),
            invalid,
            "roviderType",
        ),
        (
            Service::CodeConnections,
            "GetConnection",
            json!({"ConnectionArn": "x"}).to_string(),
            invalid,
            "onnectionArn",
        ),
    ]
}

/// Pipelines that keep every constraint and still make no sense.
fn senseless() -> Vec<Bad> {
    let (pipelines, update) = (Service::CodePipeline, "UpdatePipeline");
    let structure = "InvalidStructureException";
    let (stages, action) =
        ("InvalidStageDeclarationException", "InvalidActionDeclarationException");
    let (stage, invalid) = (json!({"name": "Source", "actions": []}), "ValidationException");
    let (source, kind) = ("/stages/0/actions/0", "/stages/0/actions/0/actionTypeId");
    vec![
        (pipelines, update, broken("/stages", json!([])), structure, "stages"),
        (pipelines, update, broken("/stages/1", stage), stages, "declared twice"),
        (pipelines, update, broken("/stages/1/name", json!("Source")), stages, "Source"),
        (
            pipelines,
            update,
            broken(&format!("{kind}/provider"), json!("Telepathy")),
            action,
            "Telepathy",
        ),
        (pipelines, update, broken(&format!("{kind}/version"), json!("9")), action, "9"),
        (pipelines, update, with(source, "inputArtifacts", json!([{"name": "x"}])), action, "x"),
        (
            pipelines,
            update,
            with("/stages/1/actions/0", "inputArtifacts", json!([{"name": "x"}])),
            action,
            "x",
        ),
        (
            pipelines,
            update,
            broken(&format!("{source}/outputArtifacts"), json!([])),
            action,
            "outputArtifacts",
        ),
        (pipelines, update, with(source, "runOrder", json!(0)), invalid, "runOrder"),
        (
            pipelines,
            update,
            broken("/triggers/0/gitConfiguration/sourceActionName", json!("Nobody")),
            structure,
            "Nobody",
        ),
        (
            pipelines,
            update,
            broken("/artifactStore/location", json!("Capital-Letters")),
            structure,
            "Capital",
        ),
        (pipelines, update, broken("/pipelineType", json!("V1")), structure, "V2"),
        (pipelines, update, with("", "surprise", json!(1)), invalid, "surprise"),
        (pipelines, update, with(source, "configuration", json!({})), action, "ConnectionArn"),
    ]
}

#[test]
fn bad_input_is_answered_with_its_class_and_says_what_would_be_right() {
    let rows: Vec<Bad> = [unreadable(), constrained(), senseless()].into_iter().flatten().collect();
    let mut world = with_pipeline();
    let mut wrong = Vec::new();
    for (service, operation, body, code, words) in &rows {
        let shown: String = body.chars().take(100).collect();
        match world.ask(ACCOUNT, *service, operation, body) {
            Ok(_) => wrong.push(format!("{operation} {shown}: taken")),
            Err(refused) if refused.code != *code || !refused.message.contains(words) => {
                wrong.push(format!("{operation} {shown}: {refused}"));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let left = world.call("GetPipeline", &json!({"name": "p"})).expect("it is there");
    assert_eq!(left["pipeline"]["version"], 1, "nothing of it changed anything");
}

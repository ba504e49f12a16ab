//! The table and the wire name the same operations, and none answers for another account.

use operations::table::ROWS;
use serde_json::json;
use wire::Service;

use crate::world::{ACCOUNT, CONNECTION, OTHER, with_pipeline};

#[test]
fn every_operation_that_is_spoken_means_something_and_nothing_else_does() {
    for service in Service::ALL {
        let mut spoken: Vec<&str> = service.operations().iter().map(|it| it.name).collect();
        let rows = ROWS.iter().filter(|row| row.service == service);
        let mut meant: Vec<&str> = rows.map(|row| row.name).collect();
        spoken.sort_unstable();
        meant.sort_unstable();
        assert_eq!(spoken, meant, "{service:?}");
    }
}

/// What these act on is always the caller's own: their input names no resource of an account, or
/// they list what the account has. Every other operation is asked for another account's.
const OWN_BY_NATURE: &[&str] = &[
    "GetCallerIdentity",
    "ListPipelines",
    "CreateConnection",
    "ListConnections",
    "CreateHost",
    "ListHosts",
    "ListDeliveries",
    "ListBuckets",
    "Backup",
    "ListRegistrations",
    "CreateConsoleLink",
    "CreateAccessKey",
    "ListAccessKeys",
    "CreatePipeline",
];

/// Asked by a stranger for what the first account has, each says that it is not there, or that
/// it is not the stranger's.
#[test]
fn every_operation_refuses_a_stranger_or_names_nothing_of_anybodys() {
    let pipeline = "arn:aws:codepipeline:us-east-1:000000000000:p";
    let host = "arn:aws:codeconnections:us-east-1:000000000000:host/h/aaaaaaaa";
    let id = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    let tags = json!([{"key": "k", "value": "v"}]);
    let upper = json!([{"Key": "k", "Value": "v"}]);
    let of_stage = json!({"pipelineName": "p", "stageName": "Source", "transitionType": "Inbound",
        "reason": "r", "pipelineExecutionId": id, "retryMode": "FAILED_ACTIONS"});
    let inputs = [
        ("GetPipeline", json!({"name": "p"})),
        ("UpdatePipeline", json!({"pipeline": crate::world::pipeline()})),
        ("StartPipelineExecution", json!({"name": "p"})),
        ("StopPipelineExecution", json!({"pipelineName": "p", "pipelineExecutionId": id})),
        ("RetryStageExecution", of_stage.clone()),
        (
            "PutApprovalResult",
            json!({"pipelineName": "p", "stageName": "Approve",
            "actionName": "Ask", "token": id, "result": {"summary": "", "status": "Approved"}}),
        ),
        ("EnableStageTransition", of_stage.clone()),
        ("DisableStageTransition", of_stage),
        ("GetPipelineState", json!({"name": "p"})),
        ("GetPipelineExecution", json!({"pipelineName": "p", "pipelineExecutionId": id})),
        ("ListPipelineExecutions", json!({"pipelineName": "p"})),
        ("ListActionExecutions", json!({"pipelineName": "p"})),
        ("GetConnection", json!({"ConnectionArn": CONNECTION})),
        ("DeleteConnection", json!({"ConnectionArn": CONNECTION})),
        ("GetHost", json!({"HostArn": host})),
        ("UpdateHost", json!({"HostArn": host, "ProviderEndpoint": "https://x.example.com"})),
        ("DeleteHost", json!({"HostArn": host})),
        ("StartConnectionHandshake", json!({"connectionArn": CONNECTION})),
    ];
    let mut checked = 0;
    for row in ROWS.iter().filter(|row| !OWN_BY_NATURE.contains(&row.name)) {
        let known =
            inputs.iter().find(|(name, _)| *name == row.name).map(|(_, input)| input.clone());
        let arn = if row.service == Service::CodePipeline { pipeline } else { CONNECTION };
        let input = match (row.name, row.service, known) {
            (_, _, Some(input)) => input,
            ("TagResource", Service::CodePipeline, _) => json!({"resourceArn": arn, "tags": tags}),
            ("TagResource", ..) => json!({"ResourceArn": arn, "Tags": upper}),
            ("UntagResource", Service::CodePipeline, _) => {
                json!({"resourceArn": arn, "tagKeys": ["k"]})
            }
            ("UntagResource", ..) => json!({"ResourceArn": arn, "TagKeys": ["k"]}),
            ("ListTagsForResource", Service::CodePipeline, _) => json!({"resourceArn": arn}),
            ("ListTagsForResource", ..) => json!({"ResourceArn": arn}),
            _ => continue,
        };
        let mut world = with_pipeline();
        let refused = world.ask(OTHER, row.service, row.name, &input.to_string());
        let refused = refused.expect_err(row.name);
        let plain =
            ["AccessDenied", "NotFound", "ConflictException", "InvalidStructure", "InvalidArn"];
        assert!(plain.iter().any(|it| refused.code.contains(it)), "{}: {refused}", row.name);
        let left = world.call("GetPipeline", &json!({"name": "p"}));
        assert!(left.is_ok(), "{} touched the pipeline", row.name);
        checked += 1;
    }
    assert!(checked >= 25, "{checked} operations were asked");
}

/// A name is its account's own: the same one elsewhere is another pipeline.
#[test]
fn deleting_by_a_strangers_hand_deletes_nothing() {
    let mut world = with_pipeline();
    let input = json!({"name": "p"}).to_string();
    world.ask(OTHER, Service::CodePipeline, "DeletePipeline", &input).expect("it succeeds");
    let got = world.ask(ACCOUNT, Service::CodePipeline, "GetPipeline", &input);
    assert_eq!(got.expect("it is there")["pipeline"]["name"], "p");
}

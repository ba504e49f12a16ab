//! Each refusal of the engine and of the operations, as the class that the API documents.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{ACCOUNT, CONNECTION, OTHER, World, pipeline, with_pipeline};

const NOBODY: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

fn check(world: &mut World, operation: &str, input: Value, code: &str) {
    let refused = world.call(operation, &input).expect_err(operation);
    assert_eq!(refused.code, code, "{operation}: {refused}");
    assert!(refused.message.len() > 10, "it says why: {refused}");
}

#[test]
fn pipelines() {
    let world = &mut with_pipeline();
    check(world, "CreatePipeline", json!({"pipeline": pipeline()}), "PipelineNameInUseException");
    check(world, "GetPipeline", json!({"name": "q"}), "PipelineNotFoundException");
    let ninth = json!({"name": "p", "version": 9});
    check(world, "GetPipeline", ninth, "PipelineVersionNotFoundException");
    let mut unknown = pipeline();
    unknown["name"] = json!("q");
    check(world, "UpdatePipeline", json!({"pipeline": unknown}), "InvalidStructureException");
    let mut lone = pipeline();
    lone["stages"].as_array_mut().expect("stages").pop();
    check(world, "UpdatePipeline", json!({"pipeline": lone}), "InvalidStructureException");
    let again = json!({"nextToken": "made up"});
    check(world, "ListPipelines", again, "InvalidNextTokenException");
    let gone = world.call("DeletePipeline", &json!({"name": "q"}));
    assert!(gone.is_ok(), "deleting what is not there succeeds");
}

#[test]
fn a_backup_of_every_account_is_the_first_ones_alone() {
    let world = &mut with_pipeline();
    let input = json!({"path": "/srv/backup"}).to_string();
    world.ask(ACCOUNT, Service::Towpath, "Backup", &input).expect("the first account may");
    let refused = world.ask(OTHER, Service::Towpath, "Backup", &input).expect_err("it is not");
    assert_eq!((&*refused.code, refused.status), ("AccessDeniedException", 403), "{refused}");
    assert!(refused.message.contains("account 000000000000"), "{refused}");
}

#[test]
fn executions() {
    let world = &mut with_pipeline();
    check(world, "StartPipelineExecution", json!({"name": "q"}), "PipelineNotFoundException");
    let of = json!({"pipelineName": "p", "pipelineExecutionId": NOBODY});
    check(world, "GetPipelineExecution", of.clone(), "PipelineExecutionNotFoundException");
    check(world, "StopPipelineExecution", of, "PipelineExecutionNotStoppableException");
    let unknown = json!({"name": "p", "variables": [{"name": "Nope", "value": "x"}]});
    check(world, "StartPipelineExecution", unknown, "ValidationException");
    let given = |value: &str| json!({"name": "Region", "value": value});
    let twice = json!({"name": "p", "variables": [given("here"), given("there")]});
    check(world, "StartPipelineExecution", twice, "ValidationException");

    let started = world.call("StartPipelineExecution", &json!({"name": "p"})).expect("it starts");
    let id = started["pipelineExecutionId"].as_str().expect("an id").to_owned();
    let retry = |stage: &str| {
        json!({"pipelineName": "p", "stageName": stage, "pipelineExecutionId": id,
            "retryMode": "FAILED_ACTIONS"})
    };
    check(world, "RetryStageExecution", retry("Nowhere"), "StageNotFoundException");
    check(world, "RetryStageExecution", retry("Source"), "StageNotRetryableException");
    let stop = json!({"pipelineName": "p", "pipelineExecutionId": id});
    world.call("StopPipelineExecution", &stop).expect("it stops");
    check(world, "StopPipelineExecution", stop.clone(), "DuplicatedStopRequestException");
    let abandon = json!({"pipelineName": "p", "pipelineExecutionId": id, "abandon": true});
    world.call("StopPipelineExecution", &abandon).expect("it is abandoned");
    check(world, "StopPipelineExecution", stop, "PipelineExecutionNotStoppableException");
}

#[test]
fn approvals_and_transitions() {
    let world = &mut with_pipeline();
    let answer = |stage: &str, action: &str| {
        json!({"pipelineName": "p", "stageName": stage, "actionName": action, "token": NOBODY,
            "result": {"summary": "", "status": "Approved"}})
    };
    check(world, "PutApprovalResult", answer("Nowhere", "Ask"), "StageNotFoundException");
    check(world, "PutApprovalResult", answer("Approve", "Nobody"), "ActionNotFoundException");
    check(world, "PutApprovalResult", answer("Approve", "Ask"), "InvalidApprovalTokenException");
    let close = |stage: &str, way: &str| json!({"pipelineName": "p", "stageName": stage, "transitionType": way, "reason": "r"});
    let operation = "DisableStageTransition";
    check(world, operation, close("Nowhere", "Inbound"), "StageNotFoundException");
    check(world, operation, close("Approve", "Outbound"), "StageNotFoundException");
}

#[test]
fn connections_hosts_and_buckets() {
    let world = &mut World::new();
    let mut check = |service: Service, operation: &str, input: Value, code: &str| {
        let refused = world.ask(OTHER, service, operation, &input.to_string());
        let refused = refused.expect_err(operation);
        assert_eq!(refused.code, code, "{operation}: {refused}");
    };
    let (connections, towpath) = (Service::CodeConnections, Service::Towpath);
    let theirs = CONNECTION.replace(ACCOUNT, OTHER);
    let missing = "ResourceNotFoundException";
    check(connections, "GetConnection", json!({"ConnectionArn": theirs}), missing);
    check(connections, "DeleteConnection", json!({"ConnectionArn": theirs}), missing);
    check(
        connections,
        "GetConnection",
        json!({"ConnectionArn": CONNECTION}),
        "AccessDeniedException",
    );
    let neither = json!({"ConnectionName": "c"});
    check(connections, "CreateConnection", neither, "ValidationException");
    let hostless = json!({"ConnectionName": "c", "ProviderType": "GitHubEnterpriseServer"});
    check(connections, "CreateConnection", hostless, "ValidationException");
    let host = format!("arn:aws:codeconnections:us-east-1:{OTHER}:host/h/aaaaaaaa");
    check(connections, "GetHost", json!({"HostArn": host}), missing);
    let of_host = json!({"ConnectionName": "c", "HostArn": host});
    check(connections, "CreateConnection", of_host, missing);
    check(towpath, "CreateBucket", json!({"bucketName": "console"}), "InvalidBucketName");
}

/// Whoever looks for the member that a message names finds it in what they sent.
#[test]
fn a_hosts_endpoint_has_one_name_whatever_is_wrong_with_it() {
    let world = &mut World::new();
    for endpoint in ["", "https://git.example.com/path"] {
        let input = json!({"Name": "h", "ProviderType": "GitHubEnterpriseServer",
            "ProviderEndpoint": endpoint});
        let service = Service::CodeConnections;
        let refused = world.ask(ACCOUNT, service, "CreateHost", &input.to_string());
        let refused = refused.expect_err("it is no endpoint");
        assert!(refused.message.contains("at 'providerEndpoint' failed"), "{refused}");
    }
}

#[test]
fn the_systems_own_tags_are_not_taken_away() {
    let world = &mut with_pipeline();
    let arn = format!("arn:aws:codepipeline:us-east-1:{ACCOUNT}:p");
    let untag = |key: &str| json!({"resourceArn": arn, "tagKeys": ["team", key]});
    check(world, "UntagResource", untag("aws:x"), "InvalidTagsException");
    world.call("UntagResource", &untag("other")).expect("what is not there may go");
    let input = json!({"ResourceArn": CONNECTION, "TagKeys": ["AWS:x"]}).to_string();
    let refused = world.ask(ACCOUNT, Service::CodeConnections, "UntagResource", &input);
    assert_eq!(refused.expect_err("it is the system's").code, "ValidationException");
}

#[test]
fn the_same_request_token_starts_once() {
    let mut world = with_pipeline();
    let input = json!({"name": "p", "clientRequestToken": NOBODY});
    let first = world.call("StartPipelineExecution", &input).expect("it starts");
    let second = world.call("StartPipelineExecution", &input).expect("it is the same");
    assert_eq!(first, second);
    assert_eq!(world.executions("p").len(), 1);

    // Another pipeline may have the name later; its requests are others.
    let declared = world.call("GetPipeline", &json!({"name": "p"})).expect("it is there");
    world.call("DeletePipeline", &json!({"name": "p"})).expect("it goes");
    let again = json!({"pipeline": declared["pipeline"]});
    world.call("CreatePipeline", &again).expect("it is made again");
    let third = world.call("StartPipelineExecution", &input).expect("it starts");
    assert_ne!(first, third);
}

#[test]
fn connections_and_hosts_beyond_the_quotas() {
    let world = &mut World::new();
    let mut last = |operation: &str, count: usize, input: &dyn Fn(usize) -> Value| {
        for n in 0..count {
            let made =
                world.ask(ACCOUNT, Service::CodeConnections, operation, &input(n).to_string());
            made.expect("there is room");
        }
        let more = input(count).to_string();
        let refused = world.ask(ACCOUNT, Service::CodeConnections, operation, &more);
        let refused = refused.expect_err("there is no more room");
        assert_eq!(refused.code, "LimitExceededException", "{refused}");
    };
    let host = |n: usize| {
        json!({
            "Name": format!("h{n}"), "ProviderType": "GitLabSelfManaged",
            "ProviderEndpoint": format!("https://git{n}.example.com/gitlab"),
        })
    };
    last("CreateHost", 50, &host);
    // The account has one connection already.
    let connection =
        |n: usize| json!({ "ConnectionName": format!("c{n}"), "ProviderType": "GitHub" });
    last("CreateConnection", 249, &connection);
}

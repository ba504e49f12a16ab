//! Put in as the input of a call that was signed well. The caller sees an exception of the
//! documented class.

use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, approval};
use wire::Service::{self, CodeConnections, CodePipeline, Towpath};

use super::{Table, refusal};

const NONE: &str = "00000000-0000-4000-8000-000000000000";
const NOBODY: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/\
                      00000000-0000-4000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_about_something_that_is_not_there_or_not_so_is_refused() {
    let world = World::start().await;
    let connection = world.connect().await;
    let declared = app(&connection, approval("Review"));
    world.create(&declared).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Review", "InProgress").await;
    let answer = |token: &str| {
        json!({
            "pipelineName": "app", "stageName": "Next", "actionName": "Review", "token": token,
            "result": { "status": "Approved", "summary": "" },
        })
    };
    let of = |execution: &str| json!({ "pipelineName": "app", "pipelineExecutionId": execution });
    let transition = |stage: &str| {
        json!({
            "pipelineName": "app", "stageName": stage, "transitionType": "Inbound", "reason": "no",
        })
    };
    let retry = json!({
        "pipelineName": "app", "stageName": "Next", "pipelineExecutionId": execution,
        "retryMode": "FAILED_ACTIONS",
    });
    let start = |variable: &str| {
        json!({
            "name": "app", "variables": [{ "name": variable, "value": "x" }],
        })
    };
    let tags = |tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| json!({ "key": key, "value": value }));
        let arn = "arn:aws:codepipeline:us-east-1:000000000000:app";
        json!({ "resourceArn": arn, "tags": tags.collect::<Vec<_>>() })
    };
    let host = |endpoint: &str| {
        json!({
            "Name": "git", "ProviderType": "GitHubEnterpriseServer", "ProviderEndpoint": endpoint,
        })
    };
    let rows: Vec<(&str, Service, &str, Value, &[&str])> = vec![
        (
            "a pipeline that is not there",
            CodePipeline,
            "GetPipeline",
            json!({ "name": "none" }),
            &["PipelineNotFoundException", "none"],
        ),
        (
            "its state",
            CodePipeline,
            "GetPipelineState",
            json!({ "name": "none" }),
            &["PipelineNotFoundException"],
        ),
        (
            "starting it",
            CodePipeline,
            "StartPipelineExecution",
            json!({ "name": "none" }),
            &["PipelineNotFoundException"],
        ),
        (
            "a name in use",
            CodePipeline,
            "CreatePipeline",
            json!({ "pipeline": declared }),
            &["PipelineNameInUseException", "already exists"],
        ),
        (
            "an execution that is not there",
            CodePipeline,
            "GetPipelineExecution",
            of(NONE),
            &["PipelineExecutionNotFoundException", NONE],
        ),
        ("stopping it", CodePipeline, "StopPipelineExecution", of(NONE), &[NONE]),
        (
            "another token",
            CodePipeline,
            "PutApprovalResult",
            answer(NONE),
            &["InvalidApprovalTokenException", "GetPipelineState"],
        ),
        ("a token that is none", CodePipeline, "PutApprovalResult", answer("x"), &["token"]),
        (
            "a stage that is not there",
            CodePipeline,
            "DisableStageTransition",
            transition("None"),
            &["StageNotFoundException", "None"],
        ),
        (
            "retrying what has not failed",
            CodePipeline,
            "RetryStageExecution",
            retry,
            &["StageNotRetryableException"],
        ),
        (
            "a variable of nobody's",
            CodePipeline,
            "StartPipelineExecution",
            start("None"),
            &["ValidationException", "declares no variable None"],
        ),
        (
            "a page of nobody's",
            CodePipeline,
            "ListPipelines",
            json!({ "nextToken": "forged" }),
            &["InvalidNextTokenException"],
        ),
        (
            "a page of no size",
            CodePipeline,
            "ListPipelines",
            json!({ "maxResults": 0 }),
            &["ValidationException", "maxResults"],
        ),
        (
            "a connection that is not there",
            CodeConnections,
            "GetConnection",
            json!({ "ConnectionArn": NOBODY }),
            &["404", "ResourceNotFoundException"],
        ),
        (
            "an ARN that is none",
            CodeConnections,
            "GetConnection",
            json!({ "ConnectionArn": "x" }),
            &["'connectionArn'"],
        ),
        (
            "no provider",
            CodeConnections,
            "CreateConnection",
            json!({ "ConnectionName": "c" }),
            &["ProviderType"],
        ),
        (
            "a provider without its host",
            CodeConnections,
            "CreateConnection",
            json!({ "ConnectionName": "c", "ProviderType": "GitHubEnterpriseServer" }),
            &["HostArn"],
        ),
        (
            "a host that is no URL",
            CodeConnections,
            "CreateHost",
            json!({ "Name": "h", "ProviderType": "GitHubEnterpriseServer", "ProviderEndpoint": "forge" }),
            &["ValidationException", "'providerEndpoint'", "https://"],
        ),
        (
            "a connection of nobody's in a handshake",
            Towpath,
            "StartConnectionHandshake",
            json!({ "connectionArn": NOBODY }),
            &["ResourceNotFoundException"],
        ),
        (
            "a bucket with a path's name",
            Towpath,
            "CreateBucket",
            json!({ "bucketName": "console" }),
            &["console"],
        ),
        (
            "a tag twice",
            CodePipeline,
            "TagResource",
            tags(&[("team", "a"), ("team", "b")]),
            &["InvalidTagsException", "'team' stands there twice"],
        ),
        (
            "a tag of the system's",
            CodePipeline,
            "TagResource",
            tags(&[("aws:team", "a")]),
            &["InvalidTagsException", "system tags"],
        ),
        (
            "tags of another account",
            CodePipeline,
            "ListTagsForResource",
            json!({ "resourceArn": "arn:aws:codepipeline:us-east-1:111111111111:app" }),
            &["AccessDeniedException", "codepipeline:ListTagsForResource"],
        ),
        (
            "a transition sideways",
            CodePipeline,
            "DisableStageTransition",
            json!({
                "pipelineName": "app", "stageName": "Next", "transitionType": "Sideways", "reason": "no",
            }),
            &["ValidationException", "transitionType", "[Inbound, Outbound]"],
        ),
        (
            "a reason with a script in it",
            CodePipeline,
            "DisableStageTransition",
            json!({
                "pipelineName": "app", "stageName": "Next", "transitionType": "Inbound",
                "reason": "<script>",
            }),
            &["ValidationException", "'reason'"],
        ),
        (
            "an execution's id that is none",
            CodePipeline,
            "GetPipelineExecution",
            of("latest"),
            &["ValidationException", "pipelineExecutionId"],
        ),
        (
            "an option for a commit",
            CodePipeline,
            "StartPipelineExecution",
            json!({ "name": "app", "sourceRevisions": [{
                "actionName": "Fetch", "revisionType": "COMMIT_ID", "revisionValue": "--upload-pack=x",
            }] }),
            &["ValidationException", "sourceRevisions for action Fetch", "whole commit id"],
        ),
        (
            "a commit for nobody",
            CodePipeline,
            "StartPipelineExecution",
            json!({ "name": "app", "sourceRevisions": [{
                "actionName": "Nobody", "revisionType": "COMMIT_ID", "revisionValue": "a".repeat(40),
            }] }),
            &["ValidationException", "no source action of this name"],
        ),
        (
            "a request token with a blank",
            CodePipeline,
            "StartPipelineExecution",
            json!({ "name": "app", "clientRequestToken": "not valid" }),
            &["ValidationException", "clientRequestToken"],
        ),
        (
            "a host with a password",
            CodeConnections,
            "CreateHost",
            host("https://ada:hunter2@git.example.com"),
            &["ValidationException", "providerEndpoint", "Value at", "no password"],
        ),
        (
            "a host that is the cloud's own",
            CodeConnections,
            "CreateHost",
            host("http://169.254.169.254"),
            &["ValidationException", "providerEndpoint", "link-local", "https://git.example.com"],
        ),
        (
            "a host that is a file",
            CodeConnections,
            "CreateHost",
            host("file:///etc/passwd"),
            &["ValidationException", "providerEndpoint", "scheme and host without a path"],
        ),
        (
            "a connection's name too long",
            CodeConnections,
            "CreateConnection",
            json!({ "ConnectionName": "a".repeat(33), "ProviderType": "GitHub" }),
            &["ValidationException", "connectionName", "32"],
        ),
        (
            "a bucket in capitals",
            Towpath,
            "CreateBucket",
            json!({ "bucketName": "Site" }),
            &["bucketName"],
        ),
        (
            "an outcome that is none",
            Towpath,
            "ListDeliveries",
            json!({ "outcome": "lost" }),
            &["outcome"],
        ),
        ("why of nothing", Towpath, "Explain", json!({ "id": "dlv-none" }), &["dlv-none"]),
    ];
    let mut table = Table::of("calls");
    for (what, service, operation, input, expect) in rows {
        let error = world.refused(service, operation, &input).await;
        table.row(what, &refusal(&error), expect);
    }
    world.answer("app", "Next", "Review", "Approved").await.expect("it is open");
    world.settle().await;
    for (what, abandon) in [("stopping what is over", false), ("giving it up", true)] {
        let asked =
            json!({ "pipelineName": "app", "pipelineExecutionId": execution, "abandon": abandon });
        let error = world.refused(CodePipeline, "StopPipelineExecution", &asked).await;
        let expect = ["PipelineExecutionNotStoppableException", "Succeeded"];
        table.row(what, &refusal(&error), &expect);
    }
    table.end();
}

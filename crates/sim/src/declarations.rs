//! The two pipelines of every story, and what they watch.

use domain::forge_event::GitRef;
use serde_json::{Value, json};

pub const ACCOUNT: &str = "000000000000";
pub const CONNECTION: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
pub const REPOSITORY: &str = "ada/engine";
pub const MAIN: &str = "refs/heads/main";
pub const DEV: &str = "refs/heads/dev";
pub const TAG: &str = "refs/tags/v1";

/// Four stages with everything that waits: people, several actions, a bucket.
pub const LONG: &str = "long";
/// Two stages, started by its triggers.
pub const SHORT: &str = "short";

/// A pipeline's declaration. Variants 0 and 1 differ in what changes no structure, 2 in what does.
pub fn declaration(name: &str, variant: usize) -> Value {
    match name {
        LONG => long(variant),
        _ => short(variant),
    }
}

/// Whether a push to the ref starts the pipeline.
pub fn starts(pipeline: &str, git_ref: &GitRef) -> bool {
    let name = git_ref.full();
    name == MAIN || (pipeline == SHORT && name == TAG)
}

fn long(variant: usize) -> Value {
    let mut build = vec![
        commands("Compile", 1, "make #{SourceVariables.CommitId}", "built"),
        commands("Test", 1, "echo #{variables.Greeting}", ""),
        commands("Package", 2, "echo #{codepipeline.PipelineExecutionId}", ""),
    ];
    if variant == 2 {
        build.push(commands("Sign", 2, "true", ""));
    }
    json!({
        "name": LONG, "roleArn": "arn:aws:iam::000000000000:role/r", "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "variables": [{"name": "Greeting", "defaultValue": if variant == 1 { "ho" } else { "hello" }}],
        "stages": [
            {"name": "Source", "actions": [source()]},
            {"name": "Build", "actions": build},
            {"name": "Approve", "actions": [{
                "name": "Ask", "timeoutInMinutes": 60,
                "actionTypeId": kind("Approval", "Manual"),
            }]},
            {"name": "Deploy", "actions": [{
                "name": "Put", "actionTypeId": kind("Deploy", "S3"),
                "configuration": {"BucketName": "artifacts", "Extract": "true"},
                "inputArtifacts": [{"name": "built"}],
            }]},
        ],
    })
}

fn short(variant: usize) -> Value {
    let command = if variant == 2 { "make all" } else { "make" };
    let tags = if variant == 1 { json!(["v*", "w*"]) } else { json!(["v*"]) };
    json!({
        "name": SHORT, "roleArn": "arn:aws:iam::000000000000:role/r", "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
            "sourceActionName": "Fetch",
            "push": [
                // Any file will do: what is known of the files changes when it starts, not whether.
                {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["**"]}},
                {"tags": {"includes": tags}},
            ],
        }}],
        "stages": [
            {"name": "Source", "actions": [source()]},
            {"name": "Build", "actions": [commands("Compile", 1, command, "")]},
        ],
    })
}

fn source() -> Value {
    json!({
        "name": "Fetch", "namespace": "SourceVariables",
        "actionTypeId": kind("Source", "CodeStarSourceConnection"),
        "configuration": {
            "ConnectionArn": CONNECTION, "FullRepositoryId": REPOSITORY, "BranchName": "main",
        },
        "outputArtifacts": [{"name": "source"}],
    })
}

fn commands(name: &str, order: u32, command: &str, output: &str) -> Value {
    let outputs = match output {
        "" => json!([]),
        name => json!([{"name": name, "files": ["**/*"]}]),
    };
    json!({
        "name": name, "runOrder": order, "commands": [command],
        "actionTypeId": kind("Compute", "Commands"),
        "inputArtifacts": [{"name": "source"}], "outputArtifacts": outputs,
    })
}

fn kind(category: &str, provider: &str) -> Value {
    json!({"category": category, "owner": "AWS", "provider": provider, "version": "1"})
}

//! Pipelines as values, for stories to put together and to spoil.

use serde_json::{Value, json};

use crate::forge::REPOSITORY;

/// An action of a type of ours.
pub fn action(name: &str, category: &str, provider: &str) -> Value {
    json!({ "name": name, "actionTypeId": {
        "category": category, "owner": "AWS", "provider": provider, "version": "1",
    }})
}

/// `Fetch`: the practice repository's branch by connection, as the artifact `Code`.
pub fn source(connection: &str, branch: &str) -> Value {
    let mut source = action("Fetch", "Source", "CodeStarSourceConnection");
    source["configuration"] = json!({
        "ConnectionArn": connection, "FullRepositoryId": REPOSITORY, "BranchName": branch,
    });
    source["outputArtifacts"] = json!([{ "name": "Code" }]);
    source["namespace"] = json!("SourceVariables");
    source
}

/// Commands on `Code`.
pub fn commands(name: &str, lines: &[&str]) -> Value {
    let mut commands = action(name, "Compute", "Commands");
    commands["commands"] = json!(lines);
    commands["inputArtifacts"] = json!([{ "name": "Code" }]);
    commands
}

/// A manual approval.
pub fn approval(name: &str) -> Value {
    action(name, "Approval", "Manual")
}

/// A deployment of an artifact's files to a bucket.
pub fn deploy(name: &str, artifact: &str, bucket: &str) -> Value {
    let mut deploy = action(name, "Deploy", "S3");
    deploy["configuration"] = json!({ "BucketName": bucket, "Extract": "true" });
    deploy["inputArtifacts"] = json!([{ "name": artifact }]);
    deploy
}

/// A stage.
pub fn stage(name: &str, actions: &[Value]) -> Value {
    json!({ "name": name, "actions": actions })
}

/// A pipeline of type V2, ready to be created.
pub fn pipeline(name: &str, stages: &[Value]) -> Value {
    json!({
        "name": name, "roleArn": "arn:aws:iam::000000000000:role/pipeline", "pipelineType": "V2",
        "artifactStore": { "type": "S3", "location": "artifacts" },
        "stages": stages,
    })
}

/// `app`: the source on `main`, then one action after it in a stage `Next`.
pub fn app(connection: &str, next: Value) -> Value {
    let stages = [stage("Source", &[source(connection, "main")]), stage("Next", &[next])];
    pipeline("app", &stages)
}

/// A trigger of `Fetch` with these push filters, for `triggers`.
pub fn on_push(filters: Value) -> Value {
    json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": { "sourceActionName": "Fetch", "push": filters },
    }])
}

/// `Fetch`: the practice repository's branch by a token of the action's own, as the artifact `Code`.
pub fn older_source(token: &str, branch: &str) -> Value {
    let (owner, name) = REPOSITORY.split_once('/').expect("an owner's repository");
    let mut source = action("Fetch", "Source", "GitHub");
    source["actionTypeId"]["owner"] = json!("ThirdParty");
    source["configuration"] = json!({
        "Owner": owner, "Repo": name, "Branch": branch, "OAuthToken": token,
    });
    source["outputArtifacts"] = json!([{ "name": "Code" }]);
    source["namespace"] = json!("SourceVariables");
    source
}

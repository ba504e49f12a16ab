//! Put in as a declaration that is well formed and cannot be carried out. The person sees it in the
//! state of the pipeline, as the error of the action.

use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{action, app, commands, deploy};
use wire::Service::CodePipeline;

use super::Table;

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_cannot_go_on_says_so_at_its_action() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut table = Table::of("executions");
    let good = app(&connection, commands("Step", &["true"]));
    world.create(&good).await;
    let set = |member: &str, value: Value| {
        let mut declared = good.clone();
        declared["stages"][0]["actions"][0]["configuration"][member] = value;
        declared
    };
    let step = |step: Value| app(&connection, step);
    let mut missing = commands("Step", &["true"]);
    missing["outputArtifacts"] = json!([{ "name": "Site", "files": ["site/**"] }]);
    let mut recipe = action("Step", "Build", "BitbucketPipelines");
    recipe["inputArtifacts"] = json!([{ "name": "Code" }]);
    let rows: Vec<(&str, Value, &str, &[&str])> = vec![
        (
            "a repository that is not there",
            set("FullRepositoryId", json!("practice/none")),
            "Fetch",
            &["RevisionUnavailable", "practice/none", "not found"],
        ),
        (
            "a branch that is not there",
            set("BranchName", json!("none")),
            "Fetch",
            &["RevisionUnavailable", "has no branch none"],
        ),
        ("a command that fails", step(commands("Step", &["exit 3"])), "Step", &["JobFailed", "3"]),
        (
            "a command that is not there",
            step(commands("Step", &["no-such-program"])),
            "Step",
            &["JobFailed", "127"],
        ),
        ("an artifact that nothing made", step(missing), "Step", &["ConfigurationError", "Site"]),
        (
            "a bucket that is not there",
            step(deploy("Step", "Code", "none")),
            "Step",
            &["ConfigurationError", "there is no bucket none", "towpath buckets create none"],
        ),
        (
            "no bitbucket-pipelines.yml",
            step(recipe),
            "Step",
            &["ConfigurationError", "has no file bitbucket-pipelines.yml"],
        ),
    ];
    for (what, declared, name, expect) in rows {
        world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
        world.settle().await;
        world.begin("app").await;
        world.settle().await;
        let stage = if name == "Fetch" { "Source" } else { "Next" };
        let seen = world.action("app", stage, name).await["errorDetails"].to_string();
        table.row(what, &seen, expect);
        assert_eq!(world.latest("app").await.status, "Failed", "{what}");
    }
    table.end();
}

//! What people do with executions: retry, stop, hold, answer, change the pipeline.

use practice_forge::{Fault, Trouble};
use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, approval, commands, deploy, pipeline, source, stage};
use wire::Service::{CodePipeline, Towpath};

/// A world with the pipeline `app`, whose second stage is this action.
async fn with(next: Value) -> World {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, next)).await;
    world
}

async fn stop(world: &World, execution: &str, abandon: bool) {
    let asked = json!({
        "pipelineName": "app", "pipelineExecutionId": execution, "abandon": abandon,
        "reason": "not today",
    });
    world.must(CodePipeline, "StopPipelineExecution", &asked).await;
}

async fn transition(world: &World, operation: &str) {
    let mut asked = json!({
        "pipelineName": "app", "stageName": "Next", "transitionType": "Inbound",
    });
    if operation == "DisableStageTransition" {
        asked["reason"] = json!("a freeze");
    }
    world.must(CodePipeline, operation, &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_action_is_retried_and_only_that_one() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.must(Towpath, "CreateBucket", &json!({ "bucketName": "there" })).await;
    let both = [deploy("Good", "Code", "there"), deploy("Bad", "Code", "missing")];
    let stages = [stage("Source", &[source(&connection, "main")]), stage("Next", &both)];
    world.create(&pipeline("app", &stages)).await;
    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;

    let failed = world.latest("app").await;
    assert_eq!(failed.status, "Failed");
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "failure"]);
    let why = world.action("app", "Next", "Bad").await["errorDetails"]["message"].to_string();
    assert!(why.contains("there is no bucket missing in this account"), "{why}");

    world.must(Towpath, "CreateBucket", &json!({ "bucketName": "missing" })).await;
    let asked = json!({
        "pipelineName": "app", "stageName": "Next", "pipelineExecutionId": failed.id,
        "retryMode": "FAILED_ACTIONS",
    });
    world.must(CodePipeline, "RetryStageExecution", &asked).await;
    world.settle().await;

    assert_eq!(world.latest("app").await.status, "Succeeded");
    assert_eq!(world.commit_states(commit.as_str()).last().map(String::as_str), Some("success"));
    let mut attempts = world.attempts("app", &failed.id).await;
    attempts.sort();
    assert_eq!(attempts, ["Bad Failed", "Bad Succeeded", "Fetch Succeeded", "Good Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_the_running_action() {
    let world = with(approval("Review")).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Review", "InProgress").await;
    stop(&world, &execution, false).await;
    assert_eq!(world.statuses("app").await, ["Stopping"]);

    world.answer("app", "Next", "Review", "Approved").await.expect("still open");
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Stopped"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_action_ends_with_its_processes() {
    let world = with(commands("Sleep", &["echo asleep", "sleep 600"])).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Sleep", "InProgress").await;
    stop(&world, &execution, true).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Stopped"]);
    assert_eq!(world.action("app", "Next", "Sleep").await["status"], "Abandoned");
    let why = world.why(&execution).await;
    assert!(why.contains("stopped"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_transition_holds_and_the_newer_one_takes_the_place_at_the_door() {
    let world = with(commands("Make", &["true"])).await;
    transition(&world, "DisableStageTransition").await;
    let first = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let held = world.latest("app").await;
    assert_eq!(held.status, "InProgress");
    let why = world.why(&held.id).await;
    assert!(why.contains("a freeze"), "{why}");
    assert_eq!(
        world.stage("app", "Next").await["inboundTransitionState"]["disabledReason"],
        "a freeze"
    );

    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Superseded", "InProgress"]);
    assert_eq!(world.commit_states(first.as_str()), ["pending", "error"]);

    transition(&world, "EnableStageTransition").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Superseded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_way_before_its_source_ran_names_the_commit_that_was_pushed() {
    let world = with(commands("Make", &["true"])).await;
    let path = "upload-pack".to_owned();
    world.forge.trouble(Trouble { fault: Fault::Hang, path, times: None });
    let mut pushed = Vec::new();
    for content in ["1", "2", "3"] {
        pushed.push(world.commit("main", &[("a", content)]).await.to_string());
    }
    let so = async |world: &World| world.statuses("app").await.len() == 3;
    world.until(so).await;
    assert_eq!(world.statuses("app").await, ["InProgress", "Superseded", "InProgress"]);
    let of = world.executions("app").await.into_iter().map(|it| it.commit);
    assert_eq!(of.collect::<Vec<_>>(), pushed);
    let second = world.executions("app").await.swap_remove(1).id;
    let asked = json!({ "pipelineName": "app", "pipelineExecutionId": second });
    let found = world.must(CodePipeline, "GetPipelineExecution", &asked).await;
    let revision = &found["pipelineExecution"]["artifactRevisions"][0];
    assert_eq!((&revision["name"], &revision["revisionId"]), (&json!("Code"), &json!(pushed[1])));
    world.forge.calm();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_approval_fails_the_execution_and_says_who_and_why() {
    let world = with(approval("Review")).await;
    let commit = world.commit("main", &[("a", "1")]).await;
    world.answer("app", "Next", "Review", "Rejected").await.expect("the answer is taken");
    world.settle().await;
    let failed = world.latest("app").await;
    assert_eq!(failed.status, "Failed");
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "failure"]);
    let why = world.action("app", "Next", "Review").await.to_string();
    assert!(why.contains("as the story goes"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nobody_answers_expires() {
    let mut review = approval("Review");
    review["timeoutInMinutes"] = json!(5);
    let world = with(review).await;
    world.begin("app").await;
    world.reaches("app", "Next", "Review", "InProgress").await;
    world.step(299);
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["InProgress"]);
    world.step(30);
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Failed"]);
    let late = world.action("app", "Next", "Review").await["errorDetails"].to_string();
    assert!(late.contains("300") || late.contains("5 minutes"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_changes_cancels_what_runs() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Review"))).await;
    world.begin("app").await;
    world.reaches("app", "Next", "Review", "InProgress").await;

    let renamed = json!({ "pipeline": app(&connection, approval("OtherReview")) });
    world.must(CodePipeline, "UpdatePipeline", &renamed).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Cancelled"]);

    let mut same = app(&connection, approval("OtherReview"));
    world.begin("app").await;
    world.reaches("app", "Next", "OtherReview", "InProgress").await;
    same["variables"] = json!([{ "name": "Later", "defaultValue": "x" }]);
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": same })).await;
    world.answer("app", "Next", "OtherReview", "Approved").await.expect("it runs on");
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Cancelled", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_flow_from_the_caller_the_source_and_the_steps() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut first = commands("First", &["export ANSWER=42", "echo #{variables.Greeting}"]);
    first["namespace"] = json!("FirstSays");
    first["outputVariables"] = json!(["ANSWER"]);
    let mut second = commands(
        "Second",
        &["echo answer #{FirstSays.ANSWER}", "echo branch #{SourceVariables.BranchName}"],
    );
    second["runOrder"] = json!(2);
    let stages = [stage("Source", &[source(&connection, "main")]), stage("Next", &[first, second])];
    let mut declared = pipeline("app", &stages);
    declared["variables"] = json!([{ "name": "Greeting", "defaultValue": "hello" }]);
    world.create(&declared).await;

    let asked =
        json!({ "name": "app", "variables": [{ "name": "Greeting", "value": "good day" }] });
    world.must(CodePipeline, "StartPipelineExecution", &asked).await;
    world.settle().await;
    let run = world.latest("app").await;
    assert_eq!((&*run.status, &*run.trigger), ("Succeeded", "StartPipelineExecution"));
    let said = world.log("app", &run.id, "Next", "First").await;
    assert!(said.contains(&"good day".to_owned()), "{said:#?}");
    let said = world.log("app", &run.id, "Next", "Second").await;
    assert!(said.contains(&"answer 42".to_owned()), "{said:#?}");
    assert!(said.contains(&"branch main".to_owned()), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bitbuckets_own_file_runs_on_the_server() {
    let mut build = testkit::declarations::action("Steps", "Build", "BitbucketPipelines");
    build["inputArtifacts"] = json!([{ "name": "Code" }]);
    let world = with(build).await;
    let recipe = "image: atlassian/default-image:4\npipelines:\n  default:\n    - step:\n        \
                  name: Greet\n        size: 2x\n        script:\n          \
                  - echo on $BITBUCKET_BRANCH\n";
    world.commit("main", &[("bitbucket-pipelines.yml", recipe)]).await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Steps").await;
    assert_eq!(run.status, "Succeeded", "{log:#?}");
    let at = |words: &str| log.iter().position(|line| line.contains(words));
    let said = at("on main").expect("what the step printed");
    for warned in ["bitbucket-pipelines.yml:1:1: warning:", "bitbucket-pipelines.yml:6:9: warning:"]
    {
        assert!(at(warned).is_some_and(|at| at < said), "{warned} in {log:#?}");
    }
}

//! The older source action of GitHub's: a token of its own in the place of a connection.

use std::fs;
use std::path::{Path, PathBuf};

use domain::connection::ProviderType;
use serde_json::{Value, json};
use testkit::declarations::{commands, older_source, pipeline, source, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::{CodeConnections, CodePipeline};

/// A server for which the practice forge stands in for github.com.
async fn github() -> World {
    Scene::default().forge(ProviderType::GitHub).start().await
}

fn app(token: &str, next: Value) -> Value {
    let stages = [stage("Source", &[older_source(token, "main")]), stage("Next", &[next])];
    pipeline("app", &stages)
}

fn token(world: &World) -> String {
    world.forge.personal_token().expose().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_action_fetches_with_its_own_token_and_gives_its_variables() {
    let world = github().await;
    let say = "echo #{SourceVariables.RepositoryName} #{SourceVariables.BranchName} \
               #{SourceVariables.CommitId} #{SourceVariables.CommitUrl}";
    world.create(&app(&token(&world), commands("Say", &[say, "cat hello.txt"]))).await;
    let commit = world.commit("main", &[("hello.txt", "hello\n")]).await;
    let execution = world.begin("app").await;
    world.settle().await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.commit), ("Succeeded", commit.as_str()));
    let log = world.log("app", &execution, "Next", "Say").await.join("\n");
    let url = format!("{}{REPOSITORY}/commit/{commit}", world.forge.base_url());
    assert!(log.contains(&format!("app main {commit} {url}")), "{log}");
    assert!(log.contains("hello"), "{log}");
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "success"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_keep_the_token_and_mean_nothing_where_there_is_none() {
    let world = github().await;
    let starred = json!({ "pipeline": app("****", say()) });
    let refused = world.refused(CodePipeline, "CreatePipeline", &starred).await;
    assert_eq!(&*refused.code, "InvalidActionDeclarationException");
    assert!(refused.message.contains("stages[0].actions[0].configuration.OAuthToken"), "{refused}");

    world.create(&app(&token(&world), say())).await;
    let shown = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    let mut declared = shown["pipeline"].clone();
    let action = &declared["stages"][0]["actions"][0];
    assert_eq!(action["configuration"]["OAuthToken"], "****");
    declared["stages"][1]["actions"][0]["commands"] = json!(["true", "true"]);
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);

    // An action of another name brings nothing with it.
    declared["stages"][0]["actions"][0]["name"] = json!("Get");
    let refused =
        world.refused(CodePipeline, "UpdatePipeline", &json!({ "pipeline": declared })).await;
    assert!(refused.message.contains("write the token"), "{refused}");

    // A pipeline that was deleted takes its token with it.
    world.must(CodePipeline, "DeletePipeline", &json!({ "name": "app" })).await;
    let again = json!({ "pipeline": app("****", say()) });
    world.refused(CodePipeline, "CreatePipeline", &again).await;
}

fn say() -> Value {
    commands("Say", &["true"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_worth_nothing_is_named_with_the_step_that_is_missing() {
    let world = github().await;
    world.create(&app("ghp_worth_nothing", say())).await;
    world.begin("app").await;
    world.settle().await;
    let failed = world.action("app", "Source", "Fetch").await;
    assert_eq!(failed["status"], "Failed");
    let message = failed["errorDetails"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("Could not determine connection credentials"), "{message}");
    assert!(
        message.contains("app/Source/Fetch") && message.contains("UpdatePipeline"),
        "{message}"
    );
    assert!(!message.contains("ghp_worth_nothing"), "{message}");

    let good = json!({ "pipeline": app(&token(&world), say()) });
    world.must(CodePipeline, "UpdatePipeline", &good).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_of_connections_shows_what_stands_in_the_place_of_one() {
    let world = github().await;
    world.create(&app(&token(&world), say())).await;
    let listed = world.must(CodeConnections, "ListConnections", &json!({})).await;
    assert_eq!(listed["Connections"], json!([]));
    let arn = "arn:aws:codepipeline:us-east-1:000000000000:app/Source/Fetch";
    for operation in ["GetConnection", "DeleteConnection"] {
        world.refused(CodeConnections, operation, &json!({ "ConnectionArn": arn })).await;
    }
    // Nor may another pipeline reach its repository by it.
    let thief = [stage("Source", &[source(arn, "main")]), stage("Next", &[say()])];
    let asked = json!({ "pipeline": pipeline("thief", &thief) });
    world.refused(CodePipeline, "CreatePipeline", &asked).await;
}

/// The token is looked for in every file of the server, and in what every reading call answers.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_answer_no_log_and_no_file() {
    let world = github().await;
    let token = token(&world);
    let print = "env; tr '\\0' '\\n' < /proc/self/environ; cat .git/config || true";
    let created = json!({ "pipeline": app(&token, commands("Print", &[print])) });
    let mut answers = vec![world.must(CodePipeline, "CreatePipeline", &created).await];
    answers.push(world.must(CodePipeline, "UpdatePipeline", &created).await);
    let execution = world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
    for (operation, asked) in [
        ("GetPipeline", json!({ "name": "app" })),
        ("GetPipeline", json!({ "name": "app", "version": 1 })),
        ("GetPipelineState", json!({ "name": "app" })),
        ("ListPipelines", json!({})),
        ("ListActionExecutions", json!({ "pipelineName": "app" })),
        ("ListPipelineExecutions", json!({ "pipelineName": "app" })),
        (
            "GetPipelineExecution",
            json!({ "pipelineName": "app", "pipelineExecutionId": execution }),
        ),
    ] {
        answers.push(world.must(CodePipeline, operation, &asked).await);
    }
    // What the service refuses does not repeat it either.
    for wrong in [format!("{token} "), format!("{token}{}", "x".repeat(1000))] {
        let asked = json!({ "pipeline": app(&wrong, say()) });
        let refused = world.refused(CodePipeline, "UpdatePipeline", &asked).await;
        answers.push(json!(refused.message));
    }
    let log = world.log("app", &execution, "Next", "Print").await;
    answers.push(json!(log));
    for answer in answers {
        assert!(!answer.to_string().contains(&token), "{answer}");
    }
    let files = files(&world.config.data);
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let content = fs::read(&file).unwrap_or_default();
        let holds = content.windows(token.len()).any(|bytes| bytes == token.as_bytes());
        assert!(!holds, "{} holds the token", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let below = entries.flat_map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files(&entry.path()),
        _ => vec![entry.path()],
    });
    below.collect()
}

//! Whether the forge protects the ref of a run, as its token says it: asked once, and only for tokens.

use domain::connection::ProviderType;
use practice_forge::Trouble;
use serde_json::{Value, json};
use testkit::declarations::{action, app, commands};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::CodePipeline;

use crate::step_tokens::{SHOW, tokens};

at_each_forge! { a_token_says_what_its_forge_says_of_the_ref }

/// What the token of the pipeline's last run says.
async fn claim(world: &World) -> Option<Value> {
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    let [token] = &tokens(world, &log).await[..] else { panic!("one token: {log:?}") };
    token.all.get("protected").cloned()
}

fn asking() -> Value {
    let mut asking = commands("Step", &[SHOW]);
    asking["configuration"] = json!({ "Oidc": "true" });
    asking
}

/// A world with `app`, whose second action this is.
async fn with(scene: Scene, next: Value) -> World {
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, next)).await;
    world
}

async fn pushed(world: &World, content: &str) {
    world.commit("main", &[("wheel", content)]).await;
    world.settle().await;
}

async fn a_token_says_what_its_forge_says_of_the_ref(provider: ProviderType) {
    let world = with(Scene::default().forge(provider), asking()).await;
    // Bitbucket shows restrictions to an OAuth consumer with a scope that pipelines do not need.
    let told = |said: &str| (provider != ProviderType::Bitbucket).then(|| json!(said));
    pushed(&world, "1").await;
    assert_eq!(claim(&world).await, told("false"), "{provider}");
    world.forge.protect(REPOSITORY, "refs/heads/main", true).expect("protected");
    pushed(&world, "2").await;
    assert_eq!(claim(&world).await, told("true"), "{provider}");
    world.begin("app").await;
    world.settle().await;
    assert_eq!(claim(&world).await, told("true"), "by hand, {provider}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forge_is_asked_for_tokens_alone_and_may_say_nothing() {
    let world = with(Scene::default(), commands("Step", &["true"])).await;
    world.forge.protect(REPOSITORY, "refs/heads/main", true).expect("protected");
    // Whoever asks first meets it.
    world.forge.trouble("status:500*1@/branches/".parse::<Trouble>().expect("a trouble"));
    pushed(&world, "1").await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
    let file = "pipelines: {default: [step: {script: ['true']}]}";
    let mut next = action("Step", "Build", "BitbucketPipelines");
    next["inputArtifacts"] = json!([{ "name": "Code" }]);
    change(&world, next).await;
    world.commit("main", &[("bitbucket-pipelines.yml", file)]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");

    let file = format!("pipelines: {{default: [step: {{oidc: true, script: ['{SHOW}']}}]}}");
    let file = [("bitbucket-pipelines.yml", &*file)];
    world.commit("main", &file).await;
    world.settle().await;
    assert_eq!(claim(&world).await, None, "it met the trouble: nobody was asked before");
    pushed(&world, "2").await;
    assert_eq!(claim(&world).await, Some(json!("true")));
}

/// Gives `app` another second action.
async fn change(world: &World, next: Value) {
    let now = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    let mut pipeline = now["pipeline"].clone();
    pipeline["stages"][1]["actions"] = json!([next]);
    world.must(CodePipeline, "UpdatePipeline", &json!({ "pipeline": pipeline })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_never_protected_and_a_commit_that_somebody_names_says_nothing() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, asking());
    declared["triggers"] = json!([{ "providerType": "CodeStarSourceConnection",
        "gitConfiguration": { "sourceActionName": "Fetch",
            "push": [{ "branches": { "includes": ["main"] } }], "pullRequest": [{ "branches": { "includes": ["main"] } }] } }]);
    world.create(&declared).await;
    world.forge.protect(REPOSITORY, "refs/heads/main", true).expect("protected");
    world.forge.protect(REPOSITORY, "refs/heads/wheel", true).expect("protected");
    world.commit("wheel", &[("wheel", "1")]).await;
    world.open_pull_request("wheel").await;
    world.settle().await;
    assert_eq!(claim(&world).await, Some(json!("false")));

    let commit = world.commit("aside", &[("wheel", "2")]).await;
    let named = json!({ "name": "app", "sourceRevisions": [
        { "actionName": "Fetch", "revisionType": "COMMIT_ID", "revisionValue": commit.as_str() }] });
    world.must(CodePipeline, "StartPipelineExecution", &named).await;
    world.settle().await;
    assert_eq!(claim(&world).await, None, "main is protected, and nobody says that it is of main");
}

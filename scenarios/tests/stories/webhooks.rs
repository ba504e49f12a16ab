//! CodePipeline's own webhooks: put by people, told by GitHub, believed as far as they show whose
//! they are.

use std::net::{Ipv4Addr, SocketAddr};

use aws_lc_rs::hmac;
use domain::connection::ProviderType;
use practice_forge::NewCommit;
use serde_json::{Value, json};
use testkit::declarations::{commands, older_source, pipeline, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::CodePipeline;

const SECRET: &str = "a-secret-that-people-chose";

/// A server for which the practice forge stands in for github.com, with a pipeline that is not
/// polled.
async fn told() -> World {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let token = world.forge.personal_token();
    let mut source = older_source(token.expose(), "main");
    source["configuration"]["PollForSourceChanges"] = json!("false");
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &["true"])])];
    world.create(&pipeline("app", &stages)).await;
    world
}

fn definition() -> Value {
    json!({
        "name": "told", "targetPipeline": "app", "targetAction": "Fetch",
        "filters": [{ "jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}" }],
        "authentication": "GITHUB_HMAC", "authenticationConfiguration": { "SecretToken": SECRET },
    })
}

/// Puts a webhook; gives its path.
async fn put(world: &World, definition: &Value) -> String {
    let put = world.must(CodePipeline, "PutWebhook", &json!({ "webhook": definition })).await;
    let url = put["webhook"]["url"].as_str().unwrap_or_default();
    egress::Url::parse(url).expect("a URL").path().to_owned()
}

async fn webhook(world: &World) -> Value {
    let listed = world.must(CodePipeline, "ListWebhooks", &json!({})).await;
    listed["webhooks"][0].clone()
}

/// Sends a delivery as GitHub would, signed with a secret; gives the status.
async fn send(world: &World, path: &str, event: &str, body: &Value, secret: Option<&str>) -> u16 {
    let body = body.to_string().into_bytes();
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-github-event".to_owned(), event.to_owned()),
    ];
    if let Some(secret) = secret {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hex::encode(hmac::sign(&key, &body));
        headers.push(("x-hub-signature-256".to_owned(), format!("sha256={tag}")));
    }
    let answer = world.caller.post(path, &headers, body).await;
    world.settle().await;
    answer.status.as_u16()
}

async fn push(world: &World, file: &str) -> String {
    let commit = NewCommit { branch: "main", message: "A change", files: &[(file, file)] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push").to_string()
}

fn pushed(branch: &str, before: &str, after: &str) -> Value {
    json!({
        "ref": format!("refs/heads/{branch}"), "before": before, "after": after,
        "head_commit": { "id": after, "message": "A change", "timestamp": "2026-11-01T00:00:00Z",
            "author": { "name": "Ada", "email": "ada@example.com" } },
        "repository": { "id": 1, "full_name": REPOSITORY },
    })
}

async fn last_said(world: &World) -> String {
    let delivery = world.deliveries().await.pop().expect("a delivery");
    delivery["dispositions"][0]["sentence"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_registered_starts_what_is_pushed() {
    let world = told().await;
    let path = put(&world, &definition()).await;
    let named = json!({ "webhookName": "told" });
    world.must(CodePipeline, "RegisterWebhookWithThirdParty", &named).await;
    world.settle().await;
    let hooks = world.hooks_at_forge().await;
    assert_eq!(hooks.len(), 1);
    assert!(hooks[0]["config"]["url"].as_str().unwrap_or_default().ends_with(&path), "{hooks:?}");

    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.trigger), ("Succeeded", "Webhook"));
    assert_eq!(latest.commit, commit.as_str());
    assert!(webhook(&world).await["lastTriggered"].is_number());

    // Another branch is held back by the filter, in words.
    world.commit("dev", &[("b", "1")]).await;
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 1);
    let said = last_said(&world).await;
    assert!(said.contains("wants $.ref to be refs/heads/main, and it is refs/heads/dev"), "{said}");

    world.must(CodePipeline, "DeregisterWebhookWithThirdParty", &named).await;
    world.settle().await;
    assert_eq!(world.hooks_at_forge().await.len(), 0);
    // Its URL stays: people may tell GitHub of it themselves.
    let before = commit.to_string();
    let after = push(&world, "c").await;
    let status = send(&world, &path, "push", &pushed("main", &before, &after), Some(SECRET)).await;
    assert_eq!(status, 202);
    assert_eq!(world.executions("app").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_knows_the_secret_is_believed_and_nobody_twice() {
    let world = told().await;
    let path = put(&world, &definition()).await;
    let after = push(&world, "a").await;
    let body = pushed("main", &"0".repeat(40), &after);
    for wrong in [None, Some(""), Some("another")] {
        assert_eq!(send(&world, &path, "push", &body, wrong).await, 401, "{wrong:?}");
    }
    assert!(world.executions("app").await.is_empty());
    for _ in 0..5 {
        assert_eq!(send(&world, &path, "push", &body, Some(SECRET)).await, 202);
    }
    assert_eq!(world.executions("app").await.len(), 1, "a replay starts nothing");
    assert_eq!(send(&world, &path, "ping", &json!({ "zen": "x" }), Some(SECRET)).await, 202);
    assert_eq!(world.executions("app").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_event_that_is_no_push_starts_the_branch_as_it_is() {
    let world = told().await;
    let filters = json!([{ "jsonPath": "$.action", "matchEquals": "published" }]);
    let mut released = definition();
    released["filters"] = filters;
    let path = put(&world, &released).await;
    let head = push(&world, "a").await;
    let body = |action: &str| json!({ "action": action, "release": { "tag_name": "v1" } });
    send(&world, &path, "release", &body("created"), Some(SECRET)).await;
    assert!(world.executions("app").await.is_empty());
    let mut elsewhere = body("published");
    elsewhere["repository"] = json!({ "id": 666, "full_name": "evil/app" });
    send(&world, &path, "release", &elsewhere, Some(SECRET)).await;
    assert!(world.executions("app").await.is_empty());
    let said = last_said(&world).await;
    assert!(said.contains("it is about evil/app"), "{said}");
    send(&world, &path, "release", &body("published"), Some(SECRET)).await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.commit), ("Succeeded", &*head));
    send(&world, &path, "release", &body("published"), Some(SECRET)).await;
    assert_eq!(world.executions("app").await.len(), 1, "the same bytes again are a replay");
}

/// Whoever knows the URL can have us look, and no more: what runs is what the branch is at.
#[tokio::test(flavor = "multi_thread")]
async fn an_unauthenticated_delivery_is_a_bell_and_nothing_that_it_says_is_used() {
    let world = told().await;
    let mut open = definition();
    open["authentication"] = json!("UNAUTHENTICATED");
    open["authenticationConfiguration"] = json!({});
    let path = put(&world, &open).await;
    let head = push(&world, "a").await;
    let lie = pushed("main", &"1".repeat(40), &"2".repeat(40));
    assert_eq!(send(&world, &path, "push", &lie, None).await, 202);
    assert_eq!(world.latest("app").await.commit, head);
    for _ in 0..3 {
        assert_eq!(send(&world, &path, "push", &lie, None).await, 202);
    }
    assert_eq!(world.executions("app").await.len(), 1, "the branch has not moved");
    let long = json!({ "ref": "refs/heads/main", "long": "x".repeat(300 * 1024) });
    assert_eq!(send(&world, &path, "push", &long, None).await, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_by_address_takes_nothing_from_elsewhere() {
    let world = told().await;
    let mut by_address = definition();
    by_address["authentication"] = json!("IP");
    by_address["authenticationConfiguration"] = json!({ "AllowedIPRange": "192.0.2.0/24" });
    let path = put(&world, &by_address).await;
    push(&world, "a").await;
    let body = pushed("main", &"0".repeat(40), &"1".repeat(40));
    assert_eq!(send(&world, &path, "push", &body, None).await, 403);
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).ip();
    by_address["authenticationConfiguration"] = json!({ "AllowedIPRange": format!("{here}/32") });
    assert_eq!(put(&world, &by_address).await, path, "the same webhook");
    assert_eq!(send(&world, &path, "push", &body, None).await, 202);
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_a_pipeline_that_is_gone_says_so_and_is_removed_at_github() {
    let world = told().await;
    let path = put(&world, &definition()).await;
    let named = json!({ "webhookName": "told" });
    world.must(CodePipeline, "RegisterWebhookWithThirdParty", &named).await;
    world.settle().await;
    world.must(CodePipeline, "DeletePipeline", &json!({ "name": "app" })).await;
    world.settle().await;
    assert_eq!(world.hooks_at_forge().await.len(), 0, "the token was kept for as long");
    assert_eq!(webhook(&world).await["errorCode"], "PipelineNotFound");
    let body = pushed("main", &"0".repeat(40), &"1".repeat(40));
    assert_eq!(send(&world, &path, "push", &body, Some(SECRET)).await, 202);
    world.must(CodePipeline, "DeleteWebhook", &json!({ "name": "told" })).await;
    assert_eq!(send(&world, &path, "push", &body, Some(SECRET)).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_the_token_may_not_administer_is_named_in_the_list() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let source = older_source("ghp_worth_nothing", "main");
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &["true"])])];
    world.create(&pipeline("app", &stages)).await;
    put(&world, &definition()).await;
    let named = json!({ "webhookName": "told" });
    world.must(CodePipeline, "RegisterWebhookWithThirdParty", &named).await;
    world.settle().await;
    let shown = webhook(&world).await;
    assert_eq!(shown["errorCode"], "RegistrationFailed", "{shown}");
    assert_eq!(shown["definition"]["authenticationConfiguration"]["SecretToken"], "****");
}

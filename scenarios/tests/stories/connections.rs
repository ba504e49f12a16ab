//! Connections that cannot be used, and what an execution says about it.

use practice_forge::{Access, Fault, Trouble};
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, World};
use wire::Service::{CodeConnections, Towpath};

/// What the source of the latest execution failed with.
async fn failure(world: &World) -> (String, String) {
    let fetch = world.action("app", "Source", "Fetch").await;
    let text = |name: &str| fetch["errorDetails"][name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("message"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_nobody_authorised_fails_the_source_at_once() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Failed"]);
    let (code, message) = failure(&world).await;
    assert_eq!(code, "ConnectionUnavailable");
    assert!(message.starts_with("Could not determine connection credentials: "), "{message}");
    for cause in [&*connection, "PENDING", "nobody has authorised it yet"] {
        assert!(message.contains(cause), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_deleted_is_named() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let asked = json!({ "ConnectionArn": connection });
    world.must(CodeConnections, "DeleteConnection", &asked).await;
    world.begin("app").await;
    world.settle().await;
    let (_, message) = failure(&world).await;
    let expected = "Could not determine connection credentials: there is no connection ";
    assert!(message.starts_with(expected) && message.contains(&connection), "{message}");
    let why = world.must(Towpath, "Explain", &json!({ "id": connection })).await;
    assert_eq!((&why["status"], why["reasons"][0]["at"].is_number()), (&json!("MISSING"), true));
    let said = why.to_string();
    for part in [":root deleted it", "pipelines that name it: app", "UpdatePipeline"] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_uses_a_connection_is_told_with_it() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let asked = json!({ "connectionArn": connection });
    let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
    assert_eq!(health["pipelines"], json!(["app"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_forge_revoked_turns_the_connection_to_error_until_it_is_connected_again()
{
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);

    world.forge.revoke_tokens();
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded", "Failed"]);
    let (code, message) = failure(&world).await;
    assert_eq!(code, "ConnectionUnavailable", "{message}");
    assert!(message.starts_with("Could not determine connection credentials: "), "{message}");
    assert!(message.contains("the forge no longer accepts its token"), "{message}");
    assert_eq!(world.connection_status(&connection).await, "ERROR");
    let why = world.why(&connection).await;
    assert!(why.contains("no longer accepts its token"), "{why}");

    let page = world.authorize(&connection).await;
    assert_eq!(page.status.as_u16(), 200);
    world.settle().await;
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
    world.commit("main", &[("a", "3")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded", "Failed", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_the_user_may_not_see_does_not_cost_the_connection() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["stages"][0]["actions"][0]["configuration"]["FullRepositoryId"] =
        json!("practice/none");
    world.create(&declared).await;
    world.begin("app").await;
    world.settle().await;
    let (code, message) = failure(&world).await;
    assert_eq!(code, "RevisionUnavailable", "{message}");
    assert!(message.contains("practice/none"), "{message}");
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_may_do_is_told_before_a_pipeline_relies_on_it() {
    let world = World::start().await;
    let connection = world.connect().await;
    let test = async |repository: &str| {
        let asked = json!({ "connectionArn": connection, "repository": repository });
        world.must(Towpath, "TestConnection", &asked).await
    };
    let verdicts = |found: &serde_json::Value| {
        ["read", "hooks", "statuses"].map(|right| found[right]["verdict"].to_string())
    };
    let found = test(REPOSITORY).await;
    assert_eq!(verdicts(&found), [r#""given""#; 3], "{found}");
    assert_eq!(found["login"], "practice");

    world.forge.allow(REPOSITORY, "practice", Access::Read).expect("the repository is there");
    let found = test(REPOSITORY).await;
    assert_eq!(verdicts(&found), [r#""given""#, r#""refused""#, r#""refused""#], "{found}");
    let why = found["hooks"]["why"].to_string();
    assert!(why.contains("practice may not administer") && why.contains("administrator"), "{why}");

    let found = test("practice/none").await;
    assert_eq!(verdicts(&found), [r#""refused""#; 3], "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_at_a_forge_in_trouble_answers_with_what_the_forge_did() {
    let world = World::start().await;
    let connection = world.connect().await;
    let asked = json!({ "connectionArn": connection, "repository": REPOSITORY });
    for (fault, words) in [
        (Fault::Status(500), "500"),
        (Fault::Html, "a page of HTML"),
        (Fault::RateLimited(3600), "asks us to wait"),
    ] {
        let trouble = Trouble { fault, path: "/repos/".to_owned(), times: Some(1) };
        world.forge.trouble(trouble);
        let found = world.must(Towpath, "TestConnection", &asked).await;
        for right in ["read", "hooks", "statuses"] {
            assert_eq!(found[right]["verdict"], "refused", "{found}");
            let why = found[right]["why"].as_str().unwrap_or_default();
            assert!(why.contains(words), "{why}");
        }
    }
}

//! A repository's hook: there while a pipeline listens, gone with the last.

use domain::connection::ProviderType;
use egress::{Method, Request};
use practice_forge::{Fault, Misbehaviour, NewCommit, Trouble};
use serde_json::{Value, json};
use testkit::declarations::{app, commands, pipeline, source, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::{CodePipeline, Towpath};

async fn delete(world: &World, pipeline: &str) {
    world.must(CodePipeline, "DeletePipeline", &json!({ "name": pipeline })).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_comes_with_the_connection_and_goes_with_the_last_pipeline() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    assert_eq!(world.hooks_at_forge().await.len(), 0, "nobody may register one yet");

    world.authorize(&connection).await;
    world.settle().await;
    let hooks = world.hooks_at_forge().await;
    assert_eq!(hooks.len(), 1);
    let (url, id) = (hooks[0]["config"]["url"].to_string(), world.hook().await.id);
    assert!(url.contains(&format!("/hooks/{id}")), "{url}");
    assert_eq!(hooks[0]["events"], json!(["push", "pull_request"]));

    let make = stage("Make", &[commands("Make", &["true"])]);
    let other = [stage("Source", &[source(&connection, "dev")]), make];
    world.create(&pipeline("other", &other)).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1, "one hook a repository");

    delete(&world, "app").await;
    assert_eq!(world.hooks_at_forge().await.len(), 1, "the other one still listens");
    delete(&world, "other").await;
    assert_eq!(world.hooks_at_forge().await.len(), 0);
    assert_eq!(world.hooks().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_comes_back_has_a_hook_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    let declared = app(&connection, commands("Make", &["true"]));
    world.create(&declared).await;
    delete(&world, "app").await;
    world.create(&declared).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

/// A world whose server looks at its forges every ten minutes of the stepped clock.
async fn looking() -> (World, String) {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    (world, connection)
}

/// Lets the server look at its forges, until something is so at the forge.
async fn until_mended(world: &World, so: impl AsyncFn(&World) -> bool) {
    world.step(601);
    world.until(so).await;
    world.settle().await;
}

/// Does something to the hooks as somebody with rights in the repository would.
async fn meddle(world: &World, method: Method, id: &Value, body: Option<Value>) {
    let path = format!("api/v3/repos/{REPOSITORY}/hooks/{id}");
    let url = world.forge.base_url().join(&path).expect("a path");
    let asked = Request::new(method, url).authorization("Bearer", &world.forge.personal_token());
    let asked = match body {
        Some(body) => asked.content("application/json", body.to_string()),
        None => asked,
    };
    let answer = world.caller.send(asked).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_somebody_removed_is_there_again() {
    let (world, _) = looking().await;
    let before = world.hooks_at_forge().await;
    meddle(&world, Method::DELETE, &before[0]["id"], None).await;
    until_mended(&world, async |world| world.hooks_at_forge().await.len() == 1).await;
    assert_ne!(world.hooks_at_forge().await[0]["id"], before[0]["id"]);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_was_switched_off_and_edited_is_mended() {
    let (world, _) = looking().await;
    let before = world.hooks_at_forge().await;
    let edited = json!({ "active": false, "events": ["push"] });
    meddle(&world, Method::PATCH, &before[0]["id"], Some(edited)).await;
    until_mended(&world, async |world| world.hooks_at_forge().await[0]["active"] == true).await;
    let after = world.hooks_at_forge().await;
    assert_eq!(after[0]["events"], json!(["push", "pull_request"]));
    assert_eq!(after[0]["id"], before[0]["id"], "the same one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_verified_by_the_first_delivery_that_comes_to_it() {
    let (world, _) = looking().await;
    world.until(async |world: &World| world.hook().await.verified.is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_followed() {
    let (world, _) = looking().await;
    world.forge.rename_repository(REPOSITORY, "practice/renamed").expect("it is renamed");
    until_mended(&world, async |world| world.hook().await.known_as.is_some()).await;
    assert_eq!(world.hook().await.present_name().as_str(), "practice/renamed");
    let commit = NewCommit { branch: "main", message: "After", files: &[("a", "1")] };
    world.forge.push_commit("practice/renamed", commit).await.expect("git push");
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_limits_us_is_named_and_left_alone() {
    let (world, connection) = looking().await;
    let path = "/hooks".to_owned();
    world.forge.trouble(Trouble { fault: Fault::SecondaryLimit(900), path, times: None });
    world.step(601);
    let throttled = async |world: &World| {
        let asked = json!({ "connectionArn": connection });
        let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
        health["throttledUntil"].is_number()
    };
    world.until(throttled).await;
    let before = world.forge.base_url().port().expect("a port");
    let asked = json!({ "connectionArn": connection });
    let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
    assert_eq!(health["throttledHost"], format!("127.0.0.1:{before}"));
    // git is not limited: a push that no delivery told of is found all the same.
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let commit = NewCommit { branch: "main", message: "Limited", files: &[("a", "1")] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    world.forge.calm();
    world.step(601);
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.step(901);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_secrets_are_taken_by_the_forge_and_the_old_ones_end_after_the_overlap() {
    let (world, connection) = looking().await;
    let old = world.hook().await.sealed_secret;
    let asked = json!({ "connectionArn": connection });
    let rotated = world.must(Towpath, "RotateHookSecrets", &asked).await;
    assert_eq!(rotated["hooks"].as_array().map(Vec::len), Some(1));
    world.settle().await;
    let hook = world.hook().await;
    assert_eq!(hook.sealed_previous.as_ref(), Some(&old));
    assert!(hook.sealed_secret != old && hook.previous_until.is_some());
    world.refused(Towpath, "RotateHookSecrets", &asked).await;

    // What was signed before is still believed, and what is signed now too.
    let body = br#"{"zen": "Old but good"}"#;
    assert_eq!(world.deliver_signed("ping", body, &old).await.status.as_u16(), 202);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);

    world.step(24 * 3600 + 1);
    assert_eq!(world.deliver_signed("ping", body, &old).await.status.as_u16(), 401);
    world.until(async |world: &World| world.hook().await.sealed_previous.is_none()).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_secret_that_leaked_is_taken_out_of_use_at_once() {
    let (world, connection) = looking().await;
    let old = world.hook().await.sealed_secret;
    let asked = json!({ "connectionArn": connection });
    world.must(Towpath, "RotateHookSecrets", &asked).await;
    world.settle().await;
    let body = br#"{"zen": "Leaked"}"#;
    assert_eq!(world.deliver_signed("ping", body, &old).await.status.as_u16(), 202);
    let end = json!({ "connectionArn": connection, "endOverlap": true });
    let ended = world.must(Towpath, "RotateHookSecrets", &end).await;
    assert_eq!(ended["hooks"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.deliver_signed("ping", body, &old).await.status.as_u16(), 401);
    let none = world.must(Towpath, "RotateHookSecrets", &end).await;
    assert_eq!(none["hooks"].as_array().map(Vec::len), Some(0));
    // Another secret has a place again, and the forge signs on.
    world.must(Towpath, "RotateHookSecrets", &asked).await;
    world.settle().await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

/// Registers a hook of somebody's, as anyone with rights in the repository may.
async fn foreign_hook(world: &World, url: &str) {
    let path = format!("api/v3/repos/{REPOSITORY}/hooks");
    let at = world.forge.base_url().join(&path).expect("a path");
    let hook = json!({
        "name": "web", "active": true, "events": ["star"],
        "config": { "url": url, "content_type": "json", "secret": "theirs" },
    });
    let asked =
        Request::new(Method::POST, at).authorization("Bearer", &world.forge.personal_token());
    let answer = world.caller.send(asked.content("application/json", hook.to_string())).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.body));
}

fn url(hook: &Value) -> String {
    hook["config"]["url"].as_str().unwrap_or_default().to_owned()
}

/// GitHub refuses a second hook for one address; GitLab makes it, and tells everything twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_hooks_for_one_address_one_is_removed() {
    let scene = Scene::default().forge(ProviderType::GitLabSelfManaged);
    let world = scene.set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let before = world.hooks_at_forge().await;
    let path = format!("api/v4/projects/{}/hooks", REPOSITORY.replace('/', "%2F"));
    let at = world.forge.base_url().join(&path).expect("a path");
    let asked =
        Request::new(Method::POST, at).authorization("Bearer", &world.forge.personal_token());
    let again = json!({ "url": before[0]["url"], "push_events": true }).to_string();
    let answer = world.caller.send(asked.content("application/json", again)).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(world.hooks_at_forge().await.len(), 2);
    until_mended(&world, async |world| world.hooks_at_forge().await.len() == 1).await;
    assert_eq!(world.hooks_at_forge().await[0]["id"], before[0]["id"], "ours is kept");
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
}

/// What was removed while the forge did not answer delivers to an address that nothing has here.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_of_ours_that_nothing_here_knows_is_removed() {
    let (world, _) = looking().await;
    let before = world.hooks_at_forge().await;
    let own = url(&before[0]);
    let stray = own.replace(world.hook().await.id.as_str(), "0123456789abcdef0123456789abcdef");
    foreign_hook(&world, &stray).await;
    foreign_hook(&world, "http://127.0.0.1:9/hooks/1").await;
    until_mended(&world, async |world| world.hooks_at_forge().await.len() == 2).await;
    let left: Vec<_> = world.hooks_at_forge().await.iter().map(url).collect();
    assert_eq!(left, [own, "http://127.0.0.1:9/hooks/1".to_owned()], "others' hooks are theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hook_of_a_renamed_repository_is_removed_under_its_new_name() {
    // Nobody has looked since it was renamed.
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    world.forge.rename_repository(REPOSITORY, "practice/renamed").expect("it is renamed");
    delete(&world, "app").await;
    assert_eq!(world.hooks().await.len(), 0);
    assert_eq!(world.hooks_at_forge().await.len(), 0, "gone at the forge, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_detects_no_changes_is_started_by_nobody_but_people() {
    let (world, connection) = looking().await;
    let mut quiet = source(&connection, "main");
    quiet["configuration"]["DetectChanges"] = json!("false");
    let make = stage("Make", &[commands("Make", &["true"])]);
    world.create(&pipeline("quiet", &[stage("Source", &[quiet]), make])).await;
    // Told of, beside one that listens.
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    // Not told of, and found.
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.commit("main", &[("a", "2")]).await;
    world.forge.misbehave(None);
    world.step(601);
    world.until(async |world: &World| world.executions("app").await.len() == 2).await;
    world.settle().await;
    assert!(world.executions("quiet").await.is_empty(), "not by the hook, and not by looking");
    world.begin("quiet").await;
    world.settle().await;
    assert_eq!(world.statuses("quiet").await, ["Succeeded"]);
}

/// A list of hooks has pages, and ours may stand on the second.
#[tokio::test(flavor = "multi_thread")]
async fn ours_is_found_among_a_hundred_and_three() {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let connection = world.connect().await;
    for number in 0..102 {
        foreign_hook(&world, &format!("http://127.0.0.1:9/hooks/{number}")).await;
    }
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let known = world.hook().await;
    assert_eq!(addressed_to(&world, known.id.as_str()).await, (103, 1));
    // It is looked at again and again, and whoever made it anew would make it twice.
    for file in ["1", "2"] {
        world.forge.misbehave(Some(Misbehaviour::Drop));
        let commit = NewCommit { branch: "main", message: "Found", files: &[("a", file)] };
        world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
        let before = world.executions("app").await.len();
        world.step(601);
        world.until(async |world: &World| world.executions("app").await.len() > before).await;
        world.forge.misbehave(None);
        world.settle().await;
    }
    assert_eq!(world.hook().await.forge_hook_id, known.forge_hook_id);
    assert_eq!(addressed_to(&world, known.id.as_str()).await, (103, 1));
}

/// How many hooks the repository has, on all pages, and how many of them deliver to this one of ours.
async fn addressed_to(world: &World, id: &str) -> (usize, usize) {
    let mut hooks: Vec<Value> = Vec::new();
    for page in 1..=3 {
        let path = format!("api/v3/repos/{REPOSITORY}/hooks?per_page=50&page={page}");
        let at = world.forge.base_url().join(&path).expect("a path");
        let token = world.forge.personal_token();
        let asked = Request::new(Method::GET, at).authorization("Bearer", &token);
        let answer = world.caller.send(asked).await;
        let listed: Value = serde_json::from_slice(&answer.body).expect("a list");
        hooks.extend(listed.as_array().cloned().unwrap_or_default());
    }
    let ours = hooks.iter().filter(|hook| url(hook).contains(id)).count();
    (hooks.len(), ours)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_refused_is_told_at_its_hook_until_one_fits() {
    let scene = Scene::default().set("trusted-proxy", "127.0.0.1/32");
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let health = json!({ "connectionArn": connection });
    let refused = async |world: &World| {
        let found = world.must(Towpath, "GetConnectionHealth", &health).await;
        found["hooks"][0]["refused"].clone()
    };
    let why = async |world: &World| {
        world.must(Towpath, "Explain", &json!({ "id": connection })).await.to_string()
    };
    let path = format!("/hooks/{}", world.hook().await.id);
    let forged = async |world: &World| {
        let headers = [
            ("x-hub-signature-256".to_owned(), format!("sha256={}", "0".repeat(64))),
            ("x-forwarded-for".to_owned(), "198.51.100.1, 192.0.2.7".to_owned()),
        ];
        let answer = world.caller.post(&path, &headers, b"{}".to_vec()).await;
        assert_eq!(answer.status.as_u16(), 401);
    };
    forged(&world).await;
    let first = refused(&world).await;
    assert_eq!((&first["count"], &first["peer"]), (&json!(1), &json!("192.0.2.7")), "{first}");
    let because = first["because"].as_str().unwrap_or_default();
    assert!(because.starts_with("the signature does not fit"), "{because}");
    // A flood is counted, and written down together.
    let before = *world.shared().changed.borrow();
    for _ in 0..50 {
        forged(&world).await;
    }
    world.until(async |world: &World| refused(world).await["count"] == 51).await;
    let commits = *world.shared().changed.borrow() - before;
    assert!(commits < 25, "{commits} commits for 50 refusals");
    let told = why(&world).await;
    for part in ["was refused at", "the signature does not fit", "rotate-hook-secrets"] {
        assert!(told.contains(part), "{told}");
    }
    // Nobody fills a table with addresses that are no hook's.
    let stray = world.caller.post("/hooks/nobodys", &[], b"{}".to_vec()).await;
    assert_eq!(stray.status.as_u16(), 404);

    world.step(1);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let told = why(&world).await;
    assert!(!told.contains("was refused at"), "the first that fits came after it: {told}");
}

/// What starts later supersedes what started before, so the newest push has to start last.
#[tokio::test(flavor = "multi_thread")]
async fn pushes_that_nobody_told_of_start_in_the_order_of_their_commits() {
    let (world, connection) = looking().await;
    let mut releases = app(&connection, commands("Make", &["true"]));
    releases["name"] = json!("releases");
    let pushes = json!([{ "branches": { "includes": ["release/*"] } }]);
    releases["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": { "sourceActionName": "Fetch", "push": pushes },
    }]);
    world.create(&releases).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    let mut pushed = Vec::new();
    for branch in ["release/c", "release/b", "release/a"] {
        let commit = NewCommit { branch, message: branch, files: &[("a", branch)] };
        pushed.push(world.forge.push_commit(REPOSITORY, commit).await.expect("git push"));
        world.step(10);
    }
    world.forge.misbehave(None);
    world.step(601);
    world.until(async |world: &World| world.executions("releases").await.len() == 3).await;
    world.settle().await;
    let latest = world.latest("releases").await;
    assert_eq!(latest.status, "Succeeded", "{}", world.why(&latest.id).await);
    let named = json!({ "pipelineName": "releases", "pipelineExecutionId": latest.id });
    let found = world.must(CodePipeline, "GetPipelineExecution", &named).await;
    let revision = &found["pipelineExecution"]["artifactRevisions"][0]["revisionId"];
    assert_eq!(
        Some(revision),
        json!(pushed).as_array().and_then(|all| all.last()),
        "the newest push"
    );
}

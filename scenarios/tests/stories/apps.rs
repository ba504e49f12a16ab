//! Connections through a GitHub App: registered from a manifest, installed, told of pushes by its one
//! hook, and spoken for by tokens for one repository each.

use domain::RepositoryName;
use egress::{Method, Request, Response, Url};
use practice_forge::{Fault, Misbehaviour, NewCommit, Trouble};
use serde_json::{Value, json};
use testkit::declarations::{app, commands};
use testkit::{Browser, REPOSITORY, Scene, World};
use wire::Service::{CodeConnections, CodePipeline, Towpath};

use crate::permissions::{OTHER, share_and_use};

const SLUG: &str = "towpath-story";

fn text(page: &Response) -> String {
    String::from_utf8_lossy(&page.body).into_owned()
}

/// A world with an App that is installed on the repository; the host and the installation.
async fn with_app(world: &World) -> (String, u64) {
    let host = world.create_host().await;
    let page = world.register_app(&host).await;
    assert_eq!(page.status.as_u16(), 200, "{}", text(&page));
    let installation = world.forge.install_app(SLUG, "practice", None).expect("it is installed");
    (host, installation)
}

/// The same, with a connection that somebody authorised and a pipeline that listens.
async fn listening(world: &World) -> (String, u64) {
    let (host, installation) = with_app(world).await;
    let connection = world.create_connection(&host).await;
    let page = world.authorize(&connection).await;
    assert!(text(&page).contains("is available"), "{}", text(&page));
    world.create(&app(&connection, commands("Make", &["cat README.md"]))).await;
    (connection, installation)
}

/// What keeps a connection from working.
async fn missing(world: &World, connection: &str) -> String {
    let asked = json!({ "ConnectionArn": connection });
    let found = world.must(CodeConnections, "GetConnection", &asked).await;
    found["Connection"]["StatusMessage"].as_str().unwrap_or_default().to_owned()
}

async fn becomes(world: &World, connection: &str, status: &str) {
    world.until(async |world| world.connection_status(connection).await == status).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_through_an_app_becomes_an_execution_and_a_status() {
    let world = World::start().await;
    let (_, _) = listening(&world).await;
    assert!(world.hooks_at_forge().await.is_empty(), "the App's one hook tells of everything");
    let commit = world.commit("main", &[("hello.txt", "hello\n")]).await;
    world.settle().await;
    let execution = world.latest("app").await;
    assert_eq!((&*execution.status, &*execution.trigger), ("Succeeded", "WebhookV2"));
    assert_eq!(execution.commit, commit.as_str());
    assert_eq!(world.commit_states(commit.as_str()), ["pending", "success"]);
    let statuses = world.forge.statuses();
    assert!(statuses.iter().all(|it| it.creator == format!("{SLUG}[bot]")), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_through_an_app_starts_the_pipelines_of_those_whom_it_is_shared_with() {
    let world = World::start().await;
    let (connection, _) = listening(&world).await;
    let other = world.other_account(OTHER).await;
    share_and_use(&world, &connection, &other).await;
    let started = async || {
        let asked = json!({ "pipelineName": "theirs" });
        let found = other.call(CodePipeline, "ListPipelineExecutions", &asked).await;
        let found = found.expect("it is the caller's");
        let runs = found["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
        runs.iter().map(|run| run["status"].clone()).collect::<Vec<_>>()
    };
    world.commit("main", &[("hello.txt", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    assert_eq!(started().await, [json!("Succeeded")]);

    // What is not shared any more is not told.
    let named = json!({ "connectionArn": connection });
    world.must(Towpath, "DeleteConnectionPolicy", &named).await;
    world.commit("main", &[("hello.txt", "2")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"; 2]);
    assert_eq!(started().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_was_registered_by_hand_serves_as_well() {
    let world = World::start().await;
    let host = world.create_host().await;
    let (hook, callback) = (world.caller.at("/hooks/later"), world.caller.at("/oauth/callback/"));
    let made = world.forge.register_github_app("By hand", &hook, &callback).expect("an App");
    let asked = json!({
        "kind": world.provider, "host": host,
        "clientId": made.client_id, "clientSecret": made.client_secret.expose(),
        "app": {
            "appId": made.number, "slug": made.slug, "privateKey": made.private_key.expose(),
            "webhookSecret": made.webhook_secret.expose(),
        },
    });
    let registered = world.must(Towpath, "RegisterForge", &asked).await;
    let hook_url = registered["hookUrl"].as_str().expect("the URL to enter").to_owned();
    assert!(hook_url.contains("/hooks/"), "{hook_url}");
    world.forge.install_app(&made.slug, "practice", None).expect("it is installed");
    let connection = world.create_connection(&host).await;
    let page = world.authorize(&connection).await;
    assert!(text(&page).contains("is available"), "{}", text(&page));
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
    let listed = world.must(Towpath, "ListRegistrations", &json!({})).await;
    assert_eq!(listed["registrations"][0]["appSlug"], made.slug.as_str(), "{listed}");
    assert!(!listed.to_string().contains("PRIVATE KEY"));
    // Again: the hook's URL stays.
    let again = world.must(Towpath, "RegisterForge", &asked).await;
    assert_eq!(again["hookUrl"], hook_url.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifests_code_serves_once_and_in_the_browser_that_began() {
    let world = World::start().await;
    let host = world.create_host().await;
    let asked = json!({ "kind": world.provider, "host": host });
    let begin = async || {
        let begun = world.must(Towpath, "StartAppRegistrationHandshake", &asked).await;
        Url::parse(begun["registrationUrl"].as_str().expect("a link")).expect("a link")
    };
    let mut browser = Browser::default();
    let back = browser.register_at_forge(&begin().await).await;
    let other = Browser::default().open(&back).await;
    assert_eq!(other.status.as_u16(), 403, "{}", text(&other));
    let page = browser.open(&back).await;
    assert!(text(&page).contains("is registered"), "{}", text(&page));
    let replayed = browser.open(&back).await;
    assert_eq!(replayed.status.as_u16(), 410, "{}", text(&replayed));

    // The forge gives nothing for it either: a handshake of our own, and the code of the first.
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let mut second = Browser::default();
    let mut fresh = second.register_at_forge(&begin().await).await;
    let state = fresh.query_pairs().find(|(name, _)| name == "state").expect("one").1.into_owned();
    fresh.query_pairs_mut().clear().append_pair("code", &code).append_pair("state", &state);
    let refused = second.open(&fresh).await;
    assert_eq!(refused.status.as_u16(), 403, "{}", text(&refused));
    assert!(text(&refused).contains("registration was not found"), "{}", text(&refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_installation_is_led_to_one_and_back() {
    let world = World::start().await;
    let host = world.create_host().await;
    world.register_app(&host).await;
    let connection = world.create_connection(&host).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&world.handshake(&connection).await).await;
    assert!(text(&page).contains("not installed in any account"), "{}", text(&page));
    let said = missing(&world, &connection).await;
    assert!(
        said.contains("an owner of the account with the repositories must install it"),
        "{said}"
    );

    let back = browser.install(&Browser::link(&page, "/installations/new")).await;
    // Somebody else may have sent whoever installed it here: they are asked whose connection it is.
    let page = Browser::default().open(&back).await;
    for said in ["Account <code>000000000000", "for its connection", "Go on only if"] {
        assert!(text(&page).contains(said), "{said}: {}", text(&page));
    }
    let page = browser.open(&back).await;
    let on = Browser::link(&page, "/oauth/begin/");
    let page = browser.authorize(&on).await;
    assert!(text(&page).contains("is available"), "{}", text(&page));
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
    world.settle().await;
    assert_eq!(world.forge.tokens_given(), 0, "what a person was given is revoked each time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_waits_for_an_owner_says_so() {
    let world = World::start().await;
    let host = world.create_host().await;
    world.register_app(&host).await;
    let connection = world.create_connection(&host).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&world.handshake(&connection).await).await;
    let mut asked = Browser::link(&page, "/installations/new");
    let state = asked.query_pairs().find(|(name, _)| name == "state").expect("one").1.into_owned();
    let registered = world.must(Towpath, "ListRegistrations", &json!({})).await;
    let id = registered["registrations"][0]["registrationId"].as_str().expect("an id").to_owned();
    asked = world.caller.at(&format!("/oauth/installed/{id}"));
    asked.query_pairs_mut().append_pair("setup_action", "request").append_pair("state", &state);
    let page = browser.open(&asked).await;
    assert!(text(&page).contains("An owner of the organisation"), "{}", text(&page));
    assert!(missing(&world, &connection).await.contains("has not approved it yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_installations_one_is_chosen() {
    let world = World::start().await;
    let (host, _) = with_app(&world).await;
    world.forge.create_repository("canal/locks", &[("a", "1")]).await.expect("a repository");
    let second = world.forge.install_app(SLUG, "canal", None).expect("it is installed");
    let connection = world.create_connection(&host).await;
    let mut browser = Browser::default();
    let page = browser.authorize(&world.handshake(&connection).await).await;
    assert!(text(&page).contains("Whose repositories"), "{}", text(&page));
    let form = Browser::link(&page, "/oauth/choose/");
    let foreign = browser.clone().choose(&form, "installation", "999").await;
    assert_ne!(foreign.status.as_u16(), 200, "{}", text(&foreign));
    assert_eq!(world.connection_status(&connection).await, "PENDING");

    let page = browser.authorize(&world.handshake(&connection).await).await;
    let form = Browser::link(&page, "/oauth/choose/");
    let stranger = Browser::default().choose(&form, "installation", &second.to_string()).await;
    assert_eq!(stranger.status.as_u16(), 403, "another browser");
    let page = browser.choose(&form, "installation", &second.to_string()).await;
    assert!(text(&page).contains("the App in canal"), "{}", text(&page));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_installation_names_who_mends_it_and_comes_back() {
    let world = World::start().await;
    let (connection, installation) = listening(&world).await;
    world.forge.suspend_installation(installation, true).expect("suspended");
    becomes(&world, &connection, "ERROR").await;
    let said = missing(&world, &connection).await;
    assert!(said.contains("suspended") && said.contains("an owner of the account"), "{said}");
    let id = world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Failed");
    let why = world.why(&id).await;
    assert!(why.contains("Could not determine connection credentials"), "{why}");

    world.forge.suspend_installation(installation, false).expect("it goes on");
    becomes(&world, &connection, "AVAILABLE").await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_uninstalled_or_told_of_other_repositories_says_what_is_missing() {
    let world = World::start().await;
    let (connection, installation) = listening(&world).await;
    world.forge.create_repository("practice/notes", &[("a", "1")]).await.expect("a repository");
    world.forge.choose_repositories(installation, &["notes"]).expect("chosen");
    world.until(async |world| world.hook().await.trouble.is_some()).await;
    let trouble = world.hook().await.trouble.unwrap_or_default();
    assert!(trouble.contains("an owner of practice must add the repository"), "{trouble}");
    world.settle().await;
    // The token that was given before is still good, and shows nothing; then one is asked for anew.
    for later in [0, 4000] {
        world.step(later);
        let id = world.begin("app").await;
        world.settle().await;
        let why = world.why(&id).await;
        assert!(why.contains("Could not determine connection credentials"), "{why}");
        assert!(why.contains("does not see practice/app"), "{why}");
    }

    world.forge.uninstall_app(installation).expect("uninstalled");
    becomes(&world, &connection, "ERROR").await;
    assert!(missing(&world, &connection).await.contains("uninstalled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_delivery_told_is_found_by_looking() {
    let world = Scene::default().set("reconcile.seconds", "600").start().await;
    let (connection, installation) = listening(&world).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.forge.suspend_installation(installation, true).expect("suspended");
    world.forge.delivered(world.forge.deliveries().len()).await;
    world.step(601);
    becomes(&world, &connection, "ERROR").await;
    world.forge.suspend_installation(installation, false).expect("it goes on");
    world.step(601);
    becomes(&world, &connection, "AVAILABLE").await;

    let commit = NewCommit { branch: "main", message: "Dropped", files: &[("a", "1")] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    world.forge.misbehave(None);
    world.step(601);
    world.until(async |world| world.executions("app").await.len() == 1).await;
    world.settle().await;
    let latest = world.latest("app").await;
    assert_eq!(latest.status, "Succeeded", "{}", world.why(&latest.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_forge_does_not_take_is_the_operators_to_mend() {
    let world = World::start().await;
    let (connection, _) = listening(&world).await;
    world.forge.forget_app_key(SLUG).expect("another key");
    world.step(4000);
    world.begin("app").await;
    becomes(&world, &connection, "ERROR").await;
    let said = missing(&world, &connection).await;
    assert!(said.contains("towpath forges register --app"), "{said}");
    assert_eq!(world.latest("app").await.status, "Failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_grants_too_little_says_which_rights() {
    let world = World::start().await;
    let (connection, installation) = listening(&world).await;
    let test = json!({ "connectionArn": connection, "repository": REPOSITORY });
    let tested = world.must(Towpath, "TestConnection", &test).await;
    assert_eq!(tested["statuses"]["verdict"], "given", "{tested}");
    world.forge.withhold_permission(installation, "statuses").expect("withheld");
    world.step(4000);
    let tested = world.must(Towpath, "TestConnection", &test).await;
    assert!(tested.to_string().contains("statuses: write"), "{tested}");
    // It still fetches.
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
    world.forge.withhold_permission(installation, "contents").expect("withheld");
    world.step(4000);
    world.begin("app").await;
    becomes(&world, &connection, "ERROR").await;
    assert!(missing(&world, &connection).await.contains("accept the App's permissions"));
}

/// The hook of the App: where it delivers to, as the forge has it.
fn hook_of(world: &World) -> String {
    Url::parse(&world.last_push().url).expect("a URL").path().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_believed_by_the_apps_secret_alone_and_goes_where_it_belongs() {
    let world = World::start().await;
    let (_, installation) = listening(&world).await;
    let (_, other) = (
        world.forge.create_repository("canal/locks", &[("a", "1")]).await.expect("a repository"),
        world.forge.install_app(SLUG, "canal", None).expect("it is installed"),
    );
    assert_ne!(installation, other);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 1);
    let genuine = world.last_push();

    // Another installation's push is of nobody here.
    let told = world.pushes_told();
    let commit = NewCommit { branch: "main", message: "Locks", files: &[("b", "1")] };
    world.forge.push_commit("canal/locks", commit).await.expect("git push");
    world.told_of(told + 1).await;
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 1);
    assert_eq!(world.outcomes().await, ["started", "filtered"]);

    // Nobody else's signature is taken, and no other body under this one.
    let replay = async |headers: &[(String, String)], body: String| {
        world.caller.post(&hook_of(&world), headers, body.into_bytes()).await.status.as_u16()
    };
    let altered = genuine.body.replace("practice/app", "canal/locks");
    assert_eq!(replay(&genuine.headers, altered).await, 401);
    let unsigned = genuine.headers.iter().filter(|(name, _)| !name.contains("Signature"));
    let unsigned: Vec<_> = unsigned.cloned().collect();
    assert_eq!(replay(&unsigned, genuine.body.clone()).await, 401);
    world.forge.misbehave(Some(Misbehaviour::WrongSecret));
    let told = world.pushes_told();
    let commit = NewCommit { branch: "main", message: "Forged", files: &[("c", "1")] };
    world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    world.told_of(told + 1).await;
    world.settle().await;
    assert_eq!(world.last_push().status_code, 401);
    assert_eq!(world.executions("app").await.len(), 1);
}

/// A push while the forge keeps a change of its hooks waiting.
async fn push_meanwhile(world: &World, connection: &str, content: &str) {
    let path = "/hooks".to_owned();
    let hung = world.forge.hung(0).await;
    world.forge.trouble(Trouble { fault: Fault::Hang, path, times: None });
    let page = world.authorize(connection).await;
    assert!(text(&page).contains("is available"), "{}", text(&page));
    world.forge.hung(hung + 1).await;
    let commit = NewCommit { branch: "main", message: "Meanwhile", files: &[("a", content)] };
    let commit = world.forge.push_commit(REPOSITORY, commit).await.expect("git push");
    let is_there = |it: &testkit::Execution| it.commit == commit.as_str();
    world.until(async |world| world.executions("app").await.iter().any(is_there)).await;
    world.forge.calm();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_moves_to_an_app_and_back_is_told_of_every_push() {
    let world = World::start().await;
    let host = world.create_host().await;
    world.register(&host).await;
    let connection = world.create_connection(&host).await;
    world.authorize(&connection).await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1, "one of the repository's own");
    let (account, arn) = (domain::AccountId::new(testkit::ACCOUNT), connection.as_str().into());
    let token = async |world: &World| {
        let row = store::TokenRow::at(&account, &arn);
        world.shared().desk.store.get::<store::TokenRow>(row).await.expect("the store answers")
    };

    // Of two registrations the newer serves.
    world.step(1);
    world.register_app(&host).await;
    let installation = world.forge.install_app(SLUG, "practice", None).expect("it is installed");
    push_meanwhile(&world, &connection, "1").await;
    assert_eq!(world.executions("app").await.len(), 1, "told by both, started once");
    assert!(world.hooks_at_forge().await.is_empty(), "the App's one hook tells of everything");
    assert!(token(&world).await.is_none(), "nothing is left to remove by it");
    assert_eq!(world.forge.tokens_given(), 0, "nor is it left at the forge");
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 2);

    world.step(1);
    world.register(&host).await;
    push_meanwhile(&world, &connection, "3").await;
    assert_eq!(world.executions("app").await.len(), 3, "told by the App's hook until there is one");
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    assert!(token(&world).await.is_some());
    world.forge.uninstall_app(installation).expect("uninstalled");
    world.commit("main", &[("a", "4")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"; 4]);
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_one_repository_and_no_more_than_is_needed() {
    let world = World::start().await;
    let (connection, _) = listening(&world).await;
    world.forge.create_repository("practice/notes", &[("a", "1")]).await.expect("a repository");
    let account = domain::AccountId::new(testkit::ACCOUNT);
    let shared = world.shared();
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
    let rows = store::TokenRow::at(&account, &connection.as_str().into());
    let kept = shared.desk.store.get::<store::TokenRow>(rows).await.expect("the store answers");
    assert!(kept.is_none(), "no token of the App is written down");
    let name = RepositoryName::new(REPOSITORY);
    assert_eq!(world.hook().await.repository, name);
    // What the forge says of a token that was given for one repository: the other is not there.
    let tested = json!({ "connectionArn": connection, "repository": "practice/notes" });
    let answer = world.must(Towpath, "TestConnection", &tested).await;
    assert_eq!(answer["read"]["verdict"], "given", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_forge_has_no_apps() {
    let world = Scene::default().forge(domain::connection::ProviderType::GitLab).start().await;
    let asked: Value = json!({ "kind": "GitLab", "host": "gitlab.com" });
    let refused = world.refused(Towpath, "StartAppRegistrationHandshake", &asked).await;
    assert!(refused.message.contains("has no Apps"), "{}", refused.message);
    let page =
        world.caller.send(Request::new(Method::GET, world.caller.at("/oauth/register/x"))).await;
    assert_eq!(page.status.as_u16(), 404);
}

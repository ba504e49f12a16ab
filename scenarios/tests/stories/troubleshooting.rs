//! The cases that people look up when a connection fails: each ends in a status, a message and the
//! next step. All of them, by the words of the guide to third-party source control:
//!
//! | case | story |
//! |---|---|
//! | signed out of the forge while authorising | here, `who_has_to_sign_in_first_goes_on_with_the_same_link` |
//! | the organisation restricts OAuth apps | here, `an_organisation_that_has_not_approved_the_app…` |
//! | it asks for single sign-on | here, `an_organisation_with_single_sign_on…` |
//! | Pending indefinitely | `connections::a_connection_that_nobody_authorised…`, `handshakes::a_link_expires`, `whoever_says_no…` |
//! | repository not found: a typing error | here, `a_repository_that_is_misspelt…` |
//! | access denied: the account lacks the right | here, `whoever_authorised_must_see…`, `whoever_may_only_read…` |
//! | works locally, fails here: another account | the same, and `handshakes::another_user_than_before…` |
//! | the hook is missing or switched off | `hooks::a_hook_that_somebody_removed…`, `…switched_off_and_edited…` |
//! | the hook is there and does not fire | `hooks::a_hook_is_verified…`, `deliveries::a_delivery_that_failed…` |
//! | this server was away | `deliveries::a_push_that_came_while_the_server_was_away…` |
//! | credentials: the token was revoked | `connections::a_token_that_the_forge_revoked…`, `tokens::a_grant_that_was_revoked…` |
//! | credentials: the connection is gone or not Available | `connections::a_connection_that_was_deleted…` |
//! | credentials: the forge is down | here, `a_forge_that_stays_down…`, `a_forge_that_is_down_for_a_moment…` |
//! | the fetch times out | here, `a_fetch_that_takes_too_long…` |
//! | credentials: the forge limits us | `hooks::a_forge_that_limits_us…` |
//! | the wrong branch | `told::a_typing_error_in_the_owner_the_name_or_the_branch` |
//! | `UseConnection` is missing, or its condition does not hold; the role is not trusted | `told::a_role_that_lacks…` |
//! | `CreateConnection`, `AuthorizeConnection` or `PassConnection` is missing | `told::whoever_lacks_a_permission…` |
//! | polling beside a webhook | `told::polling_beside_a_webhook…` |
//! | the forge is silent | `told::a_source_whose_forge_is_silent…` |
//!
//! What people read of each, from the API, `towpath why` and the console: `told.rs`.

use domain::connection::ProviderType;
use practice_forge::{Access, Fault, Restriction, Trouble};
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{Browser, REPOSITORY, Scene, World};

/// What the source of an execution that was started by hand failed with.
async fn failure(world: &World, connection: &str) -> String {
    world.create(&app(connection, commands("Make", &["true"]))).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Failed"]);
    let fetch = world.action("app", "Source", "Fetch").await;
    fetch["errorDetails"]["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_has_not_approved_the_app_is_named_with_where_to_ask() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let connection = world.connect().await;
    world.forge.restrict("practice", Some(Restriction::OAuthApps)).expect("restricted");
    let message = failure(&world, &connection).await;
    assert!(message.contains("has not approved this OAuth app"), "{message}");
    assert!(message.contains("one of its owners must") && message.contains("http"), "{message}");
    let trouble = world.hook().await.trouble.unwrap_or_default();
    assert!(trouble.contains("has not approved this OAuth app"), "{trouble}");
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_with_single_sign_on_is_named_with_where_to_sign_in() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let connection = world.connect().await;
    world.forge.restrict("practice", Some(Restriction::Saml)).expect("restricted");
    let message = failure(&world, &connection).await;
    assert!(message.contains("wants its single sign-on first"), "{message}");
    assert!(message.contains("must sign in at http"), "{message}");
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_authorised_must_see_the_repository() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.connect().await;
        world.forge.allow(REPOSITORY, "practice", Access::None).expect("it is there");
        let message = failure(&world, &connection).await;
        assert!(message.contains(REPOSITORY), "{provider}: {message}");
        assert!(message.contains("the token's user may not see it"), "{provider}: {message}");
        assert_eq!(world.connection_status(&connection).await, "AVAILABLE", "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_read_gets_no_hook_and_is_told_so() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.connect().await;
        world.forge.allow(REPOSITORY, "practice", Access::Read).expect("it is there");
        world.create(&app(&connection, commands("Make", &["true"]))).await;
        let trouble = world.hook().await.trouble.unwrap_or_default();
        assert!(!trouble.is_empty() && trouble.contains("hook"), "{provider}: {trouble}");
        // It can be run by hand all the same.
        world.begin("app").await;
        world.settle().await;
        assert_eq!(world.statuses("app").await, ["Succeeded"], "{provider}");
    }
}

/// A world with `app`, whose forge goes wrong wherever git asks it.
async fn in_trouble(provider: ProviderType, fault: Fault, times: Option<u32>) -> World {
    let scene = Scene::default().forge(provider).set("limits.fetch_seconds_max", "1");
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.forge.trouble(Trouble { fault, path: "git-upload-pack".to_owned(), times });
    world
}

/// Waits for the end of the execution that is under way, however long the server rests in between.
async fn ended(world: &World) -> String {
    let over = async |world: &World| {
        world.step(1);
        world.statuses("app").await != ["InProgress"]
    };
    world.until(over).await;
    world.settle().await;
    let fetch = world.action("app", "Source", "Fetch").await;
    fetch["errorDetails"]["message"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_takes_too_long_says_what_makes_it_quicker() {
    let slow = Fault::Slow(std::time::Duration::from_secs(4));
    let world = in_trouble(ProviderType::GitHubEnterpriseServer, slow, None).await;
    world.begin("app").await;
    world.settle().await;
    let fetch = world.action("app", "Source", "Fetch").await;
    assert_eq!(fetch["errorDetails"]["code"], "LimitReached", "{fetch}");
    let message = fetch["errorDetails"]["message"].as_str().unwrap_or_default();
    for expect in [REPOSITORY, "took longer than 1 s", "limits.fetch_seconds_max", "GitCloneDepth"]
    {
        assert!(message.contains(expect), "{expect}: {message}");
    }
    assert_eq!(world.statuses("app").await, ["Failed"], "it is not tried again by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_is_down_for_a_moment_is_asked_again() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = in_trouble(provider, Fault::Status(503), Some(3)).await;
        world.begin("app").await;
        world.reaches("app", "Source", "Fetch", "InProgress").await;
        let message = ended(&world).await;
        assert_eq!(world.statuses("app").await, ["Succeeded"], "{provider}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_stays_down_is_named_with_what_it_answered_and_how_often_it_was_asked() {
    let html = "text/html";
    for (fault, expect) in [(Fault::Status(502), "502"), (Fault::Html, html)] {
        let world = in_trouble(ProviderType::GitLabSelfManaged, fault, None).await;
        // The forge's list of refs is asked for first: there too it is git that asks.
        let everywhere =
            Trouble { fault: Fault::Status(502), path: "info/refs".into(), times: None };
        let refs = match expect {
            "502" => everywhere,
            _ => Trouble { fault: Fault::Html, ..everywhere },
        };
        world.forge.trouble(refs);
        world.begin("app").await;
        let message = ended(&world).await;
        assert_eq!(world.statuses("app").await, ["Failed"]);
        let failed = if expect == html { "did not answer git" } else { "could not be reached" };
        for expect in [REPOSITORY, failed, expect, "tried 8 times", "retry the stage"] {
            assert!(message.contains(expect), "{expect}: {message}");
        }
        let fetch = world.action("app", "Source", "Fetch").await;
        assert_eq!(fetch["errorDetails"]["code"], "SystemUnavailable");
        // Once it is up again, the stage is retried and goes on.
        world.forge.calm();
        let run = world.latest("app").await;
        let asked = json!({
            "pipelineName": "app", "stageName": "Source", "pipelineExecutionId": run.id,
            "retryMode": "FAILED_ACTIONS",
        });
        world.must(wire::Service::CodePipeline, "RetryStageExecution", &asked).await;
        world.settle().await;
        assert_eq!(world.statuses("app").await, ["Succeeded"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_misspelt_is_named_as_it_was_written() {
    for provider in ProviderType::ALL.into_iter().filter(|it| it.is_offered()) {
        let world = Scene::default().forge(provider).start().await;
        let connection = world.connect().await;
        let mut misspelt = app(&connection, commands("Make", &["true"]));
        let fetch = &mut misspelt["stages"][0]["actions"][0]["configuration"];
        fetch["FullRepositoryId"] = "practice/ap".into();
        world.create(&misspelt).await;
        world.begin("app").await;
        world.settle().await;
        let fetch = world.action("app", "Source", "Fetch").await;
        let message = fetch["errorDetails"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains("practice/ap"), "{provider}: {message}");
        assert_eq!(world.statuses("app").await, ["Failed"], "{provider}");
        let trouble = world.hook().await.trouble.unwrap_or_default();
        assert!(trouble.contains("practice/ap"), "{provider}: {trouble}");
        assert_eq!(world.connection_status(&connection).await, "AVAILABLE", "{provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_to_sign_in_first_goes_on_with_the_same_link() {
    let world = World::start().await;
    let connection = world.pending_connection().await;
    let link = world.handshake(&connection).await;
    let mut browser = Browser::default();
    // The forge shows its sign-in page, and the way back is lost with the tab.
    browser.begin(&link).await;
    world.step(300);
    let why = world.why(&connection).await;
    assert!(why.contains("nobody has authorised it yet"), "{why}");
    let page = browser.authorize(&link).await;
    assert_eq!(page.status.as_u16(), 200, "{}", String::from_utf8_lossy(&page.body));
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

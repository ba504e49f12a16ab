//! The cases that people look up when a connection fails: each ends in a status, a message and the
//! next step. What the forge lost or never told is in `forges`, tokens are in `tokens`.

use domain::connection::ProviderType;
use practice_forge::{Access, Restriction};
use testkit::declarations::{app, commands};
use testkit::{REPOSITORY, Scene, World};

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
        assert!(message.contains("this connection's user may not see it"), "{provider}: {message}");
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

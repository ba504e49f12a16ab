//! Tokens that end: renewed before, renewed after, and lost.

use domain::connection::ProviderType;
use practice_forge::{Refresh, TokenRules};
use store::{ConnectionRow, TokenRow};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, Scene, World};

/// Two hours, and a refresh token that is good once.
const RULES: TokenRules = TokenRules { access_seconds: Some(7200), refresh: Refresh::Rotating };

/// A scene at a forge whose tokens end.
fn ending(scene: Scene, provider: ProviderType) -> Scene {
    scene.forge(provider).tokens(RULES)
}

/// The world, with a connection and `app` on it.
async fn connected(scene: Scene) -> (World, String) {
    let world = scene.start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    (world, connection)
}

async fn generation(world: &World) -> i64 {
    let connections = ConnectionRow::of_account(&ACCOUNT.into(), "", 10);
    let store = &world.shared().desk.store;
    let row = store.list::<ConnectionRow>(connections).await.expect("an answer").remove(0);
    let token = store.get::<TokenRow>(TokenRow::at(&row.account, &row.arn)).await;
    token.expect("an answer").expect("a token").generation
}

const RENEWING: [ProviderType; 4] = [
    ProviderType::GitLab,
    ProviderType::GitLabSelfManaged,
    ProviderType::Bitbucket,
    ProviderType::BitbucketServer,
];

/// Tells a story at each of them.
async fn at_each(story: impl AsyncFn(ProviderType)) {
    for provider in RENEWING {
        story(provider).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_before_they_end() {
    let (world, connection) = connected(ending(Scene::default(), ProviderType::GitLab)).await;
    let before = generation(&world).await;
    world.step(7000);
    world.until(async |world: &World| generation(world).await > before).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
    assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_died_early_is_renewed_and_nobody_notices() {
    at_each(async |provider| {
        let (world, connection) = connected(ending(Scene::default(), provider)).await;
        let before = generation(&world).await;
        world.forge.end_access_tokens();
        world.commit("main", &[("a", "1")]).await;
        world.settle().await;
        assert_eq!(world.latest("app").await.status, "Succeeded", "{provider}");
        assert_eq!(world.connection_status(&connection).await, "AVAILABLE", "{provider}");
        assert!(generation(&world).await > before, "{provider}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_was_revoked_costs_the_connection_and_says_so() {
    at_each(async |provider| {
        let (world, connection) = connected(ending(Scene::default(), provider)).await;
        world.forge.revoke_tokens();
        world.commit("main", &[("a", "1")]).await;
        world.settle().await;
        assert_eq!(world.latest("app").await.status, "Failed", "{provider}");
        let fetch = world.action("app", "Source", "Fetch").await;
        let message = fetch["errorDetails"]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("Could not determine connection credentials: "), "{message}");
        assert!(message.contains("the forge no longer accepts its token"), "{message}");
        assert_eq!(world.connection_status(&connection).await, "ERROR", "{provider}");
        let why = world.why(&connection).await;
        assert!(why.contains("connect again in the console"), "{why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_renew_one_connection_and_never_lock_it_out() {
    let Some(scene) = Scene::on_postgres("renewals").await else {
        return println!("two servers renew: not told, TOWPATH_POSTGRES is not set");
    };
    let (world, connection) = connected(ending(scene, ProviderType::GitLab)).await;
    let beside = world.start_beside().await;
    for _ in 0..3 {
        let before = generation(&world).await;
        world.step(7000);
        world.until(async |world: &World| generation(world).await > before).await;
        assert_eq!(world.connection_status(&connection).await, "AVAILABLE");
    }
    drop(beside);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");
}

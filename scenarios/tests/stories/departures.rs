//! A connection that is deleted takes its hooks and its token along.

use domain::ConnectionArn;
use domain::connection::ProviderType;
use domain::reason::Silence;
use practice_forge::{Fault, Trouble};
use serde_json::json;
use store::{EffectRow, HookRow};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, Scene, World};
use wire::Service::{CodeConnections, Towpath};

at_each_forge! {
    nothing_of_a_deleted_connection_is_left_at_its_forge
    a_token_that_another_replaces_is_revoked_and_the_other_serves
}

async fn delete(world: &World, connection: &str) {
    let asked = json!({ "ConnectionArn": connection });
    world.must(CodeConnections, "DeleteConnection", &asked).await;
}

/// A pipeline's connection at a forge of this kind, with its hook.
async fn connected(provider: ProviderType) -> (World, String) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    (world, connection)
}

async fn nothing_of_a_deleted_connection_is_left_at_its_forge(provider: ProviderType) {
    let (world, connection) = connected(provider).await;
    assert_eq!(world.forge.tokens_given(), 1);
    delete(&world, &connection).await;
    let gone = json!({ "ConnectionArn": connection });
    let gone = world.refused(CodeConnections, "GetConnection", &gone).await;
    assert_eq!(gone.code, "ResourceNotFoundException", "it is gone at once");
    world.settle().await;
    assert_eq!(world.hooks_at_forge().await.len(), 0);
    assert!(!has_hooks(&world, &connection).await);
    // Bitbucket has no way to revoke a token.
    let left = usize::from(provider == ProviderType::Bitbucket);
    assert_eq!(world.forge.tokens_given(), left, "{provider}");
}

/// Whether a connection's hooks are kept, one that is deleted too.
async fn has_hooks(world: &World, connection: &str) -> bool {
    let of = HookRow::of_connection(&ACCOUNT.into(), &ConnectionArn::new(connection), 1);
    !world.shared().desk.store.list::<HookRow>(of).await.expect("the store answers").is_empty()
}

async fn a_token_that_another_replaces_is_revoked_and_the_other_serves(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    world.step(1);
    assert_eq!(world.authorize(&connection).await.status.as_u16(), 200);
    world.settle().await;
    // Bitbucket has no way to revoke a token.
    let given = 1 + usize::from(provider == ProviderType::Bitbucket);
    assert_eq!(world.forge.tokens_given(), given, "{provider}");
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{provider}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_that_the_forge_does_not_revoke_is_audited() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.step(1);
    let (fault, path) = (Fault::Status(403), "/applications/".to_owned());
    world.forge.trouble(Trouble { fault, path, times: None });
    assert_eq!(world.authorize(&connection).await.status.as_u16(), 200);
    world.settle().await;
    assert_eq!(world.forge.tokens_given(), 2);
    let audited = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 1 })).await;
    let entry = &audited["entries"][0];
    assert_eq!(entry["action"], "towpath:LeaveAtForge", "{audited}");
    let said = entry["resource"].as_str().unwrap_or_default();
    assert!(said.starts_with(&connection) && said.contains("a token of it: "), "{said}");
}

/// That the forge did not answer, once it is known.
async fn silence(world: &World) -> Option<Silence> {
    let own = EffectRow::of_holder(&world.shared().desk.holder, 100);
    let rows = world.shared().desk.store.list::<EffectRow>(own).await.expect("the store answers");
    rows.into_iter().find_map(|row| row.silence)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_is_down_holds_up_no_deletion_and_what_it_keeps_is_audited() {
    let (world, connection) = connected(ProviderType::GitHubEnterpriseServer).await;
    let host = world.must(CodeConnections, "ListHosts", &json!({})).await;
    world.forge.trouble(Fault::Status(503));
    delete(&world, &connection).await;
    let host = json!({ "HostArn": host["Hosts"][0]["HostArn"] });
    world.must(CodeConnections, "DeleteHost", &host).await;
    let mut before = None;
    while has_hooks(&world, &connection).await {
        let tried = async |world: &World| {
            silence(world).await != before || !has_hooks(world, &connection).await
        };
        world.until(tried).await;
        before = silence(&world).await;
        world.step(700);
    }
    world.settle().await;
    let audited = world.must(Towpath, "ListAuditEntries", &json!({ "maxResults": 1 })).await;
    let entry = &audited["entries"][0];
    assert_eq!(entry["action"], "towpath:LeaveAtForge", "{audited}");
    let said = entry["resource"].as_str().unwrap_or_default();
    assert!(said.starts_with(&connection) && said.contains("503"), "{said}");
    world.forge.calm();
    assert_eq!(world.hooks_at_forge().await.len(), 1, "the forge never heard of it");
}

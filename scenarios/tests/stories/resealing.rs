//! A new sealing key takes over: while the server goes on, and however often it is killed over it.

use serde_json::json;
use std::time::Duration;
use store::{Store, StoreConfig, Vault};
use testkit::declarations::{app, commands};
use testkit::{Scene, World};
use wire::Service::{SecretsManager, Ssm, Towpath};

use crate::renewals::SERVER;
use crate::secrets::{PARAMETER, SECRET, keep};

on_each_database! {
    a_new_sealing_key_takes_over_while_the_server_goes_on
    a_server_that_is_killed_while_it_seals_anew_goes_on_where_it_was
}

/// Secrets beside those of every story.
const SECRETS: usize = 200;
/// Rows that are sealed anew between two kills.
const ROWS_A_LIFE: usize = 25;

/// Where the world's rows are.
pub fn place(world: &World) -> StoreConfig {
    match &world.config.database {
        Some(url) => StoreConfig::Postgres(url.expose().to_owned()),
        None => StoreConfig::Folder(world.config.data.clone()),
    }
}

fn vault(world: &World) -> Vault {
    Vault::open(&world.config.sealing_key).expect("the key file")
}

/// A new key: by a call, or by hand where several servers may have a file each.
async fn rotate(world: &mut World) {
    let call = world.call(Towpath, "RotateSealingKey", &json!({})).await;
    if world.config.database.is_none() {
        assert_eq!(call.expect("it is made")["keys"].as_array().map(Vec::len), Some(2));
        return;
    }
    let refused = call.expect_err("the other servers have files of their own");
    assert!(refused.message.contains("to every server's file"), "{refused}");
    world.stop().await;
    vault(world).add_key().expect("a line more");
    world.start_again().await;
}

/// Until nothing waits that an older key sealed.
async fn sealed_anew(world: &World) {
    let mut changed = world.shared().changed.subscribe();
    while world.must(Towpath, "ListSealingKeys", &json!({})).await["waiting"] != 0 {
        changed.changed().await.expect("the server goes on");
    }
}

/// Starts again with the newest key alone.
async fn forget_older_keys(world: &mut World) {
    world.stop().await;
    let file = &world.config.sealing_key;
    let keys = std::fs::read_to_string(file).expect("the key file");
    std::fs::write(file, keys.lines().last().expect("the newest")).expect("the newest alone");
    world.start_again().await;
}

async fn secret(world: &World, name: &str) -> String {
    let asked = json!({ "SecretId": name });
    let found = world.must(SecretsManager, "GetSecretValue", &asked).await;
    found["SecretString"].as_str().expect("text").to_owned()
}

/// Everything that every story keeps, and a connection's token with which a pipeline runs.
async fn all_opens(world: &World) {
    assert_eq!(secret(world, "prod/whole").await, SECRET);
    let asked = json!({ "Name": "/prod/key", "WithDecryption": true });
    assert_eq!(world.must(Ssm, "GetParameter", &asked).await["Parameter"]["Value"], PARAMETER);
    world.begin("app").await;
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded", "the connection's token opens");
}

async fn pipeline(world: &World) {
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Step", &["true"]))).await;
}

async fn a_new_sealing_key_takes_over_while_the_server_goes_on(scene: Scene) {
    let mut world = scene.start().await;
    keep(&world).await;
    pipeline(&world).await;
    let before = world.must(Towpath, "ListSealingKeys", &json!({})).await;
    assert_eq!((before["keys"].as_array().map(Vec::len), &before["waiting"]), (Some(1), &json!(0)));
    rotate(&mut world).await;
    let rotated = world.must(Towpath, "ListSealingKeys", &json!({})).await;
    assert_eq!(rotated["keys"][0], json!({ "keyId": before["keys"][0]["keyId"], "seals": false }));
    sealed_anew(&world).await;
    // With the newest key alone everything still opens: nothing waits for the older one.
    forget_older_keys(&mut world).await;
    all_opens(&world).await;
}

async fn a_server_that_is_killed_while_it_seals_anew_goes_on_where_it_was(scene: Scene) {
    let mut world = scene.start().await;
    keep(&world).await;
    pipeline(&world).await;
    let name = |number: usize| format!("many/{number}");
    for number in 0..SECRETS {
        let input = json!({ "Name": name(number), "SecretString": format!("value {number}") });
        world.must(SecretsManager, "CreateSecret", &input).await;
    }
    world.stop().await;
    vault(&world).add_key().expect("a line more");
    let (store, vault) = (Store::open(&place(&world)).await.expect("the database"), vault(&world));
    let waiting = async || store.sealed_before(&vault).await.expect("it answers");
    let all = waiting().await;
    assert!(all > SECRETS, "{all}");
    let (mut left, mut kills) = (all, 0);
    while left > ROWS_A_LIFE {
        let mut server = world.start_apart("data", SERVER);
        let some = async { while waiting().await + ROWS_A_LIFE > left {} };
        tokio::time::timeout(Duration::from_secs(60), some).await.expect("it seals anew");
        server.kill();
        kills += 1;
        let now = waiting().await;
        assert!(now < left, "what was sealed anew stays so");
        left = now;
    }
    drop(store);
    println!("{all} rows sealed anew by {} servers, {kills} of them killed over it", kills + 1);
    assert!(kills >= 3, "{kills} kills");
    world.start_again().await;
    sealed_anew(&world).await;
    forget_older_keys(&mut world).await;
    for number in 0..SECRETS {
        assert_eq!(secret(&world, &name(number)).await, format!("value {number}"));
    }
    all_opens(&world).await;
}
